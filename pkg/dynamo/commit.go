package dynamo

import (
	"context"
	"errors"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"agentstore/pkg/shop"
)

// The conditions of a write.
const (
	ifAbsent          = "attribute_not_exists(PK)"
	ifVersion         = "version = :before"
	ifVersionDirect   = "version = :before AND attribute_not_exists(contendedAt)"
	ifVersionOpen     = "version = :before AND expiresAt > :now"
	ifAbsentOrExpired = "attribute_not_exists(PK) OR (expiresAt > :never AND expiresAt <= :now)"
)

// Commit writes all of the change or nothing. It returns shop.ErrConflict, and
// shop.ErrInFlight where that is about the record of its idempotency key.
func (t *Table) Commit(ctx context.Context, c shop.Change) error {
	b := t.changes(c)
	b.authority(c)
	return t.write(ctx, b)
}

// write makes a single put or update where the change is only one: it costs half of
// a transaction.
func (t *Table) write(ctx context.Context, b builder) error {
	if len(b.entries) == 1 {
		switch only := b.entries[0]; {
		case only.Put != nil:
			return t.put(ctx, only.Put)
		case only.Update != nil:
			return t.update(ctx, only.Update)
		}
	}
	_, err := t.client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: b.entries})
	lost := classify(err)
	if b.keyed && errors.Is(lost, shop.ErrConflict) && lostFirst(err) {
		return shop.ErrInFlight
	}
	if errors.Is(lost, shop.ErrConflict) {
		return contended(b.entries, err)
	}
	return lost
}

func (t *Table) put(ctx context.Context, p *types.Put) error {
	_, err := t.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: p.TableName, Item: p.Item,
		ConditionExpression:       p.ConditionExpression,
		ExpressionAttributeValues: p.ExpressionAttributeValues,
	})
	return classify(err)
}

func (t *Table) update(ctx context.Context, u *types.Update) error {
	_, err := t.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: u.TableName, Key: u.Key, UpdateExpression: u.UpdateExpression,
		ConditionExpression:       u.ConditionExpression,
		ExpressionAttributeNames:  u.ExpressionAttributeNames,
		ExpressionAttributeValues: u.ExpressionAttributeValues,
	})
	return classify(err)
}

// changes lists the writes of a change, the likeliest to fail first.
func (t *Table) changes(c shop.Change) builder {
	b := t.builder()
	if c.Record != nil {
		b.keyed = true
		// No version that cannot unpack finds the rows of an account that is spread.
		packs := t.spread.includes(c.Record.Agent.Account())
		b.put(storedRecord(*c.Record, packs), ifAbsentOrExpired, item{":never": number(0), ":now": number(c.At.UnixMilli())})
	}
	if c.Confirmation != nil {
		b.version(storedConfirmation(*c.Confirmation), c.Confirmation.Version)
	}
	if q := c.Quote; q != nil && q.Version > 1 {
		b.replace(storedQuote(*q), ifVersionOpen, item{":before": number(int64(q.Version - 1)), ":now": number(c.At.UnixMilli())})
		b.keepPersonal(q.Account, q.Offer.Personal)
	} else if q != nil {
		b.version(storedQuote(*q), q.Version)
	}
	if c.Personal != nil {
		b.version(storedPersonal(*c.Personal), c.Personal.Version)
	}
	if c.Waiting != nil {
		b.version(storedWaiting(*c.Waiting), c.Waiting.Version)
	}
	if c.SSHKeys != nil {
		b.version(storedSSHKeys(*c.SSHKeys), c.SSHKeys.Version)
	}
	if c.Purchase != nil {
		b.withCopy(c.Purchase.Agent, storedPurchase(*c.Purchase), c.Purchase.Version)
	}
	if c.Approval != nil {
		b.version(storedApproval(*c.Approval), c.Approval.Version)
	}
	for _, s := range c.Services {
		b.withCopy(s.Agent, storedService(s), s.Version)
		b.list(s)
	}
	for _, l := range c.Labelings {
		b.label(l, c.At)
	}
	if c.Cancellation != nil {
		b.next(storedCancellation(*c.Cancellation), c.Cancellation.Version)
	}
	for _, a := range c.Actions {
		b.version(storedAction(a), a.Version)
	}
	if c.Secret != nil {
		b.version(storedSecret(*c.Secret), 1)
	}
	if c.Proof != nil {
		b.version(storedProof(*c.Proof), 1)
	}
	if c.Booking != nil {
		b.booking(*c.Booking)
	}
	for _, budget := range c.Budgets {
		b.budget(budget)
	}
	for _, credential := range c.Credentials {
		b.version(storedCredential(credential), credential.Version)
	}
	if c.Event != nil {
		b.version(storedEvent(*c.Event), 1)
	}
	if c.Person != nil {
		b.person(*c.Person)
	}
	if c.Account != nil {
		b.version(storedAccount(*c.Account), c.Account.Version)
	}
	for _, a := range c.Agents {
		b.version(storedAgent(a), a.Version)
	}
	for _, m := range c.Members {
		b.member(m)
	}
	if c.Invitation != nil {
		b.invitation(*c.Invitation)
	}
	for _, s := range c.Sessions {
		b.session(s)
	}
	for _, token := range c.Tokens {
		b.version(storedToken(token), token.Version)
	}
	for _, j := range c.Jobs {
		b.next(storedJob(j), j.Version)
	}
	for _, also := range c.Also {
		b.entries = append(b.entries, t.changes(also).entries...)
	}
	return b
}

// builder gathers the entries of a transaction.
type builder struct {
	table   *string
	spread  Spread
	newer   bool // see Table
	keyed   bool // the first entry is the record of an idempotency key
	entries []types.TransactWriteItem
}

func (t *Table) builder() builder {
	return builder{table: &t.name, spread: t.spread, newer: t.newer.Load()}
}

// version puts the first version of an object where there is none, or the next
// one in place of the version before it.
func (b *builder) version(row any, version int) {
	if version == 1 {
		b.put(row, ifAbsent, nil)
		return
	}
	b.rewrite(row, ifVersion, item{":before": number(int64(version - 1))})
}

// next is version, of a row whose item was read by its key before.
func (b *builder) next(row any, version int) {
	if version == 1 {
		b.version(row, version)
		return
	}
	b.replace(row, ifVersion, item{":before": number(int64(version - 1))})
}

// direct is next, of a row of money that holds nothing.
func (b *builder) direct(row any, version int) { b.directAfter(row, version-1) }

// directAfter is direct, in place of a version that may be more than one earlier; zero for
// none.
func (b *builder) directAfter(row any, before int) {
	if before == 0 {
		b.version(row, 1)
		return
	}
	b.replace(row, ifVersionDirect, item{":before": number(int64(before))})
}

// put writes a new item, replacing an existing one if the condition allows it.
func (b *builder) put(row any, condition string, values item) {
	p := types.Put{TableName: b.table, Item: b.spread.put(encode(row)), ExpressionAttributeValues: values}
	if condition != "" {
		p.ConditionExpression = &condition
	}
	b.entries = append(b.entries, types.TransactWriteItem{Put: &p})
}

// remove deletes the item if it has that version.
func (b *builder) remove(k key, version int) {
	condition := ifVersion
	b.entries = append(b.entries, types.TransactWriteItem{Delete: &types.Delete{
		TableName: b.table, Key: b.spread.item(k), ConditionExpression: &condition,
		ExpressionAttributeValues: item{":before": number(int64(version))},
	}})
}

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}
