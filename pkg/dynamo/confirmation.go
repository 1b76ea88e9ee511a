package dynamo

import (
	"context"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

type confirmationRow struct {
	head
	Hash      string `dynamodbav:"hash"`
	Account   string `dynamodbav:"account"`
	Key       string `dynamodbav:"key"`
	Call      string `dynamodbav:"call"`
	ExpiresAt millis `dynamodbav:"expiresAt"`
}

// Confirmation reads the confirmation whose token has that hash.
func (t *Table) Confirmation(ctx context.Context, account id.Account, hash string) (shop.Confirmation, error) {
	row, err := get[confirmationRow](ctx, t, confirmationKey(account, hash))
	return shop.Confirmation{
		Hash: row.Hash, Account: id.Account(row.Account), Version: row.Version,
		Key: id.Key(row.Key), Call: row.Call, ExpiresAt: row.ExpiresAt.time(),
	}, err
}

func storedConfirmation(c shop.Confirmation) confirmationRow {
	row := confirmationRow{
		head: newHead(confirmationKey(c.Account, c.Hash), "confirmation", c.Version),
		Hash: c.Hash, Account: string(c.Account), Key: string(c.Key), Call: c.Call, ExpiresAt: toMillis(c.ExpiresAt),
	}
	row.TTL = c.ExpiresAt.Unix()
	return row
}
