package shop

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// Approval is a question to the members of an account: whether an agent may make
// a purchase that is parked, or begin an action that a service is protected
// against. It is decided once, by a member, never by a key.
type Approval struct {
	ID      id.Approval
	Account id.Account
	Agent   id.Agent // who asks
	Key     id.Key   // with which key
	Version int
	Status  ApprovalStatus // as it is stored; StatusAt knows the time
	// Reason says why a person is asked, in words for people.
	Reason string
	// Purchase is the parked purchase; empty for an action.
	Purchase id.Purchase
	// Service and Intent are the action.
	Service id.Service
	Intent  Intent

	CreatedAt time.Time
	ExpiresAt time.Time
	DecidedBy id.Person // empty while nobody has
	DecidedAt time.Time
	Note      string // of who decided
}

// ApprovalStatus tells how an approval stands.
type ApprovalStatus string

// The statuses of an approval.
const (
	ApprovalPending  ApprovalStatus = "pending"
	ApprovalApproved ApprovalStatus = "approved"
	ApprovalDenied   ApprovalStatus = "denied"
	ApprovalExpired  ApprovalStatus = "expired"
)

// StatusAt is the status of the approval at a time.
func (a Approval) StatusAt(now time.Time) ApprovalStatus {
	if a.Status == ApprovalPending && !now.Before(a.ExpiresAt) {
		return ApprovalExpired
	}
	return a.Status
}

// ApprovalPath is where people decide, with the id behind it.
const ApprovalPath = "/approvals/"

// ApprovalURL is where a person decides.
func (c Caller) ApprovalURL(a id.Approval) string { return c.Origin + ApprovalPath + string(a) }

// askedBy reads the open questions of an agent. Members ask nobody.
func (s *Shop) askedBy(ctx context.Context, caller Caller) (Waiting, error) {
	if !caller.IsAgent() {
		return Waiting{}, nil
	}
	return waiting(ctx, s.Store, caller.Account, caller.Agent)
}

// park keeps a purchase until a member has decided. Its offer is held for that long;
// no money moves, and no limit is used up. It returns approval_limit_reached.
func (s *Shop) park(caller Caller, p *Purchase, change *Change, b basket, why string) error {
	if b.service != nil {
		if _, err := s.beginOffered(*p, *b.service, b.by); err != nil {
			return err // nobody is asked about what cannot be done
		}
	}
	approval := Approval{
		ID: s.IDs.Approval(), Account: p.Account, Agent: caller.Agent, Key: caller.Key, Version: 1, Status: ApprovalPending,
		Reason: why, Purchase: p.ID, CreatedAt: p.CreatedAt, ExpiresAt: p.CreatedAt.Add(s.approvalLifetime()),
	}
	next, err := b.asked.with(caller, Question{approval.ID, string(p.Quote), p.ID, approval.ExpiresAt}, p.CreatedAt)
	p.Status = PurchasePendingApproval
	p.Approval = &ApprovalRef{approval.ID, approval.ExpiresAt}
	change.Approval, change.Waiting = &approval, next
	return err
}

// waits names the question that keeps the quote of a refused purchase.
func (s *Shop) waits(caller Caller, b basket, refusal error) error {
	if !fault.Is(refusal, fault.QuoteAlreadyUsed) {
		return refusal
	}
	open, isOpen := b.asked.find(string(b.quote.ID), s.Now())
	if !isOpen {
		return refusal
	}
	return fault.New(fault.QuoteAlreadyUsed, "The quote %s was used by the purchase %s, which waits for an approval.", b.quote.ID, b.quote.Purchase).
		Fix("Show approvalUrl to the person who owns the account, and wait.").
		Fix("Read purchase_get_status of purchaseId from time to time until status is completed, denied or expired. Do not buy it again before that.").
		With("purchaseId", string(b.quote.Purchase)).
		With("approvalId", open.Approval).With("approvalUrl", caller.ApprovalURL(open.Approval)).With("approvalStatus", ApprovalPending)
}

