package shop

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
)

// The policy of an account may say that its members are asked about renewals above an
// amount. The worker asks when the term is due, once, and goes on with the schedule as if
// it were not paid: so a service that nobody wants to go on ends as one that nobody pays.
// Who approves it pays it, in the transaction of the approval.

// ActionRenew is the renewal of a service that members are asked about. No product has an
// action of this name.
const ActionRenew ActionName = "renew"

// RenewalAsked is the question about a term.
type RenewalAsked struct {
	Approval id.Approval
	// Minor is what was asked for: nothing else can be approved.
	Minor int64
	// Denied: a member has said no to this term.
	Denied bool
}

// RenewalWanted is what a question about a renewal is about: what it costs, and until when
// the service is paid then.
type RenewalWanted struct {
	AmountMinor int64          `json:"amountMinor"`
	Currency    money.Currency `json:"currency"`
	PaidUntil   time.Time      `json:"paidUntil"`
}

// Price is what it costs.
func (r RenewalWanted) Price() money.Money {
	return money.Money{Minor: r.AmountMinor, Currency: r.Currency}
}

// Renewal is what an approval of a renewal is about; false for any other.
func (a Approval) Renewal() (r RenewalWanted, ok bool) {
	return r, a.Intent.Action == ActionRenew && json.Unmarshal(a.Intent.Input, &r) == nil
}

// asks reports whether a charge needs the consent of a member. A denial stays one for its
// term, whatever the policy says later.
func (b Bill) asks(p Policy, minor int64) bool {
	return b.Asked != nil && b.Asked.Denied || p.RenewalAbove != nil && minor > *p.RenewalAbove
}

// due is the term that is charged next, and what it costs.
func (s Service) due() (until time.Time, minor int64) {
	_, until = s.Bill.Term.around(s.CreatedAt, s.Bill.PaidUntil)
	until = s.Lease.within(until)
	return until, s.Bill.charge(s.CreatedAt, until)
}

// asked reports whether the members were asked about the term that is due, at its price,
// or have denied it.
func (s Service) asked() bool {
	_, minor := s.due()
	return s.Bill.Asked != nil && (s.Bill.Asked.Denied || s.Bill.Asked.Minor == minor)
}

// keptUntil is when a service is deleted that is not paid.
func (b Bill) keptUntil() time.Time {
	steps := b.steps()
	for _, step := range steps {
		if step.kind == stepDelete {
			return b.PaidUntil.Add(step.after)
		}
	}
	return b.PaidUntil
}

// askRenewal asks the members about the term of a service that is due. A question about
// another price of it is over.
func (w *Worker) askRenewal(ctx context.Context, s Service, p Policy, now time.Time) (*Change, error) {
	var before openQuestion
	var asked Waiting
	err := parallel(
		func() (err error) { before, err = questionOf(ctx, w.Store, s); return err },
		func() (err error) { asked, err = waiting(ctx, w.Store, s.Account, ""); return err },
	)
	if err != nil {
		return nil, err
	}
	until, minor := s.due()
	wanted := RenewalWanted{minor, s.Bill.Renewal.Currency, until}
	input, err := json.Marshal(wanted)
	if err != nil {
		return nil, err
	}
	approval := Approval{
		ID: w.IDs.Approval(), Account: s.Account, Agent: s.Agent, Version: 1, Status: ApprovalPending,
		Reason: fmt.Sprintf("The policy of the account requires a member to be asked about every renewal above %s.",
			money.Money{Minor: *p.RenewalAbove, Currency: wanted.Currency}),
		Service: s.ID, Intent: Intent{Action: ActionRenew, Input: input}, CreatedAt: now, ExpiresAt: s.Bill.keptUntil(),
	}
	s.Bill.Asked, s.Bill.Declined = &RenewalAsked{Approval: approval.ID, Minor: minor}, fault.ApprovalRequired
	change, err := w.next(s, now)
	if err != nil {
		return nil, err
	}
	change.Services[0].DueAt = now // its schedule goes on
	change.Approval = &approval
	change.Event = w.event(s, "approval_request", now)
	change.Event.Subject = string(approval.ID)
	if before.approval.ID != "" {
		change.Also = []Change{{Approval: before.expired()}}
	}
	change.Waiting = asked.withRenewal(before.approval.ID, Question{Approval: approval.ID, About: string(s.ID), ExpiresAt: approval.ExpiresAt}, now)
	return change, nil
}

// withRenewal has one more question of the account, in the place of another. Those beyond
// MaxWaiting are not among them: the list of approvals has them all.
func (w Waiting) withRenewal(instead id.Approval, q Question, now time.Time) *Waiting {
	if next := w.without(instead, now); next != nil {
		w = *next
		w.Version--
	}
	w.Version++
	w.Questions = w.kept(now)
	if len(w.Questions) < MaxWaiting {
		w.Questions = append(w.Questions, q)
	}
	return &w
}

