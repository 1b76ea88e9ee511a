package embedded

import (
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// TestNoReaderSeesWhatACrashTakesBack reads while others write to a disk whose fsync
// takes its time, and has the machine crash after each reading: what was read is
// there afterwards, whatever of the rest is.
func TestNoReaderSeesWhatACrashTakesBack(t *testing.T) {
	t.Parallel()
	machine := vfs.NewCrashableMem()
	slow := errorfs.InjectorFunc(func(op errorfs.Op) error {
		if isSync(op) && strings.HasSuffix(op.Path, ".log") {
			time.Sleep(2 * time.Millisecond)
		}
		return nil
	})
	db := mustOpenOn(t, errorfs.Wrap(machine, slow))
	var writers sync.WaitGroup
	stop := make(chan struct{})
	for _, pair := range [][2]string{{"a", "b"}, {"c", "d"}, {"e", "f"}} {
		writers.Go(func() {
			for n := 1; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				if err := db.putTwo(t.Context(), pair[0], pair[1], n); err != nil {
					t.Error(err)
				}
				if pair[0] != "a" {
					continue
				}
				if err := db.putN(t.Context(), "due", n, item{indexPartitionKey: text("due"), indexSortKey: text("x")}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for crash := range times(40) {
		time.Sleep(rand.N(3 * time.Millisecond))
		read := readAll(t, db)
		kept := machine.CrashClone(vfs.CrashCloneCfg{
			UnsyncedDataPercent: crash % 2 * 50, RNG: rand.New(rand.NewPCG(uint64(crash), 0)),
		})
		after := mustOpenOn(t, kept)
		left := readAll(t, after)
		for pk, n := range read {
			if left[pk] < n {
				t.Errorf("crash %d: %s was read as %d and is %d now", crash, pk, n, left[pk])
			}
		}
		for _, pair := range [][2]string{{"a", "b"}, {"c", "d"}, {"e", "f"}} {
			if left[pair[0]] != left[pair[1]] {
				t.Errorf("crash %d: half of a transaction is there: %v", crash, left)
			}
		}
		mustClose(t, after)
	}
	close(stop)
	writers.Wait()
	mustClose(t, db)
}

func isSync(op errorfs.Op) bool {
	return op.Kind == errorfs.OpFileSync || op.Kind == errorfs.OpFileSyncData || op.Kind == errorfs.OpFileSyncTo
}

// readAll reads by every way that there is: by key, the partition, and the index.
func readAll(t *testing.T, db *DB) map[string]int {
	t.Helper()
	read := make(map[string]int)
	for _, pk := range []string{"a", "b", "c", "d", "e", "f", "due"} {
		n, err := db.getN(t.Context(), pk)
		if err != nil {
			t.Fatal(err)
		}
		out, err := db.Query(t.Context(), &dynamodb.QueryInput{
			TableName: aws.String(tableName), KeyConditionExpression: aws.String("PK = :pk"),
			ExpressionAttributeValues: item{":pk": text(pk)},
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range out.Items {
			later, err := nOf(i)
			if err != nil || later < n {
				t.Fatalf("%s is %d and then %d, %v", pk, n, later, err)
			}
			n = later
		}
		read[pk] = n
	}
	out, err := db.Query(t.Context(), &dynamodb.QueryInput{
		TableName: aws.String(tableName), IndexName: aws.String(indexName), KeyConditionExpression: aws.String("GSI1PK = :pk"),
		ExpressionAttributeValues: item{":pk": text("due")},
	})
	if err != nil {
		t.Fatal(err)
	}
	read["in the index"] = len(out.Items)
	return read
}
