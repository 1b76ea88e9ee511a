package shop_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/fault"
	"agentstore/pkg/shop"
)

// askedLife is a life whose members are asked about every renewal above 15.00.
func askedLife(t *testing.T, funds int64) (life, shop.Service) {
	t.Helper()
	l := newLife(t, funds)
	s := l.buy(t, nil)
	l.ask(t, new(int64(1500)))
	return l, s
}

func (l life) ask(t *testing.T, above *int64) {
	t.Helper()
	l.limit(t, false, shop.Policy{RenewalAbove: above})
}

// until lets time pass until a term is over, and what is due is done.
func (l life) until(t *testing.T, at time.Time) {
	t.Helper()
	l.Clock.Advance(at.Sub(l.Clock.Now()))
	l.Live(t)
}

// questions are all approvals of the account, the oldest first.
func (l life) questions(t *testing.T) []shop.Approval {
	t.Helper()
	list, _, err := l.Table.Approvals(t.Context(), l.Agent.Account(), shop.Page{Limit: 100, Oldest: true})
	expectOK(t, err)
	return list
}

// question is the one that there is, which waits.
func (l life) question(t *testing.T) shop.Approval {
	t.Helper()
	list := l.questions(t)
	expectSame(t, "questions", len(list), 1)
	expectSame(t, "its status", list[0].StatusAt(l.Clock.Now()), shop.ApprovalPending)
	return list[0]
}

// waits is how many open questions the members see.
func (l life) waits(t *testing.T) (n int) {
	t.Helper()
	all, err := l.Table.AllWaiting(t.Context(), l.Agent.Account())
	expectOK(t, err)
	for _, w := range all {
		n += len(w.Questions)
	}
	return n
}

// TestRenewalIsAskedOnce: a renewal above the policy's amount waits for a member, and goes
// through the schedule of one that nobody pays, with one question.
func TestRenewalIsAskedOnce(t *testing.T) {
	t.Parallel()
	l, s := askedLife(t, 10_000)
	l.until(t, s.Bill.PaidUntil)
	q := l.question(t)
	wanted, ok := q.Renewal()
	expectSame(t, "is a renewal", ok, true)
	expectSame(t, "price", wanted.Price().String(), "$20.00")
	expectSame(t, "until", wanted.PaidUntil, shop.Term{Months: 2}.End(s.CreatedAt))
	expectSame(t, "why", q.Reason, "The policy of the account requires a member to be asked about every renewal above $15.00.")
	expectSame(t, "declined", l.now(t, s.ID).Bill.Declined, fault.ApprovalRequired)
	expectSame(t, "waits", l.waits(t), 1)
	l.pass(t, 11*days, 6*time.Hour)
	expectSame(t, "status", l.now(t, s.ID).Status, shop.ServiceCanceled)
	expectSame(t, "balance", l.balance(t), 8000)
	events := l.events(t)
	slices.Sort(events[:2]) // they are of one moment
	expectSame(t, "events", events, []string{
		"approval_request", "renewal_failed", "renewal_failed", "renewal_failed", "renewal_failed", "renewal_failed", "service_suspend", "service_end",
	})
	expectSame(t, "questions", len(l.questions(t)), 1)
	expectSame(t, "status of the question", l.questions(t)[0].Status, shop.ApprovalExpired)
	expectSame(t, "waits", l.waits(t), 0)
	_, err := l.Shop.Approve(t.Context(), aMember(l.Store), q.ID, "")
	expectSame(t, "approved too late", codeOf(err), fault.ApprovalDecided)
	l.verify(t)
}

// TestSmallRenewalIsNotAsked: a renewal that costs what the policy allows is charged.
func TestSmallRenewalIsNotAsked(t *testing.T) {
	t.Parallel()
	l, s := askedLife(t, 10_000)
	l.ask(t, new(int64(2000)))
	l.until(t, s.Bill.PaidUntil)
	expectSame(t, "questions", len(l.questions(t)), 0)
	expectSame(t, "balance", l.balance(t), 6000)
}