// openQuestion is a question about a renewal that nobody has answered, and the others of
// the account.
type openQuestion struct {
	approval Approval
	asked    Waiting
}

// questionReader reads questions.
type questionReader interface {
	Approval(context.Context, id.Account, id.Approval) (Approval, error)
	Waiting(context.Context, id.Account, id.Agent) (Waiting, error)
}

// questionOf reads the question about the renewal of a service that waits for an answer;
// the zero value for none. Only a service that is not paid has one.
func questionOf(ctx context.Context, store questionReader, s Service) (q openQuestion, err error) {
	asked := s.Bill.Asked
	if asked == nil || asked.Denied {
		return q, nil
	}
	err = parallel(
		func() (err error) { q.approval, err = store.Approval(ctx, s.Account, asked.Approval); return err },
		func() (err error) { q.asked, err = waiting(ctx, store, s.Account, ""); return err },
	)
	return q, err
}

// expired is a question that nobody has to answer any more.
func (q openQuestion) expired() *Approval {
	a := q.approval
	a.Version++
	a.Status = ApprovalExpired
	return &a
}

// over are the changes that end a question, because its service has ended or is paid.
func (q openQuestion) over(now time.Time) []Change {
	if q.approval.ID == "" {
		return nil
	}
	return []Change{{Approval: q.expired(), Waiting: q.asked.without(q.approval.ID, now)}}
}

// renewApproved pays the term that was asked about. It returns insufficient_funds,
// spend_limit_exceeded, action_in_progress, and service_not_ready where the question is
// about nothing any more.
func (s *Shop) renewApproved(ctx context.Context, caller Caller, a Approval, change *Change) error {
	var service Service
	var funds Wallet
	var bounds Budget
	err := parallel(
		func() (err error) { service, err = s.Service(ctx, caller, a.Service); return err },
		func() (err error) { funds, err = wallet(ctx, s.Store, a.Account); return err },
		func() (err error) { bounds, err = budget(ctx, s.Store, a.Account, ""); return err },
	)
	if err != nil {
		return err
	}
	now := change.At
	until, minor := service.due()
	if err := service.renewable(a, minor, now); err != nil {
		return err
	}
	total := money.Money{Minor: minor, Currency: service.Bill.Renewal.Currency}
	switch payable(funds, bounds, total, now) {
	case fault.InsufficientFunds:
		return funds.tooLittle(total)
	case fault.SpendLimitExceeded:
		return withinSums(bounds, total, now).err()
	}
	from := service.Bill.PaidUntil
	service.Bill = service.Bill.paid(service.CreatedAt, until, minor, now)
	service = service.changed(now)
	if service.mismatched(now) || service.Bill.overdue(now) {
		service.DueAt = now // it goes on, or its next term is due
	}
	change.Services = []Service{service}
	return service.payRenewal(change, funds, bounds, from, total)
}

// renewable refuses to renew a service by an approval that is not, or no more, about what
// is due.
func (s Service) renewable(a Approval, minor int64, now time.Time) error {
	refuse := func(why string) error {
		return fault.New(fault.ServiceNotReady, "The service %s (%s) %s.", s.ID, s.DisplayName, why).
			Fix("Read the service with service_get: its billing says how it goes on.")
	}
	switch {
	case !s.Status.Lives():
		return refuse("has ended, and is renewed no more")
	case bought(s):
		return inProgress(s, "is busy with the "+string(s.Current.Intent.Action))
	case s.Bill.Ends || s.Lease.IsExpired() || s.Lease.over(s.Bill.PaidUntil):
		return refuse("is not to be renewed any more")
	case s.Bill.Asked == nil || s.Bill.Asked.Approval != a.ID || !s.Bill.overdue(now):
		return refuse("is paid already, or was asked about once more")
	case s.Bill.Asked.Minor != minor:
		return refuse("costs something else by now: members are asked about that within the hour")
	}
	return nil
}

// renewalDenied keeps in the service that a member has said no to its term.
func (s *Shop) renewalDenied(ctx context.Context, caller Caller, a Approval, change *Change) error {
	service, err := s.Service(ctx, caller, a.Service)
	if err != nil {
		return err
	}
	if asked := service.Bill.Asked; asked == nil || asked.Approval != a.ID || !service.Status.Lives() {
		return nil
	}
	service.Bill.Asked = &RenewalAsked{Approval: a.ID, Minor: service.Bill.Asked.Minor, Denied: true}
	change.Services = []Service{service.changed(change.At)}
	return nil
}
