package shop

import (
	"context"
	"errors"
	"slices"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// Waiting is what an agent has asked the members of its account and nobody has
// answered. It is one small object, replaced by everything that asks or answers, so
// that concurrent questions never exceed the maximum, and none is asked twice.
type Waiting struct {
	Account   id.Account
	Agent     id.Agent
	Version   int // 0: nothing was written yet
	Questions []Question
}

// Question is an approval that is open.
type Question struct {
	Approval id.Approval
	// About is the same for two questions about the same thing; empty for a question
	// that is unlike any other.
	About string
	// Purchase is the parked purchase; empty for an action.
	Purchase  id.Purchase
	ExpiresAt time.Time
	// HeldMinor is the price that it holds; zero for none. Such a question stays until
	// that is given back.
	HeldMinor int64
}

// MaxWaiting is the most questions of one agent that are open at a time.
const MaxWaiting = 20

// waiting reads the open questions of an agent.
func waiting(ctx context.Context, store questionReader, account id.Account, agent id.Agent) (Waiting, error) {
	w, err := store.Waiting(ctx, account, agent)
	if errors.Is(err, ErrNotFound) {
		return Waiting{Account: account, Agent: agent}, nil
	}
	return w, err
}

// open are the questions that can still be answered, the oldest first.
func (w Waiting) open(now time.Time) []Question {
	var open []Question
	for _, q := range w.Questions {
		if now.Before(q.ExpiresAt) {
			open = append(open, q)
		}
	}
	return open
}

// find is the open question about the same thing.
func (w Waiting) find(about string, now time.Time) (Question, bool) {
	open := w.open(now)
	i := slices.IndexFunc(open, func(q Question) bool { return about != "" && q.About == about })
	if i < 0 {
		return Question{}, false
	}
	return open[i], true
}

// with has one more question. It returns approval_limit_reached.
func (w Waiting) with(caller Caller, q Question, now time.Time) (*Waiting, error) {
	open := w.open(now)
	if len(open) >= MaxWaiting {
		return nil, errWaiting(caller, open)
	}
	w.Version++
	w.Questions = append(w.kept(now), q)
	return &w, nil
}

// without is what is left when a question is answered; nil where it is not one of
// these.
func (w Waiting) without(approval id.Approval, now time.Time) *Waiting {
	answered := func(q Question) bool { return q.Approval == approval }
	if !slices.ContainsFunc(w.Questions, answered) {
		return nil
	}
	w.Version++
	w.Questions = slices.DeleteFunc(w.kept(now), answered)
	return &w
}

// apart are the open questions that hold no money, and those that do.
func (w Waiting) apart(now time.Time) (free, held []Question) {
	for _, q := range w.kept(now) {
		if q.HeldMinor > 0 {
			held = append(held, q)
		} else {
			free = append(free, q)
		}
	}
	return free, held
}

// kept are the questions that are open, or still hold money.
func (w Waiting) kept(now time.Time) []Question {
	return slices.DeleteFunc(slices.Clone(w.Questions), func(q Question) bool { return !now.Before(q.ExpiresAt) && q.HeldMinor == 0 })
}

func errWaiting(caller Caller, open []Question) error {
	oldest := open[0]
	return fault.New(fault.ApprovalLimitReached, "%d questions of this agent are waiting for an answer, so no more can be asked.", len(open)).
		Fix("Wait for the answers: read purchase_get_status of what you have asked for, and do not send more until then.").
		Fix("Show approvalUrl to the person who owns the account, who can answer each question there, or deny all of them at once.").
		Fix("The oldest question expires at %s.", oldest.ExpiresAt.Format(time.RFC3339)).
		With("limit", MaxWaiting).With("approvalId", oldest.Approval).With("approvalUrl", caller.ApprovalURL(oldest.Approval)).
		With("resetsAt", oldest.ExpiresAt)
}
