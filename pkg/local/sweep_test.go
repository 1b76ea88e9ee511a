package local

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"agentstore/pkg/app"
)

// rows are so many that have ended. They count how often they are swept.
type rows struct {
	left, calls int
	err         error
}

func (r *rows) Sweep(_ context.Context, _ time.Time, limit int) (int, error) {
	r.calls++
	removed := min(limit, r.left)
	r.left -= removed
	return removed, r.err
}

// TestSweep: all rows go, in steps, and very many not in one go.
func TestSweep(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk is gone")
	for _, tc := range []struct {
		rows  rows
		left  int
		calls int
	}{
		{rows{left: 0}, 0, 1},
		{rows{left: sweepAtOnce - 1}, 0, 1},
		{rows{left: 2*sweepAtOnce + 1}, 0, 3},
		{rows{left: sweepMost + 7}, 7, sweepMost / sweepAtOnce},
		{rows{left: 2 * sweepAtOnce, err: broken}, sweepAtOnce, 1},
	} {
		r := tc.rows
		err := sweep(t.Context(), &r, time.Now())
		if r.left != tc.left || r.calls != tc.calls || !errors.Is(err, tc.rows.err) {
			t.Errorf("of %d rows %d are left after %d calls, %v", tc.rows.left, r.left, r.calls, err)
		}
	}
}

// TestSweepOfADatabase: a row goes whose time to live has ended, and no other.
func TestSweepOfADatabase(t *testing.T) {
	t.Parallel()
	db, err := Embedded(app.Config{DataDir: app.InMemory, TableName: "t"})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().Unix()
	for key, ttl := range map[string]int64{"ended": now - 60, "lives": now + 3600} {
		_, err := db.Engine.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: new("t"), Item: map[string]types.AttributeValue{
			"PK": &types.AttributeValueMemberS{Value: key}, "SK": &types.AttributeValueMemberS{Value: key},
			"ttl": &types.AttributeValueMemberN{Value: strconv.FormatInt(ttl, 10)},
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]bool{"ended": false, "lives": true} {
		at := &types.AttributeValueMemberS{Value: key}
		got, err := db.Engine.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: new("t"), Key: map[string]types.AttributeValue{"PK": at, "SK": at}})
		if err != nil || (len(got.Item) > 0) != want {
			t.Errorf("the row that %s: %v, %v", key, got, err)
		}
	}
}