// approvalLifetime is how long a question stays open.
func (s *Shop) approvalLifetime() time.Duration {
	if s.ApprovalLifetime > 0 {
		return s.ApprovalLifetime
	}
	return 24 * time.Hour
}

// askMembers asks the members about a protected action, and returns the refusal that
// names the question. If the agent has asked the same already, it is the same
// question, whatever the key and the protocol. It returns approval_limit_reached.
func (s *Shop) askMembers(ctx context.Context, caller Caller, asked Waiting, approval Approval, about string, refusal *fault.Error) error {
	retried := false
	err := s.update(ctx, caller, func(caller Caller) (err error) {
		if retried {
			asked, err = s.askedBy(ctx, caller)
		}
		retried = true
		if err == nil {
			approval, err = s.askOnce(ctx, caller, asked, approval, about)
		}
		return err
	})
	if err != nil {
		return err
	}
	status := approval.StatusAt(s.Now())
	refusal.With("approvalId", approval.ID).With("approvalUrl", caller.ApprovalURL(approval.ID)).With("approvalStatus", status)
	switch status {
	case ApprovalPending:
		return refusal.Fix("Show approvalUrl to the person who owns the account, say what you want to do and why, and wait.").
			Fix("Once it is approved the store does it by itself: watch service_get and action_list instead of calling again.")
	case ApprovalApproved:
		return refusal.Fix("It was approved, and the store has done it: read the outcome with action_list.")
	case ApprovalDenied:
		return refusal.Fix("It was denied: do not ask again, unless the person asks you to. Then send it with a new idempotencyKey.")
	default:
		return refusal.Fix("Nobody answered in time. To ask again, send it with a new idempotencyKey.")
	}
}

// askOnce asks one question, and returns it; or the open one about the same thing;
// or the one that answered this call before.
func (s *Shop) askOnce(ctx context.Context, caller Caller, asked Waiting, approval Approval, about string) (Approval, error) {
	if open, isOpen := asked.find(about, approval.CreatedAt); isOpen {
		approval.ID = open.Approval
		return approval, nil
	}
	next, err := asked.with(caller, Question{Approval: approval.ID, About: about, ExpiresAt: approval.ExpiresAt}, approval.CreatedAt)
	if err == nil {
		event := &Event{Operation: "approval_request", Subject: string(approval.ID)}
		err = s.commit(ctx, caller, Change{Approval: &approval, Waiting: next, Event: event})
	}
	if errors.Is(err, ErrConflict) || fault.Is(err, fault.ApprovalLimitReached) {
		answered, none := s.Store.Approval(ctx, caller.Account, approval.ID)
		if !errors.Is(none, ErrNotFound) {
			return answered, none
		}
	}
	return approval, err
}

// question is what the members are asked about a protected action.
func (s *Shop) question(caller Caller, service Service, intent Intent, fingerprint, key string, why *fault.Error) Approval {
	now := s.Now()
	return Approval{
		ID: questionID(service, caller.Agent, fingerprint, key), Account: service.Account, Agent: caller.Agent, Key: caller.Key, Version: 1,
		Status: ApprovalPending, Reason: why.Detail, Service: service.ID, Intent: intent,
		CreatedAt: now, ExpiresAt: now.Add(s.approvalLifetime()),
	}
}

// questionID makes the identifier of a question out of what it is about: with an
// idempotency key the call that it names, whenever that is repeated; without one the
// call and the present state of the service. So an answered call stays answered.
func questionID(service Service, agent id.Agent, fingerprint, key string) id.Approval {
	hash := sha256.New()
	for _, part := range []string{string(service.ID), string(agent), fingerprint, key} {
		_ = binary.Write(hash, binary.BigEndian, uint32(len(part))) // a hash takes all
		_, _ = hash.Write([]byte(part))
	}
	asked := service.CreatedAt
	if key == "" {
		_ = binary.Write(hash, binary.BigEndian, uint64(service.Version))
		asked = service.UpdatedAt
	}
	return id.ApprovalOf(asked, hash.Sum(nil))
}

