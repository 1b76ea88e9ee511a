package dynamo

import (
	"context"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

type actionRow struct {
	head
	ID         string     `dynamodbav:"id"`
	Account    string     `dynamodbav:"account"`
	Service    string     `dynamodbav:"service"`
	Type       string     `dynamodbav:"type"`
	Status     string     `dynamodbav:"status"`
	Input      string     `dynamodbav:"input,omitempty"` // JSON
	StartedAt  millis     `dynamodbav:"startedAt"`
	FinishedAt millis     `dynamodbav:"finishedAt,omitempty"`
	Purchase   string     `dynamodbav:"purchase,omitempty"`
	Failure    string     `dynamodbav:"failure,omitempty"`
	Credit     *creditRow `dynamodbav:"credit,omitempty"`
	// BegunBy is the id of a key or of a person.
	BegunBy     string `dynamodbav:"begunBy,omitempty"`
	SecretUntil millis `dynamodbav:"secretUntil,omitempty"`
	SecretLost  bool   `dynamodbav:"secretLost,omitempty"`
}

// creditRow is what an action took off the bill of its service.
type creditRow struct {
	BackMinor    int64  `dynamodbav:"backMinor,omitempty"`
	RenewalMinor int64  `dynamodbav:"renewalMinor"`
	Currency     string `dynamodbav:"currency"`
	PaidAt       millis `dynamodbav:"paidAt"`
}

func storedCredit(c *shop.Credit) *creditRow {
	if c == nil {
		return nil
	}
	return &creditRow{c.Back.Minor, c.Renewal.Minor, string(c.Renewal.Currency), toMillis(c.PaidAt)}
}

func (r *creditRow) domain() *shop.Credit {
	if r == nil {
		return nil
	}
	return &shop.Credit{Back: moneyOf(r.BackMinor, r.Currency), Renewal: moneyOf(r.RenewalMinor, r.Currency), PaidAt: r.PaidAt.time()}
}

// Action reads one action of a service.
func (t *Table) Action(ctx context.Context, account id.Account, service id.Service, action id.Action) (shop.Action, error) {
	row, err := get[actionRow](ctx, t, actionKey(account, service, action))
	return row.domain(), err
}

// Actions lists the actions of a service.
func (t *Table) Actions(ctx context.Context, account id.Account, service id.Service, p shop.Page) ([]shop.Action, shop.Cursor, error) {
	return list(ctx, t, accountPartition(account), actionsOf(service), p, actionRow.domain)
}

func storedAction(a shop.Action) actionRow {
	return actionRow{
		head: newHead(actionKey(a.Account, a.Service, a.ID), "action", a.Version),
		ID:   string(a.ID), Account: string(a.Account), Service: string(a.Service),
		Type: string(a.Intent.Action), Status: string(a.Status), Input: string(a.Intent.Input),
		StartedAt: toMillis(a.StartedAt), FinishedAt: toMillis(a.FinishedAt), Purchase: string(a.Purchase), Failure: a.Failure, Credit: storedCredit(a.Credit),
		BegunBy: string(a.BegunBy), SecretUntil: toMillis(a.SecretUntil), SecretLost: a.SecretLost,
	}
}

func (r actionRow) domain() shop.Action {
	return shop.Action{
		ID: id.Action(r.ID), Account: id.Account(r.Account), Service: id.Service(r.Service), Version: r.Version,
		Intent: intentOf(r.Type, r.Input), Status: shop.ActionStatus(r.Status),
		StartedAt: r.StartedAt.time(), FinishedAt: r.FinishedAt.time(), Purchase: id.Purchase(r.Purchase), Failure: r.Failure, Credit: r.Credit.domain(),
		BegunBy: shop.Holder(r.BegunBy), SecretUntil: r.SecretUntil.time(), SecretLost: r.SecretLost,
	}
}
