package dynamo

import (
	"context"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

type accountRow struct {
	head
	ID        string `dynamodbav:"id"`
	Name      string `dynamodbav:"name,omitempty"`
	Checkout  string `dynamodbav:"checkout,omitempty"`
	MFA       bool   `dynamodbav:"requireMfa,omitempty"`
	CreatedAt millis `dynamodbav:"createdAt"`
}

// Account reads one account.
func (t *Table) Account(ctx context.Context, account id.Account) (shop.Account, error) {
	row, err := get[accountRow](ctx, t, accountKey(account))
	return shop.Account{
		ID: id.Account(row.ID), Version: row.Version, Name: row.Name,
		Checkout: id.Agent(row.Checkout), RequireMFA: row.MFA, CreatedAt: row.CreatedAt.time(),
	}, err
}

func storedAccount(a shop.Account) accountRow {
	return accountRow{
		head: newHead(accountKey(a.ID), "account", a.Version),
		ID:   string(a.ID), Name: a.Name, Checkout: string(a.Checkout), MFA: a.RequireMFA, CreatedAt: toMillis(a.CreatedAt),
	}
}