// TestApprovedRenewalIsPaid at each point until the service is deleted: it is charged for
// the whole time, once, and runs.
func TestApprovedRenewalIsPaid(t *testing.T) {
	t.Parallel()
	for name, after := range map[string]time.Duration{
		"at once": 0, "in the grace": 30 * time.Hour, "while it is suspended": 5 * days, "in the last second": 10*days - time.Second,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, s := askedLife(t, 10_000)
			l.until(t, s.Bill.PaidUntil)
			l.pass(t, after, time.Hour)
			approved, err := l.Shop.Approve(t.Context(), aMember(l.Store), l.question(t).ID, "go on")
			expectOK(t, err)
			expectSame(t, "question", approved.Status, shop.ApprovalApproved)
			expectSame(t, "balance", l.balance(t), 6000)
			expectSame(t, "waits", l.waits(t), 0)
			l.pass(t, 2*time.Minute, 30*time.Second)
			now := l.now(t, s.ID)
			expectSame(t, "status", now.Status, shop.ServiceActive)
			expectSame(t, "bill", now.BillStatus(l.Clock.Now()), shop.BillActive)
			expectSame(t, "paid until", now.Bill.PaidUntil, shop.Term{Months: 2}.End(s.CreatedAt))
			expectSame(t, "running", l.running(t), 1)
			l.until(t, now.Bill.PaidUntil)
			expectSame(t, "balance after the next term, which is asked about again", l.balance(t), 6000)
			expectSame(t, "questions", len(l.questions(t)), 2)
			l.verify(t)
		})
	}
}

// TestDeniedRenewalIsUnpaid: it is asked about no more, even where the policy no longer
// asks, until a member has it renewed again: then they are asked once more.
func TestDeniedRenewalIsUnpaid(t *testing.T) {
	t.Parallel()
	l, s := askedLife(t, 10_000)
	l.until(t, s.Bill.PaidUntil)
	q := l.question(t)
	_, err := l.Shop.Deny(t.Context(), aMember(l.Store), q.ID, "too much")
	expectOK(t, err)
	l.ask(t, nil)
	l.pass(t, 4*days, time.Hour)
	expectSame(t, "bill", l.now(t, s.ID).BillStatus(l.Clock.Now()), shop.BillSuspended)
	expectSame(t, "balance", l.balance(t), 8000)
	expectSame(t, "questions", len(l.questions(t)), 1)
	l.ask(t, new(int64(0)))
	renewAgain(t, l, s)
	l.Live(t)
	list := l.questions(t)
	expectSame(t, "questions", len(list), 2)
	_, err = l.Shop.Approve(t.Context(), aMember(l.Store), list[1].ID, "")
	expectOK(t, err)
	l.pass(t, 2*time.Minute, 30*time.Second)
	expectSame(t, "status", l.now(t, s.ID).Status, shop.ServiceActive)
	expectSame(t, "balance", l.balance(t), 6000)
	l.verify(t)

	l.until(t, l.now(t, s.ID).Bill.PaidUntil)
	third := l.questions(t)[2]
	_, err = l.Shop.Deny(t.Context(), aMember(l.Store), third.ID, "")
	expectOK(t, err)
	l.pass(t, 11*days, 6*time.Hour)
	expectSame(t, "status", l.now(t, s.ID).Status, shop.ServiceCanceled)
	expectSame(t, "balance", l.balance(t), 6000)
	l.verify(t)
}

// renewAgain has a member say that a service is renewed.
func renewAgain(t *testing.T, l life, s shop.Service) {
	t.Helper()
	_, err := l.Shop.SetRenewal(t.Context(), aMember(l.Store), s.ID, true, shop.Request[shop.Service]{
		Operation: "account_service_renewal_set", Encode: func(shop.Service) ([]byte, error) { return []byte("{}"), nil },
	})
	expectOK(t, err)
}

// TestRelaxedPolicyPays: where the policy asks no more, the term is charged, and the
// question is over.
func TestRelaxedPolicyPays(t *testing.T) {
	t.Parallel()
	l, s := askedLife(t, 10_000)
	l.until(t, s.Bill.PaidUntil)
	q := l.question(t)
	l.ask(t, nil)
	l.pass(t, time.Hour, time.Hour)
	expectSame(t, "balance", l.balance(t), 6000)
	expectSame(t, "question", l.questions(t)[0].Status, shop.ApprovalExpired)
	expectSame(t, "waits", l.waits(t), 0)
	_, err := l.Shop.Approve(t.Context(), aMember(l.Store), q.ID, "")
	expectSame(t, "approved then", codeOf(err), fault.ApprovalDecided)
	expectSame(t, "balance", l.balance(t), 6000)
}

