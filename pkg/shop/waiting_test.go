package shop_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"agentstore/internal/test/storetest"
	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// flood has one key ask for so many purchases, and counts the answers.
func flood(t *testing.T, s *storetest.Store, n int, each func(func())) map[string]int {
	t.Helper()
	var mu sync.Mutex
	counts := make(map[string]int)
	for i := range n {
		each(func() {
			order := storetest.Order()
			order["idempotencyKey"] = fmt.Sprint("flood ", i)
			a := s.Call(t, http.MethodPost, storetest.Purchases, order)
			mu.Lock()
			defer mu.Unlock()
			counts[a.Text("purchase", "status")+a.Code()]++
		})
	}
	return counts
}

func inTurn(f func()) { f() }

// pending counts the questions that are open.
func pending(t *testing.T, s *storetest.Store) int {
	t.Helper()
	approvals, _, err := s.Table.Approvals(t.Context(), s.Agent.Account(), shop.Page{Limit: 1000})
	expectOK(t, err)
	n := 0
	for _, a := range approvals {
		if a.StatusAt(s.Clock.Now()) == shop.ApprovalPending {
			n++
		}
	}
	return n
}

// One key leaves its owner so many questions, and no more.
func TestOneKeyAsksSoMuch(t *testing.T) {
	t.Parallel()
	onEach(t, storetest.Options{NoKick: true}, func(t *testing.T, s *storetest.Store) {
		setPolicy(t, s, s.Agent.Account(), "", askAlways())
		const all, most = 300, 20
		expectSame(t, "answers", flood(t, s, all, inTurn), map[string]int{
			string(shop.PurchasePendingApproval): most, string(fault.ApprovalLimitReached): all - most,
		})
		expectSame(t, "questions", pending(t, s), most)

		order := storetest.Order()
		order["idempotencyKey"] = "one more"
		a := s.Call(t, http.MethodPost, storetest.Purchases, order)
		expectStatus(t, a, http.StatusTooManyRequests)
		if fixes, _ := a.Get("fixes").([]any); len(fixes) < 2 || a.Get("limit") != float64(most) || a.Text("approvalUrl") == "" || a.Text("resetsAt") != "2026-02-01T12:00:00Z" {
			t.Errorf("it does not say what to do: %s", a.Body)
		}
		s.Clock.Advance(24 * time.Hour)
		expectStatus(t, s.Call(t, http.MethodPost, storetest.Purchases, order), http.StatusCreated)
		expectSame(t, "questions a day later", pending(t, s), 1)
	})
}

// However many are asked at once, the limit is exact.
func TestManyAskAtOnce(t *testing.T) {
	t.Parallel()
	onEach(t, storetest.Options{NoKick: true}, func(t *testing.T, s *storetest.Store) {
		setPolicy(t, s, s.Agent.Account(), "", askAlways())
		flood(t, s, 15, inTurn)
		var done sync.WaitGroup
		flood(t, s, callers, done.Go)
		done.Wait()
		flood(t, s, callers, inTurn) // who has lost a race too often comes again
		expectSame(t, "questions", pending(t, s), 20)
		w, err := s.Table.Waiting(t.Context(), s.Agent.Account(), s.Agent)
		expectOK(t, err)
		expectSame(t, "entries", len(w.Questions), 20)
	})
}

// An answer gives its place free, whichever it is.
func TestAnswersMakeRoom(t *testing.T) {
	t.Parallel()
	onEach(t, storetest.Options{NoKick: true}, func(t *testing.T, s *storetest.Store) {
		setPolicy(t, s, s.Agent.Account(), "", askAlways())
		flood(t, s, 20, inTurn)
		w, err := s.Table.Waiting(t.Context(), s.Agent.Account(), s.Agent)
		expectOK(t, err)
		_, err = s.Shop.Approve(t.Context(), aMember(s), w.Questions[3].Approval, "")
		expectOK(t, err)
		_, err = s.Shop.Deny(t.Context(), aMember(s), w.Questions[7].Approval, "")
		expectOK(t, err)
		expectSame(t, "answers", flood(t, s, 23, inTurn), map[string]int{
			string(shop.PurchasePendingApproval): 22, string(fault.ApprovalLimitReached): 1, // 20 of them are replays
		})
		expectSame(t, "questions", pending(t, s), 20)
		expectSound(t, s, s.Agent.Account())
	})
}

