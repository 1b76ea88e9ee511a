package dynamo

import (
	"context"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// The services of a status are a range of their own, and those of an agent too: an agent
// that sees its own has its copies. The others have rows like those of a label, which only
// say which service they are about. A row is never deleted by a change, as nobody but
// DynamoDB may delete what an account has: it gets a TTL, and is passed over.
//
// Release 0.1.0 writes none of them. It does not find accounts that are spread; of all
// others the lists leave out what is not wanted.

// inRange reports whether the services of a status are a range.
func (s Spread) inRange(a id.Account, status shop.ServiceStatus) bool {
	_, listed := shop.StatusLabel(status)
	return listed && s.includes(a)
}

// list adds what the lists need to find a service that is written: by its agent from the
// beginning, and by its status, with its outlook where that does not follow from the one
// before.
func (b *builder) list(s shop.Service) {
	unknown := s.Version == 1 || s.Listed == "" // or written before there were ranges
	foretold := !s.Status.Lives() || s.Foretold.Foretells(s.Outlook())
	if !b.spread.includes(s.Account) || !unknown && s.Listed == s.Status && foretold {
		return
	}
	l := shop.Labeling{Account: s.Account, Agent: s.Agent, Service: s.ID}
	if unknown && !s.Agent.SeesOwn() {
		b.labelUnder(l, s.Agent, s.UpdatedAt)
	}
	if before, listed := shop.StatusLabel(s.Listed); listed && !unknown && s.Listed != s.Status {
		l.Label, l.Gone = before, true
		b.label(l, s.UpdatedAt)
	}
	if now, listed := shop.StatusLabel(s.Status); listed {
		l.Label, l.Gone = now, false
		if s.Status.Lives() {
			l.Outlook = s.Outlook()
		}
		b.label(l, s.UpdatedAt)
	}
}

// servicesWithStatus lists the services with a status: of the account, or of one agent.
func (t *Table) servicesWithStatus(ctx context.Context, account id.Account, agent id.Agent, p shop.Page) ([]shop.Service, shop.Cursor, error) {
	label, _ := shop.StatusLabel(shop.ServiceStatus(p.Status))
	return t.labelled(ctx, account, labelledBy(agent, label), p)
}

// rangesOf are the ranges in which a service can be, besides those of its labels.
func rangesOf(r serviceRow) (ranges []string) {
	agent := id.Agent(r.Agent)
	if !agent.SeesOwn() {
		ranges = append(ranges, labelledBy(agent, ""))
	}
	for _, status := range shop.ListedStatuses() {
		label, _ := shop.StatusLabel(status)
		ranges = append(ranges, labelledBy("", label))
		if agent.SeesOwn() {
			ranges = append(ranges, labelledBy(agent, label))
		}
	}
	return ranges
}