// TestAnotherPriceIsAskedAnew: what was asked at one price cannot be approved at another.
func TestAnotherPriceIsAskedAnew(t *testing.T) {
	t.Parallel()
	l, s := askedLife(t, 10_000)
	l.until(t, s.Bill.PaidUntil)
	q := l.question(t)
	now := l.now(t, s.ID)
	now.Version++
	now.Bill.Renewal.Minor = 3000
	expectOK(t, l.Table.Commit(t.Context(), shop.Change{Services: []shop.Service{now}, At: l.Clock.Now()}))
	_, err := l.Shop.Approve(t.Context(), aMember(l.Store), q.ID, "")
	expectSame(t, "approved at the old price", codeOf(err), fault.ServiceNotReady)
	l.pass(t, time.Hour, time.Hour)
	list := l.questions(t)
	expectSame(t, "questions", len(list), 2)
	expectSame(t, "the first", list[0].Status, shop.ApprovalExpired)
	expectSame(t, "waits", l.waits(t), 1)
	_, err = l.Shop.Approve(t.Context(), aMember(l.Store), list[1].ID, "")
	expectOK(t, err)
	expectSame(t, "balance", l.balance(t), 5000)
}

// TestApprovalOfAnotherQuestion: a question that the service was not asked last, or about a
// term that is paid, pays nothing, though it is open still.
func TestApprovalOfAnotherQuestion(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*shop.Service){
		"asked anew": func(s *shop.Service) { s.Bill.Asked = &shop.RenewalAsked{Approval: "apr_other", Minor: 2000} },
		"paid":       func(s *shop.Service) { s.Bill.PaidUntil = shop.Term{Months: 2}.End(s.CreatedAt) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, s := askedLife(t, 10_000)
			l.until(t, s.Bill.PaidUntil)
			q := l.question(t)
			now := l.now(t, s.ID)
			now.Version++
			change(&now)
			expectOK(t, l.Table.Commit(t.Context(), shop.Change{Services: []shop.Service{now}, At: l.Clock.Now()}))
			_, err := l.Shop.Approve(t.Context(), aMember(l.Store), q.ID, "")
			expectSame(t, "approved", codeOf(err), fault.ServiceNotReady)
			expectSame(t, "balance", l.balance(t), 8000)
		})
	}
}

// TestApprovalIsBoundByMoney: an approval takes no more than the wallet holds and the
// limits of the account leave, and the question stays open.
func TestApprovalIsBoundByMoney(t *testing.T) {
	t.Parallel()
	l, s := askedLife(t, 2500)
	l.until(t, s.Bill.PaidUntil)
	q := l.question(t)
	approve := func() error {
		_, err := l.Shop.Approve(t.Context(), aMember(l.Store), q.ID, "")
		return err
	}
	expectSame(t, "with an empty wallet", codeOf(approve()), fault.InsufficientFunds)
	obstacle, err := l.Shop.Obstacle(t.Context(), aMember(l.Store), q)
	expectOK(t, err)
	expectSame(t, "obstacle", obstacle.Code, fault.InsufficientFunds)
	l.Fund(t, l.Agent.Account(), 5000)
	l.limit(t, false, shop.Policy{RenewalAbove: new(int64(0)), Limits: []shop.Limit{{Currency: "usd", Total: new(int64(3000))}}})
	expectSame(t, "above a limit", codeOf(approve()), fault.SpendLimitExceeded)
	l.ask(t, new(int64(0)))
	expectOK(t, approve())
	expectSame(t, "balance", l.balance(t), 3500)
	l.verify(t)
}

// TestCancelledWhileAsked: the end of a service ends its question, whoever ends it.
func TestCancelledWhileAsked(t *testing.T) {
	t.Parallel()
	l, s := askedLife(t, 10_000)
	l.until(t, s.Bill.PaidUntil)
	q := l.question(t)
	_, answer := l.cancel(t, s, "now")
	expectStatus(t, answer, 200)
	expectSame(t, "question", l.questions(t)[0].Status, shop.ApprovalExpired)
	expectSame(t, "waits", l.waits(t), 0)
	_, err := l.Shop.Approve(t.Context(), aMember(l.Store), q.ID, "")
	expectSame(t, "approved then", codeOf(err), fault.ApprovalDecided)
	expectSame(t, "balance", l.balance(t), 8000)
	l.verify(t)
}

