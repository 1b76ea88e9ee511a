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
}

// Waiting reads the open questions of an agent.
func (t *Table) Waiting(ctx context.Context, account id.Account, agent id.Agent) (shop.Waiting, error) {
	row, err := get[waitingRow](ctx, t, waitingKey(account, agent))
	w := shop.Waiting{Account: id.Account(row.Account), Agent: id.Agent(row.Agent), Version: row.Version}
	for _, q := range row.Questions {
		w.Questions = append(w.Questions, shop.Question{
			Approval: id.Approval(q.Approval), About: q.About, Purchase: id.Purchase(q.Purchase), ExpiresAt: q.ExpiresAt.time(),
		})
	}
	return w, err
}

func storedWaiting(w shop.Waiting) waitingRow {
	row := waitingRow{
		head:    newHead(waitingKey(w.Account, w.Agent), "waiting", w.Version),
		Account: string(w.Account), Agent: string(w.Agent),
	}
	for _, q := range w.Questions {
		row.Questions = append(row.Questions, questionRow{string(q.Approval), q.About, string(q.Purchase), toMillis(q.ExpiresAt)})
	}
	return row
}
