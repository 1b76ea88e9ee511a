package dynamo_test

import (
	"context"
	"errors"
	"net/netip"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"agentstore"
	"agentstore/internal/test/dynamotest"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/dynamo/setup"
	"agentstore/pkg/shop"
	"agentstore/pkg/template"
)

// store is a table of the template's own definition, and a way around the code
// under test to what it has written.
type store struct {
	*dynamo.Table
	engine dynamotest.Engine
	name   string
	spread dynamo.Spread
}

// onEach runs a test on both engines, with a new table on each in which accounts are
// spread, and another in which they are together. Whatever the test has written is held
// to what every engine can keep.
func onEach(t *testing.T, run func(t *testing.T, s store)) {
	t.Helper()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		t.Run("spread", func(t *testing.T) { newSpread(t, engine, dynamo.Always()).holds(t, run) })
		t.Run("together", func(t *testing.T) { newSpread(t, engine, dynamo.Spread{}).holds(t, run) })
	})
}

func (s store) holds(t *testing.T, run func(t *testing.T, s store)) {
	t.Helper()
	t.Parallel()
	run(t, s)
	for _, item := range s.items(t) {
		checkItem(t, item)
	}
}

func newStore(t *testing.T, engine dynamotest.Engine) store {
	t.Helper()
	return newSpread(t, engine, dynamo.Always())
}

func newSpread(t *testing.T, engine dynamotest.Engine, spread dynamo.Spread) store {
	t.Helper()
	name := dynamotest.TableName(t)
	_, err := setup.CreateTable(t.Context(), engine.Client, name, definition(t))
	expectOK(t, err)
	return store{dynamo.NewSpread(engine.Client, name, spread), engine, name, spread}
}

// with is the same table through a client with more options.
func (s store) with(options ...func(*dynamodb.Options)) *dynamo.Table {
	return dynamo.NewSpread(s.engine.With(options...), s.name, s.spread)
}

var parsed = sync.OnceValues(func() (*template.Template, error) { return template.Parse(agentstore.Template) })

func definition(t *testing.T) template.Table {
	t.Helper()
	parsed, err := parsed()
	expectOK(t, err)
	return parsed.Table
}

type item = map[string]types.AttributeValue

// items reads the whole table as it is stored, by primary key.
func (s store) items(t *testing.T) map[string]item {
	t.Helper()
	items := make(map[string]item)
	in := &dynamodb.ScanInput{TableName: &s.name}
	for {
		out, err := s.engine.Client.Scan(t.Context(), in)
		expectOK(t, err)
		for _, found := range out.Items {
			items[textOf(found["PK"])+" "+textOf(found["SK"])] = found
		}
		if out.LastEvaluatedKey == nil {
			return items
		}
		in.ExclusiveStartKey = out.LastEvaluatedKey
	}
}

func textOf(v types.AttributeValue) string {
	text, _ := v.(*types.AttributeValueMemberS)
	if text == nil {
		return ""
	}
	return text.Value
}

// checkItem holds an item to what the package says of all that it writes.
func checkItem(t *testing.T, item item) {
	t.Helper()
	name := textOf(item["PK"]) + " " + textOf(item["SK"])
	for _, key := range []string{"PK", "GSI1PK"} {
		if strings.Contains(textOf(item[key]), ".") {
			t.Errorf("%s: the partition key %s holds a dot", name, key)
		}
	}
	for _, empty := range empties("$", &types.AttributeValueMemberM{Value: item}) {
		t.Errorf("%s: %s is empty", name, empty)
	}
	const limit = 400 << 10 // of DynamoDB
	if size := dynamotest.SizeOf(&types.AttributeValueMemberM{Value: item}); size > limit {
		t.Errorf("%s: %d bytes, and at most %d can be stored", name, size, limit)
	}
}

// empties names the empty lists, maps and binaries of a value, and what is null.
func empties(path string, v types.AttributeValue) []string {
	var found []string
	length := 1
	switch v := v.(type) {
	case *types.AttributeValueMemberNULL:
		length = 0
	case *types.AttributeValueMemberB:
		length = len(v.Value)
	case *types.AttributeValueMemberL:
		length = len(v.Value)
		for _, member := range v.Value {
			found = append(found, empties(path+"[]", member)...)
		}
	case *types.AttributeValueMemberM:
		length = len(v.Value)
		for name, member := range v.Value {
			found = append(found, empties(path+"."+name, member)...)
		}
	}
	if length == 0 {
		found = append(found, path)
	}
	return found
}

// What the walk through an item finds.
func TestEmpties(t *testing.T) {
	t.Parallel()
	nested := &types.AttributeValueMemberM{Value: item{
		"list":   &types.AttributeValueMemberL{},
		"map":    &types.AttributeValueMemberM{},
		"binary": &types.AttributeValueMemberB{},
		"null":   &types.AttributeValueMemberNULL{},
		"text":   &types.AttributeValueMemberS{},
		"deep": &types.AttributeValueMemberL{Value: []types.AttributeValue{
			&types.AttributeValueMemberM{Value: item{"list": &types.AttributeValueMemberL{}}},
		}},
	}}
	expectSame(t, "empties", len(empties("$", nested)), 5)
}

func expectOK(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func expectError(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

// followed leaves out the outlooks of services, which follow from the rest of them:
// TestForetold is about them.
var followed = cmp.Options{cmpopts.IgnoreFields(shop.Service{}, "Foretold"), cmpopts.IgnoreFields(shop.Labeling{}, "Outlook")}

func expectSame(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got, sameTime, sameNetwork, asText, cmpopts.IgnoreUnexported(shop.Catalog{}), followed); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// sameTime is stricter than Equal: what is read from the table is in UTC.
var sameTime = cmp.Comparer(func(a, b time.Time) bool { return a == b })

var sameNetwork = cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })

// asText shows bytes so that people can read them, and compares them at once.
var asText = cmp.Transformer("text", func(b []byte) string { return string(b) })

// expectItems compares a table with what it held before.
func (s store) expectItems(t *testing.T, what string, before map[string]item) {
	t.Helper()
	if after := s.items(t); !reflect.DeepEqual(before, after) {
		t.Errorf("%s: the table has changed from\n%v\nto\n%v", what, before, after)
	}
}

// commit writes what a test needs.
func (s store) commit(t *testing.T, changes ...shop.Change) {
	t.Helper()
	for _, c := range changes {
		expectOK(t, s.Commit(context.WithoutCancel(t.Context()), c))
	}
}
