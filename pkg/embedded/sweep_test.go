package embedded

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// eachStorage runs a test in memory and on disk.
func eachStorage(t *testing.T, run func(t *testing.T, db *DB)) {
	t.Helper()
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		run(t, Memory(tableName))
	})
	t.Run("disk", func(t *testing.T) {
		t.Parallel()
		db := mustOpenOn(t, vfs.NewMem())
		defer mustClose(t, db)
		run(t, db)
	})
}

func (db *DB) mustPut(t *testing.T, pk string, more item) {
	t.Helper()
	if err := db.putN(t.Context(), pk, 1, more); err != nil {
		t.Fatal(err)
	}
}

// left are the rows that are there, and those in the index.
func (db *DB) left(t *testing.T) (rows, due int) {
	t.Helper()
	if err := db.Items(t.Context(), func(item) error { rows++; return nil }); err != nil {
		t.Fatal(err)
	}
	out, err := db.Query(t.Context(), &dynamodb.QueryInput{
		TableName: aws.String(tableName), IndexName: aws.String(indexName),
		KeyConditionExpression: aws.String("GSI1PK = :due"), ExpressionAttributeValues: item{":due": text("due")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows, len(out.Items)
}

func TestSweep(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	ttl := func(seconds int) item {
		return item{ttlAttribute: number(1_800_000_000 + seconds), indexPartitionKey: text("due"), indexSortKey: text("x")}
	}
	eachStorage(t, func(t *testing.T, db *DB) {
		db.mustPut(t, "ended", ttl(-1))
		db.mustPut(t, "ended long ago", ttl(-1_000_000))
		db.mustPut(t, "extended", ttl(-5))
		db.mustPut(t, "extended", ttl(+5))
		db.mustPut(t, "forever now", ttl(-5))
		db.mustPut(t, "forever now", nil)
		db.mustPut(t, "shortened", ttl(+5))
		db.mustPut(t, "shortened", ttl(-5))
		db.mustPut(t, "removed", ttl(-5))
		if _, err := db.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: aws.String(tableName), Key: keyItem("removed", "n")}); err != nil {
			t.Fatal(err)
		}
		db.mustPut(t, "ends now", ttl(0))
		db.mustPut(t, "ends later", ttl(+1))
		db.mustPut(t, "a text", item{ttlAttribute: text("1")})
		db.mustPut(t, "a negative one", item{ttlAttribute: number(-1)})
		db.mustPut(t, "too large", item{ttlAttribute: &types.AttributeValueMemberN{Value: "99999999999999999999"}})

		for want, limit := range []int{2, 100, 100} {
			got, err := db.Sweep(t.Context(), now, limit)
			if expected := []int{2, 1, 0}[want]; got != expected || err != nil {
				t.Errorf("sweep %d removed %d, want %d: %v", want, got, expected, err)
			}
		}
		for _, gone := range []string{"ended", "ended long ago", "shortened", "removed"} {
			if n, err := db.getN(t.Context(), gone); n != 0 || err != nil {
				t.Errorf("%s is there: %v", gone, err)
			}
		}
		if rows, due := db.left(t); rows != 7 || due != 3 {
			t.Errorf("%d rows are left, %d of them in the index", rows, due)
		}
	})
}

// TestSweepBesideWriters extends items while they are swept: those that were extended
// stay.
func TestSweepBesideWriters(t *testing.T) {
	t.Parallel()
	eachStorage(t, func(t *testing.T, db *DB) {
		const items = 200
		for n := range items {
			db.mustPut(t, fmt.Sprint(n), item{ttlAttribute: number(100)})
		}
		extended := make([]bool, items)
		var writers sync.WaitGroup
		for n := range items {
			if n%2 == 0 {
				continue
			}
			writers.Go(func() {
				_, err := db.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
					TableName: aws.String(tableName), Key: keyItem(fmt.Sprint(n), "n"), UpdateExpression: aws.String("SET #ttl = :later"),
					ConditionExpression:      aws.String("attribute_exists(PK)"),
					ExpressionAttributeNames: map[string]string{"#ttl": ttlAttribute}, ExpressionAttributeValues: item{":later": number(300)},
				})
				extended[n] = err == nil
			})
		}
		for removed := -1; removed != 0; {
			var err error
			if removed, err = db.Sweep(t.Context(), time.Unix(200, 0), 10); err != nil {
				t.Fatal(err)
			}
		}
		writers.Wait()
		for n, was := range extended {
			if got, err := db.getN(t.Context(), fmt.Sprint(n)); (got == 1) != was || err != nil {
				t.Errorf("item %d is there: %v, and was extended: %v, %v", n, got == 1, was, err)
			}
		}
	})
}
