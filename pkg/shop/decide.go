package shop

import (
	"context"
	"slices"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// Approve does what was asked for, exactly once, at the price that was held. The
// caller is a member. It returns invalid_input, not_found, approval_decided, and
// whatever prevents it now: insufficient_funds, spend_limit_exceeded,
// policy_violation, and the errors of Act.
func (s *Shop) Approve(ctx context.Context, caller Caller, approvalID id.Approval, note string) (Decided, error) {
	return s.decideApproval(ctx, caller, "approval_approve", approvalID, note, ApprovalApproved, func(a Approval, change *Change) error {
		return s.carryOut(ctx, caller, a, change)
	})
}

// Deny ends a question without doing anything. It returns invalid_input, not_found
// and approval_decided.
func (s *Shop) Deny(ctx context.Context, caller Caller, approvalID id.Approval, note string) (Decided, error) {
	return s.decideApproval(ctx, caller, "approval_deny", approvalID, note, ApprovalDenied, func(a Approval, change *Change) error {
		switch {
		case a.Intent.Action == ActionRenew:
			return s.renewalDenied(ctx, caller, a, change)
		case a.Purchase == "":
			return nil
		}
		return s.denied(ctx, caller, a, change)
	})
}

// denied denies the purchase of a question, and gives back what that holds.
func (s *Shop) denied(ctx context.Context, caller Caller, a Approval, change *Change) error {
	purchase, err := s.Purchase(ctx, caller, a.Purchase)
	if err != nil {
		return err
	}
	change.Purchase = purchase.denied(change.At)
	if !a.Held {
		return nil
	}
	return unbuy(ctx, s.Store, purchase, "It was not approved", change)
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
	why, err := note(why)
	if err != nil {
		return nil, err
	}
	held, complete, err := s.denyHeld(ctx, caller, agentID, why)
	if err != nil {
		return nil, err
	}
	if !complete {
		caller.once = nil // whoever repeats it goes on with it
	}
	denied := held
	err = s.update(ctx, answering(caller, &denied), func(caller Caller) error {
		asked, err := waiting(ctx, s.Store, caller.Account, agentID)
		if err == nil && asked.Version == 0 {
			_, err = s.agent(ctx, caller, agentID)
		}
		if err != nil {
			return err
		}
		now := s.Now()
		open, left := asked.apart(now)
		denials, err := s.denials(ctx, caller, open, why, now)
		denied = slices.Clone(held)
		switch {
		case err != nil:
			return err
		case len(denials) == 0 && len(held) > 0 && caller.once != nil:
			caller.once.subject = string(held[0].ID)
			return s.commit(ctx, caller, Change{At: now})
		case len(denials) == 0:
			return nil
		}
		for _, d := range denials {
			denied = append(denied, *d.Approval)
		}
		asked.Version++
		asked.Questions = left
		return s.commit(ctx, caller, Change{Waiting: &asked, Also: denials, At: now})
	})
	return denied, err
}

// denyHeld denies the open questions of an agent that hold their money, each by itself:
// an account has one wallet, and a transaction writes it once. It ends early, incomplete,
// where the request has made many calls. Of a write that has happened before it denies
// nothing: it looks for the record first, as it makes several transactions.
func (s *Shop) denyHeld(ctx context.Context, caller Caller, agentID id.Agent, why string) (denied []Approval, complete bool, err error) {
	var asked Waiting
	err = parallel(
		func() error { return s.writer().before(ctx, caller) },
		func() (err error) { asked, err = waiting(ctx, s.Store, caller.Account, agentID); return err },
	)
	if err != nil {
		return nil, false, err
	}
	caller.once = nil
	for _, q := range asked.open(s.Now()) {
		if q.HeldMinor == 0 {
			continue
		}
		if Tired(ctx) {
			return denied, false, nil
		}
		a, err := s.decideApproval(ctx, caller, "approval_deny_all", q.Approval, why, ApprovalDenied, func(a Approval, change *Change) error {
			return s.denied(ctx, caller, a, change)
		})
		if fault.Is(err, fault.ApprovalDecided) {
			continue
		}
		if err != nil {
			return nil, false, err
		}
		denied = append(denied, a.Approval)
	}
	return denied, true, nil
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

func (s *Shop) decideApproval(ctx context.Context, caller Caller, operation string, approvalID id.Approval, why string, outcome ApprovalStatus, effect func(Approval, *Change) error) (Decided, error) {
	var made Decided
	approval := &made.Approval
	var jobs []Job
	why, err := note(why)
	if err != nil {
		return Decided{}, err
	}
	err = s.update(ctx, answering(caller, &made), func(caller Caller) (err error) {
		*approval, err = s.Approval(ctx, caller, approvalID)
		if err != nil {
			return err
		}
		now := s.Now()
		if status := approval.StatusAt(now); status != ApprovalPending {
			return fault.New(fault.ApprovalDecided, "The approval %s is already %s.", approval.ID, status).
				Fix("Read what has become of it with approval_get. To ask again, the agent sends its request with a new idempotencyKey.").
				With("approvalStatus", status)
		}
		*approval = approval.decided(caller, outcome, why, now)
		event := &Event{Operation: operation, Subject: string(approval.ID), AskedBy: approval.Key}
		change := Change{Approval: approval, Event: event, At: now}
		var asked Waiting
		err = parallel(
			func() (err error) { asked, err = waiting(ctx, s.Store, approval.Account, approval.asker()); return err },
			func() error { return effect(*approval, &change) },
			func() (err error) { made.ActedOn, err = s.actedOn(ctx, caller, *approval); return err },
		)
		if err != nil {
			return err
		}
		change.Waiting = asked.without(approval.ID, now)
		jobs = change.Jobs
		made.after(change)
		return s.commit(ctx, caller, change)
	})
	if err != nil {
		return Decided{}, err
	}
	s.kick(ctx, jobs)
	return made, nil
}

// Decided is an approval after a member has answered, with what it was about: a purchase
// or a service, as the answer has left it.
type Decided struct {
	Approval
	Bought  *Purchase
	ActedOn *Service
}

// actedOn reads the service that a question is about; nil for a purchase.
func (s *Shop) actedOn(ctx context.Context, caller Caller, a Approval) (*Service, error) {
	if a.Purchase != "" {
		return nil, nil
	}
	service, err := s.Service(ctx, caller, a.Service)
	return &service, err
}

// after takes from a change what it leaves.
func (d *Decided) after(change Change) {
	d.Bought = change.Purchase
	for i, service := range change.Services {
		if d.ActedOn != nil && service.ID == d.ActedOn.ID {
			d.ActedOn = &change.Services[i]
		}
	}
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
		func() (err error) { b.funds, b.bounds, err = fundsOf(ctx, s.Store, a.Agent); return err },
	)
	if err != nil {
		return err
	}
	purchase.Version++
	purchase.UpdatedAt = change.At
	return s.decide(ctx, b, func(b basket) error {
		check, err := s.check(purchase.Offer, b.bounds, change.At)
		if err == nil {
			err = check.forPaid(a.Held).err()
		}
		if err == nil {
			_, err = s.execute(&purchase, change, b)
		}
		return err
	})
}

// beginApproved begins the action that was asked for.
func (s *Shop) beginApproved(ctx context.Context, caller Caller, a Approval, change *Change) error {
	service, err := s.Service(ctx, caller, a.Service)
	if err != nil {
		return err
	}
	if a.Intent.Action == ActionCancel {
		return s.cancelApproved(ctx, service, a, change)
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