// TestApprovalRacesTheNextTry: members approve, or deny, a renewal while workers take its
// next step. It is charged once, or not at all.
func TestApprovalRacesTheNextTry(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		after time.Duration
		ways  func(shop.Shop) []decide
	}{
		"the next try":           {time.Hour, func(s shop.Shop) []decide { return []decide{s.Approve} }},
		"approved and denied":    {time.Hour, func(s shop.Shop) []decide { return []decide{s.Approve, s.Deny} }},
		"the suspension":         {72 * time.Hour, func(s shop.Shop) []decide { return []decide{s.Approve} }},
		"the last second":        {10*days - time.Second, func(s shop.Shop) []decide { return []decide{s.Approve} }},
		"when it is deleted":     {10 * days, func(s shop.Shop) []decide { return []decide{s.Approve} }},
		"the policy is relaxed":  {time.Hour, func(s shop.Shop) []decide { return []decide{s.Approve} }},
		"denied at the deletion": {10 * days, func(s shop.Shop) []decide { return []decide{s.Deny} }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, s := askedLife(t, 10_000)
			l.until(t, s.Bill.PaidUntil)
			q := l.question(t)
			l.pass(t, tt.after-time.Second, time.Hour)
			if name == "the policy is relaxed" {
				l.ask(t, nil)
			}
			l.Clock.Advance(time.Second)
			var workers sync.WaitGroup
			for range 4 {
				workers.Go(func() {
					for range 3 {
						if err := l.Worker.RunService(t.Context(), shop.ServiceKey{Account: s.Account, Service: s.ID}); err != nil {
							t.Error(err)
						}
					}
				})
			}
			counts := allDecide(t, l.Store, q.ID, tt.ways(*l.Shop)...)
			workers.Wait()
			l.pass(t, 2*time.Hour, time.Minute)
			charged := (8000 - l.balance(t)) / 2000
			now := l.now(t, s.ID)
			paid := now.Bill.PaidUntil.Equal(shop.Term{Months: 2}.End(s.CreatedAt))
			if charged != 0 && charged != 1 || (charged == 1) != paid || paid == now.Status.Ended() && charged == 1 {
				t.Errorf("it is charged %d times, paid until %s, %s; the members got %v", charged, now.Bill.PaidUntil, now.Status, counts)
			}
			approved := counts[string(shop.ApprovalApproved)]
			if approved > 1 || approved == 1 && charged != 1 {
				t.Errorf("approved %d times, charged %d", approved, charged)
			}
			expectSame(t, "waits", l.waits(t), 0)
			l.verify(t)
		})
	}
}

// TestCrashOfAskedRenewals loses each write of the worker that asks, and of the member who
// approves, before it or after it: there is one question and one charge.
func TestCrashOfAskedRenewals(t *testing.T) {
	t.Parallel()
	for which, fault := range map[string]func(int) dynamotest.Faults{"before": before, "after": after} {
		for nth := 1; nth <= 3; nth++ {
			t.Run(fmt.Sprint(which, " write ", nth), func(t *testing.T) {
				t.Parallel()
				l, s := askedLife(t, 10_000)
				l.Clock.Advance(s.Bill.PaidUntil.Sub(l.Clock.Now()))
				faults := fault(nth)
				dying := *l.Worker
				dying.Store = dynamo.New(l.Engine.With(faults.Inject), l.Name)
				_ = dying.RunService(t.Context(), shop.ServiceKey{Account: s.Account, Service: s.ID})
				l.pass(t, time.Minute, 30*time.Second)
				q := l.question(t)
				lost := fault(nth)
				approving := *l.Shop
				approving.Store = dynamo.New(l.Engine.With(lost.Inject), l.Name)
				_, _ = approving.Approve(t.Context(), aMember(l.Store), q.ID, "")
				if _, err := l.Shop.Approve(t.Context(), aMember(l.Store), q.ID, ""); err != nil && codeOf(err) != "approval_decided" {
					t.Error(err)
				}
				l.pass(t, 3*time.Hour, time.Minute)
				expectSame(t, "balance", l.balance(t), 6000)
				expectSame(t, "paid until", l.now(t, s.ID).Bill.PaidUntil, shop.Term{Months: 2}.End(s.CreatedAt))
				expectSame(t, "questions", len(l.questions(t)), 1)
				l.verify(t)
			})
		}
	}
}

// TestManyRenewalsAreAsked: what the members see at once is bounded, and the list of
// approvals has all.
func TestManyRenewalsAreAsked(t *testing.T) {
	t.Parallel()
	l := life{storetest.New(t, dynamotest.Embedded(t), storetest.Options{})}
	const many = shop.MaxWaiting + 3
	for range many {
		l.buy(t, nil)
	}
	l.ask(t, new(int64(0)))
	l.pass(t, 29*days, 12*time.Hour)
	expectSame(t, "questions", len(l.questions(t)), many)
	expectSame(t, "waits", l.waits(t), shop.MaxWaiting)
	for _, q := range l.questions(t) {
		_, err := l.Shop.Approve(t.Context(), aMember(l.Store), q.ID, "")
		expectOK(t, err)
	}
	expectSame(t, "waits", l.waits(t), 0)
	l.verify(t)
}
