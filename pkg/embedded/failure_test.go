package embedded

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// patience is how long a call may take before it hangs.
const patience = 20 * time.Second

func kinds(kinds ...errorfs.OpKind) func(errorfs.Op) bool {
	return func(op errorfs.Op) bool {
		for _, kind := range kinds {
			if op.Kind == kind {
				return true
			}
		}
		return false
	}
}

func ofFile(part string, is func(errorfs.Op) bool) func(errorfs.Op) bool {
	return func(op errorfs.Op) bool { return strings.Contains(op.Path, part) && is(op) }
}

var isWrite = kinds(errorfs.OpFileWrite, errorfs.OpFileWriteAt)

// TestFailures has one kind of access to the disk fail from some moment on. From then
// no call hangs, each says that the data are unavailable, and the next start finds
// everything that was answered.
func TestFailures(t *testing.T) {
	t.Parallel()
	flush := func(d *disk) { _ = d.pebble.Flush() }
	compact := func(d *disk) {
		_ = d.pebble.Flush()
		_ = d.pebble.Compact(context.Background(), []byte{0}, []byte{255}, false)
	}
	tests := map[string]struct {
		fails func(errorfs.Op) bool
		do    func(*disk) // brings pebble to what fails, beside writes
	}{
		"a write of the log":               {ofFile(".log", isWrite), nil},
		"an fsync of the log":              {ofFile(".log", isSync), nil},
		"the creation of a log":            {ofFile(".log", kinds(errorfs.OpCreate, errorfs.OpReuseForWrite)), flush},
		"the creation of a flushed file":   {ofFile(".sst", kinds(errorfs.OpCreate)), flush},
		"a write of a flushed file":        {ofFile(".sst", isWrite), flush},
		"an fsync of a flushed file":       {ofFile(".sst", isSync), flush},
		"a write of a compaction":          {ofFile(".sst", isWrite), compact},
		"a read of a compaction":           {ofFile(".sst", kinds(errorfs.OpFileReadAt)), compact},
		"a write of the manifest":          {ofFile("MANIFEST", isWrite), flush},
		"an fsync of the manifest":         {ofFile("MANIFEST", isSync), flush},
		"an fsync of the folder":           {func(op errorfs.Op) bool { return isSync(op) && strings.HasSuffix(op.Path, pebbleFolder) }, flush},
		"every access":                     {func(errorfs.Op) bool { return true }, flush},
		"every write":                      {func(op errorfs.Op) bool { return op.Kind.ReadOrWrite() == errorfs.OpIsWrite }, compact},
		"an fsync, with writes of 100 KiB": {ofFile(".log", isSync), nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			machine := vfs.NewCrashableMem()
			var failing errorfs.Toggle
			failing.Injector = errorfs.InjectorFunc(func(op errorfs.Op) error {
				if test.fails(op) {
					return errorfs.ErrInjected
				}
				return nil
			})
			db := mustOpenOn(t, errorfs.Wrap(machine, &failing))
			fillLevels(t, db)
			filler := item{}
			if strings.Contains(name, "100 KiB") {
				filler["filler"] = text(strings.Repeat("x", 100<<10))
			}
			done := failUnderLoad(t, db, &failing, filler, test.do)

			within(t, patience, "a call after the failure", func() { unavailable(t, db) })
			within(t, patience, "Close", func() { _ = db.Close() })
			within(t, patience, "a call after Close", func() { unavailable(t, db) })
			after := mustOpenOn(t, machine.CrashClone(vfs.CrashCloneCfg{}))
			for pk, n := range done {
				if got, err := after.getN(t.Context(), pk); got < n || err != nil {
					t.Errorf("%s is %d, and %d was answered: %v", pk, got, n, err)
				}
			}
			mustClose(t, after)
		})
	}
}

