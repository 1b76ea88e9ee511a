package dynamo

import (
	"context"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

type waitingRow struct {
	head
	Account   string        `dynamodbav:"account"`
	Agent     string        `dynamodbav:"agent"`
	Questions []questionRow `dynamodbav:"questions,omitempty"`
}

type questionRow struct {
	Approval  string `dynamodbav:"approval"`
	About     string `dynamodbav:"about,omitempty"`
	Purchase  string `dynamodbav:"purchase,omitempty"`
	ExpiresAt millis `dynamodbav:"expiresAt"`
	HeldMinor int64  `dynamodbav:"heldMinor,omitempty"`
}

// Waiting reads the open questions of an agent.
func (t *Table) Waiting(ctx context.Context, account id.Account, agent id.Agent) (shop.Waiting, error) {
	row, err := get[waitingRow](ctx, t, waitingKey(account, agent))
	return row.domain(), err
}

// AllWaiting reads the open questions of all agents of an account.
func (t *Table) AllWaiting(ctx context.Context, account id.Account) ([]shop.Waiting, error) {
	rows, err := query[waitingRow](ctx, t, span{partition: accountPartition(account), prefix: waitingPrefix})
	all := make([]shop.Waiting, len(rows))
	for i, row := range rows {
		all[i] = row.domain()
	}
	return all, err
}

func (r waitingRow) domain() shop.Waiting {
	w := shop.Waiting{Account: id.Account(r.Account), Agent: id.Agent(r.Agent), Version: r.Version}
	for _, q := range r.Questions {
		w.Questions = append(w.Questions, shop.Question{
			Approval: id.Approval(q.Approval), About: q.About, Purchase: id.Purchase(q.Purchase), ExpiresAt: q.ExpiresAt.time(), HeldMinor: q.HeldMinor,
		})
	}
	return w
}

func storedWaiting(w shop.Waiting) waitingRow {
	row := waitingRow{
		head:    newHead(waitingKey(w.Account, w.Agent), "waiting", w.Version),
		Account: string(w.Account), Agent: string(w.Agent),
	}
	for _, q := range w.Questions {
		row.Questions = append(row.Questions, questionRow{string(q.Approval), q.About, string(q.Purchase), toMillis(q.ExpiresAt), q.HeldMinor})
	}
	return row
}
