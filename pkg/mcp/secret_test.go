package mcp_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
)

// TestStateIsSecret: nobody finds a token in the table or in the log.
func TestStateIsSecret(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s := storetest.New(t, engine, storetest.Options{})
		confirming(t, s)
		call := buying(t, s)
		open, used := ask(t, s, s.Key, call), ask(t, s, s.Key, call)
		answerWith(t, s, s.Key, call, used, yes)
		answerWith(t, s, s.Key, call, used, yes)
		items := allItems(t, s)
		if !strings.Contains(items, "confirmation") {
			t.Fatal("the table holds no confirmation")
		}
		for _, state := range []string{open, used} {
			if len(state) < 26 { // of base32: 128 bits
				t.Errorf("the token %q can be guessed", state)
			}
			if strings.Contains(items, state) {
				t.Error("the table holds a token")
			}
			if strings.Contains(s.Log.String(), state) {
				t.Error("the log holds a token")
			}
		}
	})
}

// allItems is everything in the table, as text.
func allItems(t *testing.T, s *storetest.Store) string {
	t.Helper()
	var text strings.Builder
	pages := dynamodb.NewScanPaginator(s.Engine.Client, &dynamodb.ScanInput{TableName: &s.Name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range page.Items {
			for name, value := range item {
				fmt.Fprintf(&text, "%s %s\n", name, plainly(value))
			}
		}
	}
	return text.String()
}

// plainly writes a value down with all that it holds.
func plainly(value types.AttributeValue) string {
	switch v := value.(type) {
	case *types.AttributeValueMemberS:
		return v.Value
	case *types.AttributeValueMemberB:
		return string(v.Value)
	case *types.AttributeValueMemberL:
		var text strings.Builder
		for _, member := range v.Value {
			text.WriteString(plainly(member) + "\n")
		}
		return text.String()
	case *types.AttributeValueMemberM:
		var text strings.Builder
		for name, member := range v.Value {
			text.WriteString(name + " " + plainly(member) + "\n")
		}
		return text.String()
	default:
		return fmt.Sprint(v)
	}
}