// Approve does what was asked for, exactly once, at the price that was held. The
// caller is a member. It returns invalid_input, not_found, approval_decided, and
// whatever prevents it now: insufficient_funds, spend_limit_exceeded,
// policy_violation, and the errors of Act.
func (s *Shop) Approve(ctx context.Context, caller Caller, approvalID id.Approval, note string) (Approval, error) {
	return s.decideApproval(ctx, caller, "approval_approve", approvalID, note, ApprovalApproved, func(a Approval, change *Change) error {
		if a.Purchase == "" {
			return s.beginApproved(ctx, caller, a, change)
		}
		return s.buyApproved(ctx, caller, a, change)
	})
}

// Deny ends a question without doing anything. It returns invalid_input, not_found
// and approval_decided.
func (s *Shop) Deny(ctx context.Context, caller Caller, approvalID id.Approval, note string) (Approval, error) {
	return s.decideApproval(ctx, caller, "approval_deny", approvalID, note, ApprovalDenied, func(a Approval, change *Change) error {
		if a.Purchase == "" {
			return nil
		}
		purchase, err := s.Purchase(ctx, caller, a.Purchase)
		change.Purchase = purchase.denied(change.At)
		return err
	})
}

// denied is a parked purchase after a member has said no.
func (p Purchase) denied(now time.Time) *Purchase {
	p.Version++
	p.Status = PurchaseDenied
	p.UpdatedAt = now
	return &p
}

// DenyAll ends all open questions of an agent in one transaction, without doing
// anything, and returns them. It returns not_found.
func (s *Shop) DenyAll(ctx context.Context, caller Caller, agentID id.Agent, why string) ([]Approval, error) {
	var denied []Approval
	why, err := note(why)
	if err != nil {
		return nil, err
	}
	err = s.update(ctx, caller, func(caller Caller) error {
		asked, err := waiting(ctx, s.Store, caller.Account, agentID)
		if err == nil && asked.Version == 0 {
			_, err = s.agent(ctx, caller, agentID)
		}
		if err != nil {
			return err
		}
		now := s.Now()
		denials, err := s.denials(ctx, caller, asked.open(now), why, now)
		if err != nil || len(denials) == 0 {
			denied = nil
			return err
		}
		denied = make([]Approval, len(denials))
		for i, d := range denials {
			denied[i] = *d.Approval
		}
		asked.Version++
		asked.Questions = nil
		return s.commit(ctx, caller, Change{Waiting: &asked, Also: denials, At: now})
	})
	if err != nil {
		return nil, err
	}
	return denied, nil
}

// Open lists the questions of an agent that wait for an answer, the oldest first.
func (s *Shop) Open(ctx context.Context, caller Caller, agentID id.Agent) ([]Question, error) {
	asked, err := waiting(ctx, s.Store, caller.Account, agentID)
	return asked.open(s.Now()), err
}

// denials are the changes that deny the questions, each with its event.
func (s *Shop) denials(ctx context.Context, caller Caller, open []Question, why string, now time.Time) ([]Change, error) {
	changes := make([]Change, len(open))
	var reads []func() error
	for i, q := range open {
		c := &changes[i]
		reads = append(reads, func() error {
			a, err := s.Approval(ctx, caller, q.Approval)
			a = a.decided(caller, ApprovalDenied, why, now)
			c.Approval, c.Event = &a, &Event{Operation: "approval_deny_all", Subject: string(a.ID), AskedBy: a.Key}
			return err
		})
		if q.Purchase != "" {
			reads = append(reads, func() error {
				p, err := s.Purchase(ctx, caller, q.Purchase)
				c.Purchase = p.denied(now)
				return err
			})
		}
	}
	return changes, parallel(reads...)
}

// decided is the approval after a member has answered.
func (a Approval) decided(by Caller, outcome ApprovalStatus, note string, now time.Time) Approval {
	a.Version++
	a.Status, a.DecidedBy, a.DecidedAt, a.Note = outcome, by.Person, now, note
	return a
}

