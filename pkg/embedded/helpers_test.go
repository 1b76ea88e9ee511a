package embedded

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/cockroachdb/pebble/v2/vfs"
)

const tableName = "table"

// long makes tests that repeat something at random do it for long: make proof sets it.
var long = flag.Bool("long", false, "repeat what is random many times more")

// times is how often a test repeats what is random.
func times(n int) int {
	if *long {
		return 20 * n
	}
	return n
}

// helperVariable makes the test binary another program, see process_test.go.
const helperVariable = "EMBEDDED_HELPER"

func TestMain(m *testing.M) {
	if task, isHelper := helpers[os.Getenv(helperVariable)]; isHelper {
		if err := task(os.Getenv("EMBEDDED_DIR")); err != nil {
			fmt.Println("failed", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func number(n int) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.Itoa(n)}
}

func keyItem(pk, sk string) item { return item{partitionKey: text(pk), sortKey: text(sk)} }

// openOn opens the table of a file system.
func openOn(fs vfs.FS) (*DB, error) {
	disk, err := openDisk("data", diskOptions{fs: fs})
	if err != nil {
		return nil, err
	}
	return newDB(disk, tableName), nil
}

func mustOpenOn(tb testing.TB, fs vfs.FS) *DB {
	tb.Helper()
	db, err := openOn(fs)
	if err != nil {
		tb.Fatal(err)
	}
	return db
}

func mustOpen(tb testing.TB, dir string) *DB {
	tb.Helper()
	db, err := Open(dir, tableName)
	if err != nil {
		tb.Fatal(err)
	}
	return db
}

func mustClose(tb testing.TB, db *DB) {
	tb.Helper()
	if err := db.Close(); err != nil {
		tb.Fatal(err)
	}
}

// putN writes a number under a key, and optionally more.
func (db *DB) putN(ctx context.Context, pk string, n int, more item) error {
	i := item{partitionKey: text(pk), sortKey: text("n"), "n": number(n)}
	for name, value := range more {
		i[name] = value
	}
	_, err := db.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String(tableName), Item: i})
	return err
}

// getN reads the number of a key, which is zero where there is none.
func (db *DB) getN(ctx context.Context, pk string) (int, error) {
	out, err := db.GetItem(ctx, &dynamodb.GetItemInput{TableName: aws.String(tableName), Key: keyItem(pk, "n")})
	if err != nil {
		return 0, err
	}
	return nOf(out.Item)
}

func nOf(i item) (int, error) {
	if i == nil {
		return 0, nil
	}
	n, isNumber := i["n"].(*types.AttributeValueMemberN)
	if !isNumber {
		return 0, errors.New("the item has no number")
	}
	return strconv.Atoi(n.Value)
}

// putTwo writes a number under two keys in one transaction.
func (db *DB) putTwo(ctx context.Context, a, b string, n int) error {
	put := func(pk string) types.TransactWriteItem {
		return types.TransactWriteItem{Put: &types.Put{
			TableName: aws.String(tableName), Item: item{partitionKey: text(pk), sortKey: text("n"), "n": number(n)},
		}}
	}
	_, err := db.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{put(a), put(b)}})
	return err
}

// within fails the test with the stacks of all goroutines where something hangs.
func within(tb testing.TB, limit time.Duration, what string, do func()) {
	tb.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		do()
	}()
	select {
	case <-done:
	case <-time.After(limit):
		stacks := make([]byte, 1<<20)
		tb.Fatalf("%s hangs:\n%s", what, stacks[:runtime.Stack(stacks, true)])
	}
}

func (db *DB) pebble() *disk { return db.storage.(*disk) }
