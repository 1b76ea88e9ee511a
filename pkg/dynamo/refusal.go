package dynamo

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// The refusals of one kind in an hour are counted in a row of their own, which
// names the event that those beyond the first few are counted in. Both rows are
// updated, not replaced: whoever counts need not know how many there are.

const refusedKind = "refused"

// refusalLifetime is how long a count lives; nobody needs it after its hour.
const refusalLifetime = 48 * time.Hour

// crowds remembers which kinds of refusal have passed their limit, and where they
// are counted, so that a process learns it only once.
type crowds struct {
	mu     sync.Mutex
	events map[key]id.Event
}

// maxCrowds bounds how many are remembered.
const maxCrowds = 1000

func (c *crowds) find(k key) (id.Event, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	event, known := c.events[k]
	return event, known
}

func (c *crowds) add(k key, event id.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.events == nil || len(c.events) >= maxCrowds {
		c.events = make(map[key]id.Event)
	}
	c.events[k] = event
}

// Refuse puts a refusal into the trail: as an event of its own or, if its kind has
// apart events in this hour already, counted in another one. It returns
// shop.ErrConflict.
func (t *Table) Refuse(ctx context.Context, e shop.Event, apart int, more id.Event) error {
	k := refusedKey(e)
	if more, known := t.crowds.find(k); known {
		return t.countRefusal(ctx, e, more)
	}
	err := t.putRefusal(ctx, e, apart, more)
	if more, full := crowded(err); full {
		t.crowds.add(k, more)
		return t.countRefusal(ctx, e, more)
	}
	return classify(err)
}

// putRefusal puts a refusal as an event of its own, and counts it.
func (t *Table) putRefusal(ctx context.Context, e shop.Event, apart int, more id.Event) error {
	b := t.builder()
	b.version(storedEvent(e), 1)
	_, err := t.client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
		{Update: &types.Update{
			TableName: &t.name, Key: t.spread.item(refusedKey(e)),
			UpdateExpression:                    aws.String("SET more = :more, kind = :kind, shape = :shape, #ttl = :ttl ADD refusals :one"),
			ConditionExpression:                 aws.String("attribute_not_exists(PK) OR refusals < :apart"),
			ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
			ExpressionAttributeNames:            map[string]string{"#ttl": "ttl"},
			ExpressionAttributeValues: item{
				":more": text(string(more)), ":kind": text(refusedKind), ":shape": number(int64(shapes[refusedKind])), ":ttl": number(e.At.Add(refusalLifetime).Unix()),
				":one": number(1), ":apart": number(int64(apart)),
			},
		}},
		b.entries[0],
	}})
	return err
}

// crowded reports whether a refusal was not put because its kind has enough events,
// and which event counts the others.
func crowded(err error) (id.Event, bool) {
	var canceled *types.TransactionCanceledException
	if !errors.As(err, &canceled) || len(canceled.CancellationReasons) == 0 {
		return "", false
	}
	reason := canceled.CancellationReasons[0]
	more, _ := reason.Item["more"].(*types.AttributeValueMemberS)
	if more == nil || aws.ToString(reason.Code) != "ConditionalCheckFailed" {
		return "", false
	}
	return id.Event(more.Value), true
}

// countRefusal counts a refusal in an event, whose time is that of the first, and
// everything else of the last.
func (t *Table) countRefusal(ctx context.Context, e shop.Event, more id.Event) error {
	last := e
	last.ID, last.Subject, last.LastAt = more, "", e.At
	row := encode(storedEvent(last))
	update := &dynamodb.UpdateItemInput{
		TableName: &t.name, Key: t.spread.item(eventKey(e.Account, more)),
		ExpressionAttributeNames:  map[string]string{"#at": "at", "#count": "count"},
		ExpressionAttributeValues: item{":at": row["at"], ":one": number(1)},
	}
	set := []string{"#at = if_not_exists(#at, :at)"}
	for i, name := range slices.Sorted(maps.Keys(row)) {
		if slices.Contains([]string{"PK", "SK", "at"}, name) {
			continue
		}
		n := strconv.Itoa(i)
		set = append(set, "#"+n+" = :"+n)
		update.ExpressionAttributeNames["#"+n] = name
		update.ExpressionAttributeValues[":"+n] = row[name]
	}
	update.UpdateExpression = aws.String("SET " + strings.Join(set, ", ") + " ADD #count :one")
	_, err := t.client.UpdateItem(ctx, update)
	return classify(err)
}
