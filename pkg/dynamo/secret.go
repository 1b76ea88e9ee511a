package dynamo

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

type secretRow struct {
	head
	Account   string `dynamodbav:"account"`
	Service   string `dynamodbav:"service"`
	Action    string `dynamodbav:"action"`
	Reader    string `dynamodbav:"reader"`
	Sealed    []byte `dynamodbav:"sealed,omitempty"`
	Key       []byte `dynamodbav:"sealedKey,omitempty"`
	ExpiresAt millis `dynamodbav:"expiresAt"`
}

// ifReadable is the condition of a reader: an absent item has no attributes.
const ifReadable = "reader = :reader AND expiresAt > :now"

// TakeSecret returns a secret and deletes it. It returns shop.ErrNotFound where
// there is none for that reader at that time.
func (t *Table) TakeSecret(ctx context.Context, of shop.SecretOf, reader shop.Holder, now time.Time) (shop.Secret, error) {
	out, err := t.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: &t.name, Key: t.spread.item(secretKey(of.Account, of.Action)),
		ConditionExpression:       aws.String(ifReadable),
		ExpressionAttributeValues: item{":reader": text(string(reader)), ":now": number(now.UnixMilli())},
		ReturnValues:              types.ReturnValueAllOld,
	})
	if err = classify(err); errors.Is(err, shop.ErrConflict) {
		return shop.Secret{}, shop.ErrNotFound
	}
	if err != nil {
		return shop.Secret{}, err
	}
	row, err := decode[secretRow](out.Attributes)
	return row.domain(), err
}

func storedSecret(s shop.Secret) secretRow {
	row := secretRow{
		head:    newHead(secretKey(s.Account, s.Action), "secret", 1),
		Account: string(s.Account), Service: string(s.Service), Action: string(s.Action),
		Reader: string(s.Reader), Sealed: s.Sealed.Text, Key: s.Sealed.Key, ExpiresAt: toMillis(s.ExpiresAt),
	}
	row.TTL = s.ExpiresAt.Unix()
	return row
}

func (r secretRow) domain() shop.Secret {
	return shop.Secret{
		SecretOf: shop.SecretOf{Account: id.Account(r.Account), Service: id.Service(r.Service), Action: id.Action(r.Action)},
		Reader:   shop.Holder(r.Reader), Sealed: shop.Sealed{Text: r.Sealed, Key: r.Key}, ExpiresAt: r.ExpiresAt.time(),
	}
}