// A person denies all that an agent asks, at once: each is a denial, with an event.
func TestDenyAll(t *testing.T) {
	t.Parallel()
	onEach(t, storetest.Options{NoKick: true}, func(t *testing.T, s *storetest.Store) {
		service := activeService(t, s)
		setPolicy(t, s, s.Agent.Account(), "", askAlways())
		s.Protect(t, id.Service(service))
		flood(t, s, 19, inTurn)
		asked := s.Call(t, http.MethodPost, storetest.ActionPath(service, storetest.Protectable()), storetest.ActionBody(t, storetest.Protectable()))
		expectSame(t, "code", asked.Code(), string(fault.ApprovalRequired))

		denied, err := s.Shop.DenyAll(t.Context(), aMember(s), s.Agent, "stop it")
		expectOK(t, err)
		expectSame(t, "denied", len(denied), 20)
		expectSame(t, "questions", pending(t, s), 0)
		for _, a := range denied {
			kept, err := s.Table.Approval(t.Context(), a.Account, a.ID)
			expectOK(t, err)
			expectSame(t, "approval", kept, a)
			if a.Status != shop.ApprovalDenied || a.Note != "stop it" || a.DecidedBy != aMember(s).Person {
				t.Errorf("it is %+v", a)
			}
			if a.Purchase != "" {
				p, err := s.Table.Purchase(t.Context(), a.Account, a.Purchase)
				expectOK(t, err)
				expectSame(t, "purchase", p.Status, shop.PurchaseDenied)
			}
		}
		events, _, err := s.Table.Trail(t.Context(), s.Agent.Account(), shop.TrailFilter{Operation: "approval_deny_all"}, shop.Page{Limit: 100})
		expectOK(t, err)
		about := make(map[string]bool)
		for _, e := range events {
			about[e.Subject] = true
		}
		expectSame(t, "events", len(about), 20)

		again, err := s.Shop.DenyAll(t.Context(), aMember(s), s.Agent, "")
		expectOK(t, err)
		expectSame(t, "denied again", len(again), 0)
		for _, stranger := range []id.Agent{"agt_none", s.Shop.IDs.Agent(s.Agent.Account()), s.Shop.IDs.Agent(s.Shop.IDs.Account())} {
			_, err = s.Shop.DenyAll(t.Context(), aMember(s), stranger, "")
			expectSame(t, "of no agent", codeOf(err), fault.NotFound)
		}
	})
}

// Members who deny everything at the same time, while the agent asks on, deny
// each question once.
func TestManyDenyAll(t *testing.T) {
	t.Parallel()
	onEach(t, storetest.Options{NoKick: true}, func(t *testing.T, s *storetest.Store) {
		setPolicy(t, s, s.Agent.Account(), "", askAlways())
		flood(t, s, 15, inTurn)
		var mu sync.Mutex
		denials := make(map[id.Approval]int)
		var done sync.WaitGroup
		for range 8 {
			done.Go(func() {
				denied, err := s.Shop.DenyAll(t.Context(), aMember(s), s.Agent, "")
				if err != nil && codeOf(err) != fault.Busy {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				for _, a := range denied {
					denials[a.ID]++
				}
			})
		}
		flood(t, s, 30, done.Go)
		done.Wait()
		for approval, n := range denials {
			if n != 1 {
				t.Errorf("%s was denied %d times", approval, n)
			}
		}
		_, err := s.Shop.DenyAll(t.Context(), aMember(s), s.Agent, "")
		expectOK(t, err)
		expectSame(t, "questions", pending(t, s), 0)
	})
}
