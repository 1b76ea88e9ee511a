package dynamo_test

import (
	"maps"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"agentstore/internal/test/dynamotest"
)

// Each kind of object, read and then written by a table that has read nothing else,
// keeps what a newer version has added to its item alone.
func TestNewerAttributeIsKept(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		for name, kind := range versionedKinds() {
			o := fresh(newAgent())
			before := s.items(t)
			expectError(t, name, kind.put(t.Context(), s, o, 1), nil)
			var added []item
			for k, i := range s.items(t) {
				if before[k] == nil {
					added = append(added, i)
				}
			}
			for _, i := range added {
				_, err := s.engine.Client.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
					TableName: &s.name, Key: item{"PK": i["PK"], "SK": i["SK"]}, UpdateExpression: new("SET later = :later"),
					ExpressionAttributeValues: item{":later": &types.AttributeValueMemberS{Value: name}},
				})
				expectOK(t, err)
			}
			alone := s
			alone.Table = s.with()
			_, err := kind.read(t.Context(), alone, o)
			expectError(t, name, err, nil)
			expectError(t, name, kind.put(t.Context(), alone, o, 2), nil)
			kept := 0
			for _, i := range s.items(t) {
				if textOf(i["later"]) == name {
					kept++
				}
			}
			if kept != len(added) || kept == 0 {
				t.Errorf("%s: %d of %d items keep the attribute", name, kept, len(added))
			}
		}
	})
}

// What is written with every purchase is replaced by puts as long as nothing of a newer
// version was met: an update costs the embedded store a good deal more.
func TestWhatIsWrittenOftenIsPut(t *testing.T) {
	t.Parallel()
	s := newStore(t, dynamotest.Embedded(t))
	var updates atomic.Int64
	counting := dynamotest.Faults{Before: func(operation string, _ any) error {
		if operation == "UpdateItem" {
			updates.Add(1)
		}
		return nil
	}}
	all := versionedKinds()
	often := []string{"quote", "purchase", "service", "job"}
	for _, name := range often {
		if all[name].put == nil {
			t.Fatalf("there is no kind %s among %v", name, slices.Sorted(maps.Keys(all)))
		}
		o := fresh(newAgent())
		s.Table = s.with(counting.Inject)
		expectError(t, name, all[name].put(t.Context(), s, o, 1), nil)
		_, err := all[name].read(t.Context(), s, o)
		expectOK(t, err)
		expectError(t, name, all[name].put(t.Context(), s, o, 2), nil)
		expectSame(t, name+" by updates", updates.Load(), int64(0))
		s.Table.BesideNewer()
		expectError(t, name, all[name].put(t.Context(), s, o, 3), nil)
		expectSame(t, name+" by updates beside a newer version", updates.Swap(0), int64(1))
	}
}
