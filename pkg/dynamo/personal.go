package dynamo

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// personalRow is the one item that holds what an order says about people.
type personalRow struct {
	head
	ID          string `dynamodbav:"id"`
	Account     string `dynamodbav:"account"`
	Agent       string `dynamodbav:"agent"`
	ServiceType string `dynamodbav:"serviceType"`
	Data        string `dynamodbav:"data,omitempty"` // JSON
	CreatedAt   millis `dynamodbav:"createdAt"`
	ErasedAt    millis `dynamodbav:"erasedAt,omitempty"`
	ExpiresAt   millis `dynamodbav:"expiresAt,omitempty"`
}

// Personal reads the personal data of one order, erased or not.
func (t *Table) Personal(ctx context.Context, account id.Account, personal id.Personal) (shop.Personal, error) {
	row, err := get[personalRow](ctx, t, personalKey(account, personal))
	return row.domain(), err
}

// storedPersonal goes when the quote goes that nobody has bought.
func storedPersonal(p shop.Personal) personalRow {
	row := personalRow{
		head: newHead(personalKey(p.Account, p.ID), "personal", p.Version),
		ID:   string(p.ID), Account: string(p.Account), Agent: string(p.Agent), ServiceType: p.ServiceType,
		Data: string(p.Data), CreatedAt: toMillis(p.CreatedAt), ErasedAt: toMillis(p.ErasedAt), ExpiresAt: toMillis(p.ExpiresAt),
	}
	if !p.ExpiresAt.IsZero() {
		row.TTL = p.ExpiresAt.Add(quoteKept).Unix()
	}
	return row
}

func (r personalRow) domain() shop.Personal {
	p := shop.Personal{
		ID: id.Personal(r.ID), Account: id.Account(r.Account), Agent: id.Agent(r.Agent), Version: r.Version,
		ServiceType: r.ServiceType, CreatedAt: r.CreatedAt.time(), ErasedAt: r.ErasedAt.time(), ExpiresAt: r.ExpiresAt.time(),
	}
	if r.Data != "" {
		p.Data = json.RawMessage(r.Data)
	}
	return p
}

// keepPersonal has the personal data of a quote stay that is bought, if there is any.
// Nobody has read it; it becomes another version all the same, so that an erasure
// that has read the one before starts over and does not bring its end back.
func (b *builder) keepPersonal(account id.Account, personal id.Personal) {
	if personal == "" {
		return
	}
	b.entries = append(b.entries, types.TransactWriteItem{Update: &types.Update{
		TableName: b.table, Key: b.spread.item(personalKey(account, personal)),
		UpdateExpression:          aws.String("SET version = version + :one REMOVE #ttl, expiresAt"),
		ConditionExpression:       aws.String("attribute_exists(PK)"),
		ExpressionAttributeNames:  map[string]string{"#ttl": "ttl"},
		ExpressionAttributeValues: item{":one": number(1)},
	}})
}
