package shop

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// askedBy reads the open questions of an agent. Members ask nobody.
func (s *Shop) askedBy(ctx context.Context, caller Caller) (Waiting, error) {
	if !caller.IsAgent() {
		return Waiting{}, nil
	}
	return waiting(ctx, s.Store, caller.Account, caller.Agent)
}

// park keeps a purchase until a member has decided. Its offer is held for that long. No
// money moves, and no limit is used up, unless a policy has the question hold its money.
// It returns approval_limit_reached and, in that case, insufficient_funds.
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
	question := Question{Approval: approval.ID, About: string(p.Quote), Purchase: p.ID, ExpiresAt: approval.ExpiresAt}
	p.Status = PurchasePendingApproval
	p.Approval = &ApprovalRef{approval.ID, approval.ExpiresAt}
	if b.bounds.HoldsQuestions() && p.Offer.Price.Total.Minor > 0 {
		if err := b.pay(*p, change); err != nil {
			return err
		}
		p.Held, approval.Held, question.HeldMinor = true, true, p.Offer.Price.Total.Minor
	}
	next, err := b.asked.with(caller, question, p.CreatedAt)
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

// orAsk is the error of a write. What needs the consent of members is put to them: only
// after the write is it certain who asks, and that the answer is not that of an earlier
// call.
func (s *Shop) orAsk(ctx context.Context, caller Caller, asked Waiting, service Service, intent Intent, fingerprint, key string, err error) error {
	refusal := fault.From(err)
	if err == nil || refusal.Code != fault.ApprovalRequired {
		return err
	}
	return s.askMembers(ctx, caller, asked, s.question(caller, service, intent, fingerprint, key, refusal), fingerprint, refusal)
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
