package dynamotest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go/middleware"

	"agentstore/pkg/dynamo"
	"agentstore/pkg/embedded"
)

// Embedded returns a fresh, empty embedded store in memory. It lives in this
// process, so it is cheap enough for every test to have its own.
//
// The store is behind the SDK's client, whose calls come to it before they would be
// written as JSON: so options such as [Recorder.Record] see them as they do on
// DynamoDB Local.
func Embedded(tb testing.TB) Engine {
	tb.Helper()
	return embeddedIn(NameEmbedded, func(table string) (*embedded.DB, error) { return embedded.Memory(table), nil })
}

// EmbeddedOnDisk is Embedded with each table in a folder of its own.
func EmbeddedOnDisk(tb testing.TB) Engine {
	tb.Helper()
	return embeddedIn(NameOnDisk, func(table string) (*embedded.DB, error) {
		db, err := embedded.Open(tb.TempDir(), table)
		if err == nil {
			tb.Cleanup(func() {
				if err := db.Close(); err != nil {
					tb.Errorf("cannot close a table: %v", err)
				}
			})
		}
		return db, err
	})
}

// EmbeddedUntil is EmbeddedOnDisk whose tables answer like those of a disk that has
// failed, once end is called.
func EmbeddedUntil(tb testing.TB) (db Engine, end func()) {
	tb.Helper()
	var opened []*embedded.DB
	db = embeddedIn(NameOnDisk, func(table string) (*embedded.DB, error) {
		db, err := embedded.Open(tb.TempDir(), table)
		opened = append(opened, db)
		return db, err
	})
	return db, func() {
		for _, db := range opened {
			if err := db.Close(); err != nil {
				tb.Errorf("cannot close a table: %v", err)
			}
		}
	}
}

func embeddedIn(name string, open func(table string) (*embedded.DB, error)) Engine {
	options := clientOptions("http://embedded.invalid", nil)
	tables := &tables{open: open, byName: make(map[string]*embedded.DB)}
	options.APIOptions = append(options.APIOptions, tables.answer)
	return Engine{Name: name, Client: dynamodb.New(options)}
}

// tables are those of one engine.
type tables struct {
	open   func(string) (*embedded.DB, error)
	mu     sync.Mutex
	byName map[string]*embedded.DB
}

// sent are the steps of the SDK that prepare a request for the network.
var sent = []string{
	"ResolveAuthScheme", "GetIdentity", "ResolveEndpointV2", "Signing", "ComputePayloadHash", "disableHTTPS",
	"setLegacyContextSigningOptions", "SpanInitializeStart", "SpanInitializeEnd",
}

// answer is an option of a client whose calls the tables answer.
func (t *tables) answer(stack *middleware.Stack) error {
	var input any
	keep := middleware.InitializeMiddlewareFunc("embedded.input", func(
		ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
	) (middleware.InitializeOutput, middleware.Metadata, error) {
		input = in.Parameters
		return next.HandleInitialize(ctx, in)
	})
	call := middleware.DeserializeMiddlewareFunc("embedded.call", func(
		ctx context.Context, _ middleware.DeserializeInput, _ middleware.DeserializeHandler,
	) (out middleware.DeserializeOutput, _ middleware.Metadata, err error) {
		out.Result, err = t.call(ctx, input)
		return out, middleware.Metadata{}, err
	})
	stack.Serialize.Clear()
	stack.Build.Clear()
	stack.Deserialize.Clear()
	for _, step := range stack.Finalize.List() {
		if slices.Contains(sent, step) {
			if _, err := stack.Finalize.Remove(step); err != nil {
				return err
			}
		}
	}
	if err := stack.Initialize.Add(keep, middleware.After); err != nil {
		return err
	}
	return stack.Deserialize.Add(call, middleware.After)
}

func (t *tables) call(ctx context.Context, input any) (any, error) {
	switch in := input.(type) {
	case *dynamodb.GetItemInput:
		return on(ctx, t, in.TableName, dynamo.Client.GetItem, in)
	case *dynamodb.BatchGetItemInput:
		return on(ctx, t, batchTable(in), dynamo.Client.BatchGetItem, in)
	case *dynamodb.QueryInput:
		return on(ctx, t, in.TableName, dynamo.Client.Query, in)
	case *dynamodb.PutItemInput:
		return on(ctx, t, in.TableName, dynamo.Client.PutItem, in)
	case *dynamodb.UpdateItemInput:
		return on(ctx, t, in.TableName, dynamo.Client.UpdateItem, in)
	case *dynamodb.DeleteItemInput:
		return on(ctx, t, in.TableName, dynamo.Client.DeleteItem, in)
	case *dynamodb.TransactWriteItemsInput:
		return on(ctx, t, tableOf(in), dynamo.Client.TransactWriteItems, in)
	case *dynamodb.CreateTableInput:
		return t.create(aws.ToString(in.TableName))
	case *dynamodb.ScanInput:
		return t.scan(ctx, in)
	default:
		return nil, fmt.Errorf("dynamotest: the embedded store has no %T", input)
	}
}

// on makes a call of a table, as if it had come by the network: without the pointer
// to an output that is nil.
func on[In, Out any](
	ctx context.Context, t *tables, name *string,
	call func(dynamo.Client, context.Context, In, ...func(*dynamodb.Options)) (*Out, error), in In,
) (any, error) {
	db, err := t.find(name)
	if err != nil {
		return nil, err
	}
	out, err := call(db, ctx, in)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (t *tables) find(name *string) (*embedded.DB, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	db, ok := t.byName[aws.ToString(name)]
	if !ok {
		return nil, &types.ResourceNotFoundException{Message: aws.String("there is no such table")}
	}
	return db, nil
}

func (t *tables) create(name string) (*dynamodb.CreateTableOutput, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byName[name] != nil {
		return nil, &types.ResourceInUseException{Message: aws.String("there is such a table")}
	}
	db, err := t.open(name)
	if err != nil {
		return nil, err
	}
	t.byName[name] = db
	return &dynamodb.CreateTableOutput{TableDescription: &types.TableDescription{TableStatus: types.TableStatusActive}}, nil
}

// scan is for tests that look at all that was written.
func (t *tables) scan(ctx context.Context, in *dynamodb.ScanInput) (*dynamodb.ScanOutput, error) {
	db, err := t.find(in.TableName)
	if err != nil {
		return nil, err
	}
	out := &dynamodb.ScanOutput{}
	err = db.Items(ctx, func(i map[string]types.AttributeValue) error {
		out.Items = append(out.Items, i)
		return nil
	})
	out.Count = int32(len(out.Items))
	return out, err
}

// batchTable is the one table of a batch; nil for several, which no table answers.
func batchTable(in *dynamodb.BatchGetItemInput) *string {
	for table := range in.RequestItems {
		if len(in.RequestItems) == 1 {
			return &table
		}
	}
	return nil
}

func tableOf(in *dynamodb.TransactWriteItemsInput) *string {
	for _, entry := range in.TransactItems {
		switch {
		case entry.Put != nil:
			return entry.Put.TableName
		case entry.Update != nil:
			return entry.Update.TableName
		case entry.Delete != nil:
			return entry.Delete.TableName
		case entry.ConditionCheck != nil:
			return entry.ConditionCheck.TableName
		}
	}
	return nil
}
