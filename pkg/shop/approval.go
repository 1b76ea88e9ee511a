package shop

import (
	"context"
	"errors"
	"slices"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// Approval is a question to the members of an account: whether an agent may make
// a purchase that is parked, or begin an action that a service is protected
// against, or whether a service is renewed. It is decided once, by a member, never by a
// key.
type Approval struct {
	ID      id.Approval
	Account id.Account
	Agent   id.Agent // who asks; for a renewal, whose service it is
	Key     id.Key   // with which key; empty for a renewal
	Version int
	Status  ApprovalStatus // as it is stored; StatusAt knows the time
	// Reason says why a person is asked, in words for people.
	Reason string
	// Purchase is the parked purchase; empty for an action.
	Purchase id.Purchase
	// Held: the purchase is paid for since it was asked about.
	Held bool
	// Service and Intent are the action.
	Service id.Service
	Intent  Intent

	CreatedAt time.Time
	ExpiresAt time.Time
	DecidedBy id.Person // empty while nobody has
	DecidedAt time.Time
	Note      string // of who decided
}

// asker is whose open questions have this one: those of an agent, or, for what the
// account itself asks, those of no agent.
func (a Approval) asker() id.Agent {
	if a.Intent.Action == ActionRenew {
		return ""
	}
	return a.Agent
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

// Open lists the questions of an agent that wait for an answer, the oldest first.
func (s *Shop) Open(ctx context.Context, caller Caller, agentID id.Agent) ([]Question, error) {
	asked, err := waiting(ctx, s.Store, caller.Account, agentID)
	return asked.open(s.Now()), err
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
