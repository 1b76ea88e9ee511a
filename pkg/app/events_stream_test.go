package app_test

import (
	"os"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
)

// TestStreamEventIsWhatTheTableSends compares the record of a new job with the
// item that the store wrote.
func TestStreamEventIsWhatTheTableSends(t *testing.T) {
	t.Parallel()
	payload, err := os.ReadFile(eventsDir + "/provisioner/stream.json")
	if err != nil {
		t.Fatal(err)
	}
	var batch events.DynamoDBEvent
	decodeStrictly(t, payload, &batch)
	change := batch.Records[0].Change
	key := make(map[string]types.AttributeValue)
	for name, value := range change.Keys {
		key[name] = &types.AttributeValueMemberS{Value: value.String()}
	}

	s := prepared(t)
	out, err := s.Engine.Client.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: &s.Name, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(stored(out.Item), recorded(change.NewImage)); diff != "" {
		t.Errorf("new image (-stored +recorded):\n%s", diff)
	}
}

func stored(item map[string]types.AttributeValue) map[string]string {
	texts := make(map[string]string)
	for name, value := range item {
		switch v := value.(type) {
		case *types.AttributeValueMemberS:
			texts[name] = v.Value
		case *types.AttributeValueMemberN:
			texts[name] = v.Value
		}
	}
	return texts
}

func recorded(image map[string]events.DynamoDBAttributeValue) map[string]string {
	texts := make(map[string]string)
	for name, value := range image {
		switch value.DataType() {
		case events.DataTypeString:
			texts[name] = value.String()
		case events.DataTypeNumber:
			texts[name] = value.Number()
		}
	}
	return texts
}
