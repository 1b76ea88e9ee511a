package shop

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// Event is one entry of the audit trail of an account: a write, which is in the
// trail exactly if it has happened, or the refusal of one. It never changes, and
// contains no secret.
type Event struct {
	ID        id.Event
	Account   id.Account
	Actor     Actor
	Operation string
	Subject   string // what the operation was about: an identifier, or empty
	// AskedBy is the key that asked for what a member has decided; empty where nobody
	// asked.
	AskedBy id.Key
	// Outcome is the code of a refusal; empty for what was done.
	Outcome   fault.Code
	RequestID string
	Source    string // the address that the request came from
	// ConfirmedBy is who confirmed what was done besides the actor; empty for nobody.
	ConfirmedBy Confirmer
	// Before and After are what a policy or the security of the account was, and what
	// it became; After of a rotation is the new key. JSON.
	Before, After json.RawMessage
	// Low is the balance of the wallet, where what was done has taken it below what
	// members have set; nil where it has not.
	Low *int64
	At  time.Time
	// Count is how many refusals of one kind the event stands for, from At to LastAt;
	// zero for an event that stands for itself.
	Count  int
	LastAt time.Time
}

// Actor is who acted: a person, perhaps with one of their tokens, an agent with one of
// its keys, or the store itself.
type Actor struct {
	Person id.Person
	Token  id.Token
	Agent  id.Agent
	Key    id.Key
}

// actor is who acts: a member at the checkout is that member.
func (c Caller) actor() Actor {
	if !c.IsAgent() {
		return Actor{Person: c.Person, Token: c.Token()}
	}
	return Actor{Agent: c.Agent, Key: c.Key}
}

// ID names the actor; empty for the store itself. Whoever has a key is its agent.
func (a Actor) ID() string {
	if a.Person != "" {
		return string(a.Person)
	}
	return string(a.Agent)
}

// Kind names the actor's kind: person, agent or system.
func (a Actor) Kind() string {
	switch {
	case a.Person != "":
		return "person"
	case a.Key != "":
		return "agent"
	default:
		return "system"
	}
}

// EventOperations are what the trail names besides the operations of agents and
// members: what people do on the pages, what the operator does, and what follows.
func EventOperations() []string {
	return []string{
		"login", "logout", "account_create", "account_switch", "invitation_accept", "member_leave", "approval_request",
		"wallet_" + string(EntryFunding), "wallet_" + string(EntryAdjustment), eventLow,
		"renewal_warning", "renewal_failed", "service_renew", "service_suspend", "lease_expire", "end_warning", "service_end",
	}
}

// TrailFilter says which events are wanted. Empty fields match everything.
type TrailFilter struct {
	Operation string
	Actor     string // a person, a token, an agent or a key; what a key has asked for counts as done by it
	Subject   string
	Refused   *bool
	// From is included, To is not.
	From, To time.Time
}

// Wants reports whether an event is wanted.
func (f TrailFilter) Wants(e Event) bool {
	actor := f.Actor == "" || f.Actor == string(e.Actor.Person) || f.Actor == string(e.Actor.Token) || f.Actor == string(e.Actor.Agent) || f.Actor == string(e.Actor.Key) || f.Actor == string(e.AskedBy)
	operation := f.Operation == "" || f.Operation == e.Operation || f.Operation == eventLow && e.Low != nil
	return actor && operation && (f.Subject == "" || f.Subject == e.Subject) &&
		(f.Refused == nil || *f.Refused == (e.Outcome != "")) &&
		(f.From.IsZero() || !e.At.Before(f.From)) && (f.To.IsZero() || e.At.Before(f.To))
}

// refusalsApart is how many refusals of one kind (the same actor, operation and
// code) get an event of their own in an hour. The others of that hour are counted in
// one more, so that nobody's refusals hide what else has happened.
const refusalsApart = 10

// Refused puts the refusal of a write into the trail. The caller is confirmed.
// Requests that were not understood, and failures, are only logged.
func (s *Shop) Refused(ctx context.Context, caller Caller, operation, subject string, refusal error) error {
	var e *fault.Error
	if caller.Account == "" || !errors.As(refusal, &e) || !decided(e.Code) {
		return nil
	}
	event := s.writer().event(caller, &Event{Operation: operation, Subject: subject, Outcome: e.Code}, s.Now())
	// Recording a refusal needs no authority.
	return s.carrying(ctx, caller, func() error {
		return s.update(ctx, Caller{}, func(Caller) error { return s.Store.Refuse(ctx, *event, refusalsApart, s.IDs.Event()) })
	})
}

// decided reports whether a code refuses a request that was understood: because of
// the wallet, a right, a policy, a limit, or the state of things.
func decided(code fault.Code) bool {
	status := code.Status()
	return status == 402 || status == 403 || status == 404 || status == 409 || status == 412 || code == fault.ApprovalLimitReached
}

// Trail lists the audit trail of the account.
func (s *Shop) Trail(ctx context.Context, caller Caller, filter TrailFilter, page Page) ([]Event, Cursor, error) {
	return s.Admin.Trail(ctx, caller.Account, filter, page)
}
