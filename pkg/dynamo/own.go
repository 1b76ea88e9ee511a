package dynamo

import (
	"context"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// What belongs to an agent that sees only its own is stored twice: with the account,
// and as a copy in a range of the agent's own, so that a page of its list costs only
// its own rows, however many others the account has. The copy is for lists: it
// leaves out the configuration, which is large, and is not in the index.

// ownKindPrefix begins the kinds of copies.
const ownKindPrefix = "own "

// ownOf is the prefix of an agent's copies of originals with that prefix.
func ownOf(agent id.Agent, prefix string) string { return ownPrefix + string(agent) + "#" + prefix }

// copied is a row that an agent may have a copy of.
type copied interface {
	// copy is the row as its agent's own list has it.
	copy() any
}

// withCopy adds a row of an agent's, and its copy where there is one. The copy has
// no condition of its own: both are written together, on the condition of the
// original. So a copy that is wrong for whatever reason is repaired by the next
// change.
func (b *builder) withCopy(agent id.Agent, row copied, version int) {
	b.next(row, version)
	if agent.SeesOwn() {
		b.rewrite(row.copy(), "", nil)
	}
}

// copyOf is the head of the agent's copy of a row.
func (h head) copyOf(agent id.Agent) head {
	h.SK = ownOf(agent, h.SK)
	h.Kind = ownKindPrefix + h.Kind
	return h
}

func (r purchaseRow) copy() any {
	r.head = r.copyOf(id.Agent(r.Agent))
	r.Offer.Configuration = ""
	return r
}

func (r serviceRow) copy() any {
	r.head = r.copyOf(id.Agent(r.Agent))
	r.LivePK, r.LiveSK, r.Configuration = "", "", ""
	return r
}

// OwnPurchases lists the purchases of an agent that sees only its own, without their
// configurations.
func (t *Table) OwnPurchases(ctx context.Context, agent id.Agent, p shop.Page) ([]shop.Purchase, shop.Cursor, error) {
	return withStatus(ctx, t, accountPartition(agent.Account()), ownOf(agent, purchasePrefix), p, purchaseRow.domain, purchaseStatusAt(p.At))
}

// OwnServices lists the services of an agent that sees only its own, without their
// configurations.
func (t *Table) OwnServices(ctx context.Context, agent id.Agent, p shop.Page) ([]shop.Service, shop.Cursor, error) {
	if p.Agent == agent {
		p.Agent = "" // there are no others to leave out
	}
	account := agent.Account()
	switch {
	case p.Label != "":
		return t.labelled(ctx, account, labelledBy(agent, p.Label), p)
	case t.spread.inRange(account, shop.ServiceStatus(p.Status)):
		return t.servicesWithStatus(ctx, account, agent, p)
	default:
		return t.servicesUnder(ctx, account, ownOf(agent, servicePrefix), p)
	}
}
