package dynamo

import (
	"context"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

type eventRow struct {
	head
	ID        string `dynamodbav:"id"`
	Account   string `dynamodbav:"account"`
	Person    string `dynamodbav:"person,omitempty"`
	Token     string `dynamodbav:"token,omitempty"`
	Agent     string `dynamodbav:"agent,omitempty"`
	Key       string `dynamodbav:"key,omitempty"`
	AskedBy   string `dynamodbav:"askedBy,omitempty"`
	Operation string `dynamodbav:"operation"`
	Subject   string `dynamodbav:"subject,omitempty"`
	Outcome   string `dynamodbav:"outcome,omitempty"`
	RequestID string `dynamodbav:"requestId,omitempty"`
	Source    string `dynamodbav:"source,omitempty"`
	Confirmed string `dynamodbav:"confirmedBy,omitempty"`
	Before    string `dynamodbav:"before,omitempty"` // JSON
	After     string `dynamodbav:"after,omitempty"`  // JSON
	Low       *int64 `dynamodbav:"low,omitempty"`
	At        millis `dynamodbav:"at"`
	Count     int    `dynamodbav:"count,omitempty"` // of refusals; absent for an event that stands for itself
	LastAt    millis `dynamodbav:"lastAt,omitempty"`
}

// maxPolicies is how many bytes of policies a page of the trail holds before it ends
// early.
const maxPolicies = 200_000

// Trail lists the audit trail of an account. A page may be short where few events
// match; its cursor continues from there.
func (t *Table) Trail(ctx context.Context, account id.Account, filter shop.TrailFilter, p shop.Page) ([]shop.Event, shop.Cursor, error) {
	return sift(ctx, t, accountPartition(account), eventPrefix, p, eventRow.domain, sieve[shop.Event]{
		wants: filter.Wants, weight: func(e shop.Event) int { return len(e.Before) + len(e.After) }, heaviest: maxPolicies,
	})
}

func storedEvent(e shop.Event) eventRow {
	return eventRow{
		head: newHead(eventKey(e.Account, e.ID), "event", 1),
		ID:   string(e.ID), Account: string(e.Account),
		Person: string(e.Actor.Person), Token: string(e.Actor.Token), Agent: string(e.Actor.Agent), Key: string(e.Actor.Key), AskedBy: string(e.AskedBy),
		Operation: e.Operation, Subject: e.Subject, Outcome: string(e.Outcome), RequestID: e.RequestID, Source: e.Source,
		Confirmed: string(e.ConfirmedBy), Before: string(e.Before), After: string(e.After), At: toMillis(e.At),
		Low: e.Low, Count: e.Count, LastAt: toMillis(e.LastAt),
	}
}

func (r eventRow) domain() shop.Event {
	e := shop.Event{
		ID: id.Event(r.ID), Account: id.Account(r.Account),
		Actor:     shop.Actor{Person: id.Person(r.Person), Token: id.Token(r.Token), Agent: id.Agent(r.Agent), Key: id.Key(r.Key)},
		AskedBy:   id.Key(r.AskedBy),
		Operation: r.Operation, Subject: r.Subject, Outcome: fault.Code(r.Outcome), RequestID: r.RequestID, Source: r.Source,
		ConfirmedBy: shop.Confirmer(r.Confirmed), At: r.At.time(),
		Low: r.Low, Count: r.Count, LastAt: r.LastAt.time(),
	}
	if r.Before != "" || r.After != "" {
		e.Before, e.After = []byte(r.Before), []byte(r.After)
	}
	return e
}
