package house

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/app"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
	"agentstore/pkg/template"
)

// The probes of a wallet that several want. The first begins the names of several.
const (
	heldWallet = "a wallet that holds"
	lostWallet = "a wallet that is lost to another purchase"
	lostHold   = "a purchase that is lost after it has held"
)

// tripsForOthers is how many more round trips a purchase may take because others want
// the same money. Where the wallet holds they are two: what it spends is held, and that
// is ended. What is lost starts over, after it has the wallet hold, or has given back
// what it held.
func tripsForOthers(p probe) int {
	switch {
	case p.name == lostWallet:
		return 7
	case p.name == lostHold:
		return 10
	case strings.HasPrefix(p.name, heldWallet):
		return 2
	default:
		return 0
	}
}

// fromHeld has a request made by an agent whose wallet and budgets hold what is spent.
func fromHeld(request prepare) prepare {
	return func(tb testing.TB, w *watched) *http.Request {
		agent := w.Shop.IDs.Agent(w.Shop.IDs.Account())
		w.Fund(tb, agent.Account(), 1_000_000)
		w.Hold(tb, agent)
		return asAgent(agent, request)(tb, w)
	}
}

// asAgent has a request prepared and made with a key of that agent.
func asAgent(agent id.Agent, request prepare) prepare {
	return func(tb testing.TB, w *watched) *http.Request {
		own := w.Key
		defer func() { w.Key = own }()
		w.Key = w.NewKey(tb, agent, app.Shelf().Rules().Scopes()...)
		return request(tb, w)
	}
}

// buyHeldTooDear has a wallet that holds less than the price.
func buyHeldTooDear(tb testing.TB, w *watched) *http.Request {
	tb.Helper()
	agent := w.Shop.IDs.Agent(w.Shop.IDs.Account())
	w.Fund(tb, agent.Account(), 1)
	w.Hold(tb, agent)
	return asAgent(agent, post(storetest.Purchases, keyed(order(1), "too dear")))(tb, w)
}

// buyHeldWithApproval asks to buy what a member must approve, where the agent's budget
// holds.
func buyHeldWithApproval(tb testing.TB, w *watched) *http.Request {
	tb.Helper()
	var nothing int64
	agent := w.Shop.IDs.Agent(w.Agent.Account())
	b := shop.Budget{Account: agent.Account(), Agent: agent, Version: 1, Policy: shop.Policy{Limits: []shop.Limit{{Currency: "usd", ApprovalAbove: &nothing}}}}
	if err := w.Table.Commit(tb.Context(), shop.Change{Budgets: []shop.Budget{b}}); err != nil {
		tb.Fatal(err)
	}
	if err := w.Table.HoldBudget(tb.Context(), b, "usd", w.Clock.Now()); err != nil {
		tb.Fatal(err)
	}
	return asAgent(agent, post(storetest.Purchases, keyed(order(1), "approval held")))(tb, w)
}

// losing has the first transaction of the request lost for the entries that it names,
// as if others wrote them at that moment.
func losing(what string, request prepare) prepare {
	return func(tb testing.TB, w *watched) *http.Request {
		r := request(tb, w)
		w.faults.Before = loseOnce(what)
		return r
	}
}

// loseOnce refuses one transaction for the entries whose sort key begins so.
func loseOnce(what string) func(string, any) error {
	lost := false
	return func(_ string, input any) error {
		in, isTransaction := input.(*dynamodb.TransactWriteItemsInput)
		if !isTransaction || lost {
			return nil
		}
		refusal, any := &types.TransactionCanceledException{}, false
		for _, e := range in.TransactItems {
			code := "None"
			if strings.HasPrefix(sortKey(e), what) {
				code, any = "TransactionConflict", true
			}
			refusal.CancellationReasons = append(refusal.CancellationReasons, types.CancellationReason{Code: &code})
		}
		if !any {
			return nil
		}
		lost = true
		return refusal
	}
}

func sortKey(e types.TransactWriteItem) string {
	switch {
	case e.Put != nil:
		return row(e.Put.Item).text("SK")
	case e.Update != nil:
		return row(e.Update.Key).text("SK")
	}
	return ""
}

// meeting is a store whose calls are recorded, with an owner and an agent of theirs that
// may buy nothing without them.
type meeting struct {
	*storetest.Store
	owner    *storetest.Browser
	agent    id.Agent
	recorder *dynamotest.Recorder
}

