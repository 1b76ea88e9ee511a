package dynamo

import (
	"cmp"
	"context"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
	"agentstore/pkg/sorting"
)

type agentRow struct {
	head
	ID        string `dynamodbav:"id"`
	Account   string `dynamodbav:"account"`
	Name      string `dynamodbav:"name,omitempty"`
	Sees      string `dynamodbav:"sees,omitempty"` // without it, everything in the account
	System    bool   `dynamodbav:"system,omitempty"`
	CreatedAt millis `dynamodbav:"createdAt"`
}

// Agent reads one agent. It returns shop.ErrNotFound.
func (t *Table) Agent(ctx context.Context, agent id.Agent) (shop.Agent, error) {
	row, err := get[agentRow](ctx, t, agentKey(agent))
	return row.domain(), err
}

// Agents lists the agents of an account, the oldest first.
func (t *Table) Agents(ctx context.Context, account id.Account) ([]shop.Agent, error) {
	rows, err := query[agentRow](ctx, t, span{partition: accountPartition(account), prefix: agentPrefix})
	agents := make([]shop.Agent, len(rows))
	for i, row := range rows {
		agents[i] = row.domain()
	}
	sorting.By(agents, func(a, b shop.Agent) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return agents, err
}

func (r agentRow) domain() shop.Agent {
	return shop.Agent{
		ID: id.Agent(r.ID), Account: id.Account(r.Account), Version: r.Version,
		Name: r.Name, Sees: cmp.Or(shop.Sees(r.Sees), shop.SeesAccount), System: r.System, CreatedAt: r.CreatedAt.time(),
	}
}

func storedAgent(a shop.Agent) agentRow {
	return agentRow{
		head: newHead(agentKey(a.ID), "agent", a.Version),
		ID:   string(a.ID), Account: string(a.Account), Name: a.Name, Sees: string(a.Sees), System: a.System,
		CreatedAt: toMillis(a.CreatedAt),
	}
}