func (s *Shop) decideApproval(ctx context.Context, caller Caller, operation string, approvalID id.Approval, why string, outcome ApprovalStatus, effect func(Approval, *Change) error) (Approval, error) {
	var approval Approval
	var jobs []Job
	why, err := note(why)
	if err != nil {
		return Approval{}, err
	}
	err = s.update(ctx, caller, func(caller Caller) (err error) {
		approval, err = s.Approval(ctx, caller, approvalID)
		if err != nil {
			return err
		}
		now := s.Now()
		if status := approval.StatusAt(now); status != ApprovalPending {
			return fault.New(fault.ApprovalDecided, "The approval %s is already %s.", approval.ID, status).
				Fix("Read what has become of it with approval_get. To ask again, the agent sends its request with a new idempotencyKey.").
				With("approvalStatus", status)
		}
		approval = approval.decided(caller, outcome, why, now)
		event := &Event{Operation: operation, Subject: string(approval.ID), AskedBy: approval.Key}
		change := Change{Approval: &approval, Event: event, At: now}
		var asked Waiting
		err = parallel(
			func() (err error) { asked, err = waiting(ctx, s.Store, approval.Account, approval.Agent); return err },
			func() error { return effect(approval, &change) },
		)
		if err != nil {
			return err
		}
		change.Waiting = asked.without(approval.ID, now)
		jobs = change.Jobs
		return s.commit(ctx, caller, change)
	})
	if err != nil {
		return Approval{}, err
	}
	s.kick(ctx, jobs)
	return approval, nil
}

// buyApproved carries out a parked purchase on behalf of its agent, at its price.
func (s *Shop) buyApproved(ctx context.Context, caller Caller, a Approval, change *Change) error {
	var purchase Purchase
	b := basket{by: Holder(a.Key)}
	err := parallel(
		func() (err error) {
			purchase, err = s.Purchase(ctx, caller, a.Purchase)
			if offered := purchase.Offer.Action; offered != nil {
				var service Service
				service, err = s.Service(ctx, caller, offered.Service)
				b.service = &service
			}
			return err
		},
		func() (err error) { b.funds, err = wallet(ctx, s.Store, a.Account); return err },
		func() (err error) { b.bounds, err = budgets(ctx, s.Store, a.Agent); return err },
	)
	if err != nil {
		return err
	}
	check, err := s.check(purchase.Offer, b.bounds, change.At)
	if err == nil {
		err = check.err()
	}
	if err != nil {
		return err
	}
	purchase.Version++
	purchase.UpdatedAt = change.At
	_, err = s.execute(&purchase, change, b)
	return err
}

// beginApproved begins the action that was asked for.
func (s *Shop) beginApproved(ctx context.Context, caller Caller, a Approval, change *Change) error {
	service, err := s.Service(ctx, caller, a.Service)
	if err != nil {
		return err
	}
	// What costs money now was free when the members were asked.
	if kind, known := s.Products.action(service.ServiceType, a.Intent.Action); known {
		if err := kind.free(); err != nil {
			return err
		}
	}
	d, err := s.begin(service, service.ServiceType, a.Intent, Holder(a.Key))
	if err != nil {
		return err
	}
	change.Services, change.Actions, change.Jobs = d.change.Services, d.change.Actions, d.change.Jobs
	return nil
}

// Approval reads an approval that the caller sees. It returns not_found.
func (s *Shop) Approval(ctx context.Context, caller Caller, approvalID id.Approval) (Approval, error) {
	approval, err := s.Store.Approval(ctx, caller.Account, approvalID)
	if errors.Is(err, ErrNotFound) || err == nil && !caller.sees(approval.Agent) {
		return Approval{}, fault.New(fault.NotFound, "There is no approval %+q %s.", approvalID, caller.reach()).
			Fix("List the approvals with approval_list.")
	}
	return approval, err
}

// Approvals lists the approvals of the account.
func (s *Shop) Approvals(ctx context.Context, caller Caller, page Page) ([]Approval, Cursor, error) {
	return s.Store.Approvals(ctx, caller.Account, page)
}

// protects reports whether a person must consent to the intended action.
func protects(service Service, intent Intent) bool {
	return slices.Contains(service.Protection, intent.Action)
}