func meet(t *testing.T) meeting {
	t.Helper()
	var recorder dynamotest.Recorder
	m := meeting{recorder: &recorder, Store: storetest.New(t, dynamotest.Embedded(t), storetest.Options{
		Client: []func(*dynamodb.Options){recorder.Record}, NoKick: true, DemoCredit: money.Money{Minor: 1_000_000, Currency: "usd"},
	})}
	m.owner = m.Owner(t)
	m.agent = id.Agent(m.do(t, http.MethodPost, "/agents", object{"name": "a"}).Text("agent", "id"))
	m.Key = m.NewKey(t, m.agent, app.Shelf().Rules().Scopes()...)
	m.do(t, http.MethodPut, "/agents/"+string(m.agent)+"/policy", object{"limits": []any{object{"currency": "usd", "approvalAboveMinor": 0}}})
	return m
}

// do has the owner do something.
func (m meeting) do(t *testing.T, method, path string, body any) storetest.Answer {
	t.Helper()
	a := m.owner.Call(t, method, storetest.Account+path, body)
	if a.Status >= http.StatusBadRequest {
		t.Fatalf("%s %s: %d %s", method, path, a.Status, a.Body)
	}
	return a
}

// park has the agent ask to buy, and returns the approval.
func (m meeting) park(t *testing.T) string {
	t.Helper()
	quote := m.Quote(t)
	return m.Buy(t, quote, quote).Text("purchase", "approvalId")
}

// leave leaves a hold of the agent open, as a purchase does that is under way.
func (m meeting) leave(t *testing.T) {
	t.Helper()
	m.Hold(t, m.agent)
	b, err := m.Table.Budget(t.Context(), m.agent.Account(), m.agent)
	if err == nil {
		err = m.Table.StepBudget(t.Context(), shop.BudgetStep{
			Budget: b, Begin: &shop.Hold{ID: m.Shop.IDs.Hold(), Minor: 1, Day: b.Held.Day}, At: m.Clock.Now(),
		})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// expectAllowed expects that a function may make all calls of what is done, one of
// which writes the kind of item.
func (m meeting) expectAllowed(t *testing.T, folder, kind string, does func()) {
	t.Helper()
	m.recorder.Reset()
	does()
	f := deployed(t)[folder]
	for _, c := range m.recorder.Calls() {
		for _, action := range c.Actions {
			if !slices.ContainsFunc(f.Grants, func(g template.Grant) bool {
				return slices.Contains(g.Actions, action) && allMatch(g.LeadingKeys, c.Keys)
			}) {
				t.Errorf("%s may not %s of %v", folder, action, c.Keys)
			}
		}
	}
	if kinds := kindsWritten(m.recorder.Calls()); !slices.Contains(kinds, kind) {
		t.Errorf("%s is not among %q", kind, kinds)
	}
}

// TestMembersMayEndHolds: the functions of the account and of the pages may approve
// where the wallet holds, and change a policy or end a key while a purchase is under
// way, whose holds they settle.
func TestMembersMayEndHolds(t *testing.T) {
	t.Parallel()
	m := meet(t)
	first, second := m.park(t), m.park(t)
	m.Hold(t, m.agent)
	m.expectAllowed(t, account, "Put ACCOUNT# HOLD#", func() { m.do(t, http.MethodPost, "/approvals/"+first+"/approve", object{}) })
	m.expectAllowed(t, dashboard, "Put ACCOUNT# HOLD#", func() {
		page := m.owner.Send(t, shop.ApprovalPath+second, url.Values{"decision": {"approve"}})
		if page.Status != http.StatusOK || !strings.Contains(page.Body, "approved") {
			t.Errorf("the page answers %d: %s", page.Status, page.Body)
		}
	})
	m.leave(t)
	m.expectAllowed(t, account, "Put ACCOUNT# HOLD#", func() {
		m.do(t, http.MethodPut, "/agents/"+string(m.agent)+"/policy", object{"frozen": true})
	})
	m.leave(t)
	m.expectAllowed(t, account, "Put ACCOUNT# HOLD#", func() {
		keys := "/agents/" + string(m.agent) + "/keys"
		m.do(t, http.MethodDelete, keys+"/"+m.do(t, http.MethodGet, keys, nil).Text("keys", 0, "id"), object{})
	})
}