// fillLevels leaves more than one file that a compaction can merge.
func fillLevels(t *testing.T, db *DB) {
	t.Helper()
	for round := range 3 {
		for n := range 50 {
			if err := db.putN(t.Context(), fmt.Sprintf("old%d", n), round+1, nil); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.pebble().pebble.Flush(); err != nil {
			t.Fatal(err)
		}
	}
}

// failUnderLoad writes and reads from all sides, and has the disk fail meanwhile. It
// returns what was answered.
func failUnderLoad(t *testing.T, db *DB, failing *errorfs.Toggle, filler item, do func(*disk)) map[string]int {
	t.Helper()
	var mu sync.Mutex
	done := map[string]int{"old7": 3}
	var callers sync.WaitGroup
	for writer := range 6 {
		pk := fmt.Sprintf("w%d", writer)
		callers.Go(func() {
			for n := 1; ; n++ {
				if err := db.putN(t.Context(), pk, n, filler); err != nil {
					isUnavailable(t, "a write", err)
					return
				}
				mu.Lock()
				done[pk] = n
				mu.Unlock()
			}
		})
	}
	for range 3 {
		callers.Go(func() {
			for {
				if _, err := db.getN(t.Context(), "old3"); err != nil {
					isUnavailable(t, "a read", err)
					return
				}
				time.Sleep(100 * time.Microsecond)
			}
		})
	}
	time.Sleep(20 * time.Millisecond)
	failing.On()
	if do != nil {
		go do(db.pebble()) // pebble may never return
	}
	within(t, patience, "a call during the failure", callers.Wait)
	return done
}

func isUnavailable(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, ErrUnavailable) {
		t.Errorf("%s: %v", what, err)
	}
}

// unavailable makes every call.
func unavailable(t *testing.T, db *DB) {
	t.Helper()
	ctx := t.Context()
	name := aws.String(tableName)
	_, get := db.getN(ctx, "old1")
	_, query := db.Query(ctx, &dynamodb.QueryInput{
		TableName: name, KeyConditionExpression: aws.String("PK = :pk"), ExpressionAttributeValues: item{":pk": text("old1")},
	})
	_, update := db.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: name, Key: keyItem("a", "b"), UpdateExpression: aws.String("SET n = :n"), ExpressionAttributeValues: item{":n": number(1)},
	})
	_, remove := db.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: name, Key: keyItem("a", "b")})
	_, refused := db.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: name, Item: keyItem("a", "b"), ConditionExpression: aws.String("attribute_exists(PK)"),
	})
	_, sweep := db.Sweep(ctx, time.Now(), 10)
	for what, err := range map[string]error{
		"GetItem": get, "Query": query, "PutItem": db.putN(ctx, "late", 1, nil), "UpdateItem": update, "DeleteItem": remove,
		"TransactWriteItems": db.putTwo(ctx, "a", "b", 1), "a condition that fails": refused, "Sweep": sweep,
		"Items":  db.Items(ctx, func(item) error { return nil }),
		"Backup": db.Backup("backup"), "Failed": db.Failed(),
	} {
		isUnavailable(t, what, err)
	}
}

// TestFilesThatStay: a file of no use that cannot be removed takes room, and is no
// reason to end.
func TestFilesThatStay(t *testing.T) {
	t.Parallel()
	db := mustOpenOn(t, errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind == errorfs.OpRemove {
			return errorfs.ErrInjected
		}
		return nil
	})))
	fillLevels(t, db)
	if err := db.pebble().pebble.Compact(t.Context(), []byte{0}, []byte{255}, false); err != nil {
		t.Fatal(err)
	}
	if got, err := db.getN(t.Context(), "old7"); got != 3 || err != nil || db.Failed() != nil {
		t.Errorf("%d, %v, %v", got, err, db.Failed())
	}
}

// TestAStartOnABadDisk has each access fail that a start makes. The start says so, or
// serves.
func TestAStartOnABadDisk(t *testing.T) {
	t.Parallel()
	last := int64(-1)
	for n := int64(0); n <= last || last < 0; n++ {
		var accesses atomic.Int64
		fs := errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(func(errorfs.Op) error {
			if accesses.Add(1) == n {
				return errorfs.ErrInjected
			}
			return nil
		}))
		within(t, patience, fmt.Sprintf("a start whose access %d fails", n), func() {
			db, err := openOn(fs)
			if n == 0 {
				last = accesses.Load()
			}
			if err != nil {
				return
			}
			if err := db.putN(t.Context(), "a", 1, nil); err != nil {
				isUnavailable(t, "a write", err)
			}
			_ = db.Close()
		})
	}
}
