package license_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/license"
	"agentstore/internal/test/storetest"
	"agentstore/internal/test/storetest/contract"
	"agentstore/pkg/api"
	"agentstore/pkg/app"
	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/openapi"
	"agentstore/pkg/product"
	"agentstore/pkg/shop"
)

// newIdleStore is a store whose jobs wait for the test.
func newIdleStore(t *testing.T, engine dynamotest.Engine, desk license.Desk) store {
	t.Helper()
	s := newStore(t, engine, desk)
	s.Shop.Kick = nil
	return s
}

// closed is a desk that extends nothing.
var closed = license.Desk{Refuses: func(j shop.Job) bool { return j.Intent.Action == "extend" }}

// quoteSeats asks what more seats cost.
func (s store) quoteSeats(t *testing.T, service string, seats int) storetest.Answer {
	t.Helper()
	return s.Call(t, http.MethodPost, storetest.Services+"/"+service+"/license/extend/quote", map[string]any{"seats": seats})
}

// quoted is the quote of more seats.
func (s store) quoted(t *testing.T, service string, seats int) string {
	t.Helper()
	a := s.quoteSeats(t, service, seats)
	if a.Status != http.StatusCreated {
		t.Fatalf("%d: %s", a.Status, a.Body)
	}
	return a.Text("quote", "id")
}

// extend buys more seats.
func (s store) extend(t *testing.T, service string, seats int) storetest.Answer {
	t.Helper()
	quote := s.quoted(t, service, seats)
	a := s.Buy(t, quote, quote)
	if a.Status != http.StatusCreated {
		t.Fatalf("%d: %s", a.Status, a.Body)
	}
	return a
}

// expectRefused wants a refusal, and that it took nothing.
func (s store) expectRefused(t *testing.T, a storetest.Answer, code fault.Code, balance int64) {
	t.Helper()
	if a.Code() != string(code) {
		t.Errorf("%d, want %s: %s", a.Status, code, a.Body)
	}
	if now := s.balance(t); now != balance {
		t.Errorf("the wallet holds %d, and held %d", now, balance)
	}
}

func (s store) service(t *testing.T, service string) shop.Service {
	t.Helper()
	found, err := s.Table.Service(t.Context(), s.Agent.Account(), id.Service(service))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// entries is the ledger.
func (s store) entries(t *testing.T) []shop.Entry {
	t.Helper()
	books, err := s.Table.Books(t.Context(), s.Agent.Account())
	if err != nil {
		t.Fatal(err)
	}
	return books.Entries
}

// Eighteen days less a second are left of a term of 28 days, so that a seat of 10.00 costs
// 1000 * 1555199 / 2419200 = 642.86 cents.
const (
	tenDays  = 10*24*time.Hour + time.Second
	seatLeft = 643
)

// TestExtend quotes more seats, buys them and reads what became of it, over each
// protocol and on each engine.
func TestExtend(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s := newStore(t, engine, license.Desk{})
		for protocol, call := range s.protocols(t) {
			t.Run(protocol, func(t *testing.T) { s.extends(t, protocol, call) })
		}
	})
}

func (s store) extends(t *testing.T, protocol string, call contract.Call) {
	service := s.bought(t)
	renewsAt := s.service(t, service).Bill.PaidUntil.Format(time.RFC3339)
	s.Clock.Advance(tenDays)
	balance := s.balance(t)
	quoted := call(t, "license_extend_quote", map[string]any{"serviceId": service, "seats": 2, "idempotencyKey": "the quote over " + protocol})
	for _, about := range []string{"serviceId", "action"} {
		expectAt(t, quoted, map[string]any{"serviceId": service, "action": "extend"}[about], "quote", about)
	}
	expectAt(t, quoted, 2.0, "quote", "input", "seats")
	expectAt(t, quoted, 2.0*seatLeft, "quote", "totalPriceMinor")
	expectAt(t, quoted, "seats", "quote", "lines", 0, "kind")
	expectAt(t, quoted, 5000.0, "quote", "renewal", "priceMinor")
	expectAt(t, quoted, 1.0, "quote", "renewal", "termMonths")
	expectAt(t, quoted, renewsAt, "quote", "renewal", "renewsAt")
	expectAt(t, quoted, true, "spendCheck", "allowed")
	expectAt(t, call(t, "service_get", map[string]any{"serviceId": service}), nil, "service", "currentAction")

	buy := map[string]any{"quoteId": at(quoted, "quote", "id"), "idempotencyKey": "the seats over " + protocol}
	bought := call(t, "purchase_create", buy)
	purchase, action := at(bought, "purchase", "id"), at(bought, "purchase", "actionId")
	expectAt(t, bought, "completed", "purchase", "status")
	expectAt(t, bought, service, "purchase", "serviceId")
	expectAt(t, bought, "extend", "purchase", "action")
	expectAt(t, bought, service, "purchase", "services", 0, "id")
	expectAt(t, bought, service, "service", "id")
	expectAt(t, bought, action, "service", "currentAction", "id")
	expectAt(t, bought, purchase, "service", "currentAction", "purchaseId")
	expectAt(t, bought, 2.0, "service", "license", "extending", "seats")
	expectAt(t, bought, 3000.0, "service", "renewal", "priceMinor") // until it has succeeded

	s.Work(t)
	settled := call(t, "action_get", map[string]any{"serviceId": service, "actionId": action})
	expectAt(t, settled, "succeeded", "action", "status")
	expectAt(t, settled, purchase, "action", "purchaseId")
	read := call(t, "service_get", map[string]any{"serviceId": service})
	expectAt(t, read, 5.0, "service", "license", "seats")
	expectAt(t, read, 5000.0, "service", "renewal", "priceMinor")
	expectAt(t, read, renewsAt, "service", "renewal", "renewsAt")
	expectAt(t, call(t, "quote_get", map[string]any{"quoteId": buy["quoteId"]}), purchase, "quote", "purchaseId")
	expectAt(t, call(t, "purchase_get_status", map[string]any{"purchaseId": purchase}), action, "purchase", "actionId")

	again := call(t, "purchase_create", buy)
	expectAt(t, again, purchase, "purchase", "id")
	expectAt(t, again, action, "service", "currentAction", "id") // as it was
	if after := s.balance(t); after != balance-2*seatLeft {
		t.Errorf("the wallet held %d and holds %d", balance, after)
	}
	entries := s.entries(t)
	if last := entries[len(entries)-1]; last.Cause != "purchase:"+purchase.(string) || last.Note != "Render, extend" {
		t.Errorf("the ledger ends with %+v", last)
	}
	s.settled(t)
}

// TestExtendRefused buys what is refused, each for one reason, and takes nothing.
func TestExtendRefused(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s := newIdleStore(t, engine, license.Desk{})
		service := s.bought(t)
		quote := s.quoted(t, service, 2)
		balance := s.balance(t)
		buy := func(quote string) storetest.Answer { return s.Buy(t, quote, rand(t)) }

		if a := s.quoteSeats(t, service, 18); a.Text("param") != "$.seats" {
			t.Errorf("too many seats: %s", a.Body)
		}
		s.expectRefused(t, buy("quo_01KG9YS7G05F8HWEMYJZHE4C71"+service[4:]), fault.NotFound, balance)

		s.act(t, service, "routine", http.StatusAccepted)
		s.expectRefused(t, s.quoteSeats(t, service, 2), fault.ActionInProgress, balance)
		s.expectRefused(t, buy(quote), fault.ActionInProgress, balance)
		s.Work(t)

		used, overtaken := s.quoted(t, service, 1), s.quoted(t, service, 1)
		if a := buy(used); a.Status != http.StatusCreated {
			t.Fatalf("%d: %s", a.Status, a.Body)
		}
		s.Work(t)
		balance = s.balance(t)
		s.expectRefused(t, buy(used), fault.QuoteAlreadyUsed, balance)
		s.expectRefused(t, buy(overtaken), fault.QuoteExpired, balance) // it renews at another price

		late := s.quoted(t, service, 1)
		s.Clock.Advance(15 * time.Minute)
		s.expectRefused(t, buy(late), fault.QuoteExpired, balance)

		dear := s.quoted(t, service, 5)
		if _, _, err := s.Shop.Adjust(t.Context(), s.Agent.Account(), money.Money{Minor: 1 - balance, Currency: "usd"}, "all but a cent", "test"); err != nil {
			t.Fatal(err)
		}
		s.expectRefused(t, buy(dear), fault.InsufficientFunds, 1)
		s.settled(t)
	})
}

// A quote stands as long as what it was made of: neither another action, nor another
// price of the catalog, nor the time that passes changes it.
func TestExtendHolds(t *testing.T) {
	t.Parallel()
	s := newIdleStore(t, dynamotest.Embedded(t), license.Desk{})
	service := s.bought(t)
	s.Clock.Advance(1234567 * time.Nanosecond)
	quote := s.quoted(t, service, 2)
	if q, err := s.Table.Quote(t.Context(), s.Agent.Account(), id.Quote(quote)); err != nil || q.Offer.Action.At.Nanosecond() != 0 {
		t.Errorf("it is priced for %v, %v", q.Offer.Action.At, err)
	}
	s.act(t, service, "routine", http.StatusAccepted)
	s.Work(t)
	catalog, err := s.Table.Catalog(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	catalog.Items[0].Price.Minor *= 3
	if _, err := s.Table.Seed(t.Context(), catalog); err != nil {
		t.Fatal(err)
	}
	s.Clock.Advance(14*time.Minute + 1234*time.Millisecond)
	if a := s.Buy(t, quote, "k"); a.Status != http.StatusCreated || a.Get("purchase", "totalPriceMinor") != 2000.0 {
		t.Errorf("%d: %s", a.Status, a.Body)
	}
	s.Work(t)

	// What is sold no more keeps the price that it was bought at.
	catalog.Items = slices.DeleteFunc(catalog.Items, func(i shop.Item) bool { return i.ID == "cat_render" })
	if _, err := s.Table.Seed(t.Context(), catalog); err != nil {
		t.Fatal(err)
	}
	if a := s.quoteSeats(t, service, 1); a.Get("quote", "renewal", "priceMinor") != 6000.0 {
		t.Errorf("%d: %s", a.Status, a.Body)
	}
	s.settled(t)
}

// TestExtendByPolicies holds the money, the item and what the input chooses to the
// policies of the account, and no other rule.
func TestExtendByPolicies(t *testing.T) {
	t.Parallel()
	s := newIdleStore(t, dynamotest.Embedded(t), license.Desk{})
	service := s.bought(t)
	none := 0
	limit := func(l shop.Limit) shop.Policy { l.Currency = "usd"; return shop.Policy{Limits: []shop.Limit{l}} }
	below := new(int64(1999))
	tests := map[string]struct {
		policy shop.Policy
		want   fault.Code // empty: it is allowed
	}{
		"per purchase":    {limit(shop.Limit{PerPurchase: below}), fault.SpendLimitExceeded},
		"per day":         {limit(shop.Limit{PerDay: new(int64(4999))}), fault.SpendLimitExceeded}, // with the 3000 before
		"in total":        {limit(shop.Limit{Total: new(int64(4999))}), fault.SpendLimitExceeded},
		"frozen":          {shop.Policy{Frozen: true}, fault.PolicyViolation},
		"hours":           {shop.Policy{Hours: &shop.Hours{Days: []time.Weekday{time.Monday}, From: 0, To: 60}}, fault.PolicyViolation},
		"another item":    {shop.Policy{Items: []id.Item{"cat_compose"}}, fault.PolicyViolation},
		"no such edition": {shop.Policy{Choices: []shop.ChoiceLimit{{Name: "editions", Allowed: []string{"personal"}}}}, fault.PolicyViolation},
		"live services":   {shop.Policy{MaxLiveServices: &none}, ""},
		"terms":           {shop.Policy{Months: []int{12}}, ""},
		"this item":       {shop.Policy{Items: []id.Item{"cat_render"}, Categories: []string{"software"}}, ""},
		"this edition":    {shop.Policy{Choices: []shop.ChoiceLimit{{Name: "editions", Allowed: []string{"team"}}}}, ""},
	}
	for name, test := range tests {
		s.setPolicy(t, test.policy)
		quote := s.Call(t, http.MethodPost, storetest.Services+"/"+service+"/license/extend/quote", map[string]any{"seats": 2, "edition": "team"})
		if allowed := quote.Get("spendCheck", "allowed"); allowed != (test.want == "") {
			t.Errorf("%s: the quote says allowed: %v: %s", name, allowed, quote.Body)
		}
		if test.want != "" {
			s.expectRefused(t, s.Buy(t, quote.Text("quote", "id"), name), test.want, s.balance(t))
		}
	}
	// The edition that the license has is none that the input chooses.
	s.setPolicy(t, tests["no such edition"].policy)
	before := s.budgets(t)
	s.extend(t, service, 2)
	for i, after := range s.budgets(t) {
		was := before[i].Spending
		if after.Spending.LiveServices != was.LiveServices || after.Spending.Sums[0].TotalMinor != was.Sums[0].TotalMinor+2000 {
			t.Errorf("the budget was %+v and is %+v", was, after.Spending)
		}
	}
	s.settled(t)
}

func (s store) setPolicy(t *testing.T, policy shop.Policy) {
	t.Helper()
	if err := s.SetPolicy(t, "", policy); err != nil {
		t.Fatal(err)
	}
}

func (s store) budgets(t *testing.T) []shop.Budget {
	t.Helper()
	books, err := s.Table.Books(t.Context(), s.Agent.Account())
	if err != nil {
		t.Fatal(err)
	}
	return books.Budgets
}

// What costs money is never begun without a purchase.
func TestExtendIsBought(t *testing.T) {
	t.Parallel()
	s := newIdleStore(t, dynamotest.Embedded(t), license.Desk{})
	service := s.bought(t)
	if a := s.Call(t, http.MethodPost, storetest.Services+"/"+service+"/license/extend", map[string]any{"seats": 1}); a.Status != http.StatusNotFound {
		t.Errorf("%d: %s", a.Status, a.Body)
	}
	_, err := s.Shop.Act(t.Context(), shop.Caller{Account: s.Agent.Account()}, id.Service(service), license.ServiceType,
		shop.Intent{Action: "extend", Input: []byte(`{"seats":1}`)}, shop.Request[shop.Accepted]{})
	if err == nil || !strings.Contains(err.Error(), "costs money") {
		t.Errorf("it is begun: %v", err)
	}

	// Who may extend may ask what it costs, and who may buy buys it.
	s.Key = s.NewKey(t, s.Agent, shop.ScopeQuotesWrite, shop.ScopePurchasesWrite)
	s.expectRefused(t, s.quoteSeats(t, service, 1), fault.InsufficientScope, s.balance(t))
	s.Key = s.NewKey(t, s.Agent, "licenses:extend")
	quote := s.quoted(t, service, 1)
	s.expectRefused(t, s.Buy(t, quote, "k"), fault.InsufficientScope, s.balance(t))
}

// free is the shelf of the store without the actions that cost money.
func free() product.Shelf {
	goods := slices.Clone(app.Shelf())
	for i, p := range goods {
		goods[i].Words = func() product.Words {
			words := p.Words()
			words.Actions = slices.DeleteFunc(words.Actions, func(a product.Action) bool { return a.Charge != nil })
			return words
		}
	}
	return goods
}

// The quote stands in the place of the action, wherever operations are listed, and a
// store that sells no such action says nothing of it.
func TestExtendIsListed(t *testing.T) {
	t.Parallel()
	table := make(map[string]api.Operation)
	for _, o := range api.All(shelf()) {
		table[o.Name] = o
	}
	if o, listed := table["license_extend_quote"]; !listed || table["license_extend"].Name != "" || o.Scope != "licenses:extend" || !strings.Contains(o.Description, "purchase_create") {
		t.Errorf("the table has %+v and %+v", o, table["license_extend"])
	}
	for _, o := range api.All(free()) {
		for _, code := range []fault.Code{fault.ActionInProgress, fault.ServiceNotReady, fault.QuoteExpired} {
			begins := strings.HasSuffix(o.Name, "purchase_create") || o.Name == "approval_approve"
			if begins && !slices.Contains(table[o.Name].Errors, code) {
				t.Errorf("%s does not say that it answers %s", o.Name, code)
			}
			if !slices.Equal(table[o.Name].Errors, o.Errors) && !begins {
				t.Errorf("%s answers %v, and elsewhere %v", o.Name, table[o.Name].Errors, o.Errors)
			}
		}
		if strings.HasSuffix(o.Name, "purchase_create") && slices.Contains(o.Errors, fault.ServiceNotReady) {
			t.Error("purchase_create answers service_not_ready where no action is bought")
		}
	}
	for _, sells := range []bool{true, false} {
		goods := map[bool]product.Shelf{true: shelf(), false: free()}[sells]
		document, err := openapi.Document(goods)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{`"/v1/agent/services/{serviceId}/license/extend/quote"`, "whose action is bought", "the action that it began", "what it was bought by"} {
			if strings.Contains(string(document), text) != sells {
				t.Errorf("the OpenAPI document has %s: %v, want %v", text, !sells, sells)
			}
		}
	}
	s := newIdleStore(t, dynamotest.Embedded(t), license.Desk{})
	if llms := s.Call(t, http.MethodGet, "/llms.txt", nil); !strings.Contains(string(llms.Body), "license_extend_quote") {
		t.Error("llms.txt has no license_extend_quote")
	}
}

// Who decides about an extension reads on the page what it is and what it costs.
func TestExtendOnThePage(t *testing.T) {
	t.Parallel()
	s := newIdleStore(t, dynamotest.Embedded(t), license.Desk{})
	owner := s.Owner(t)
	account := owner.Caller(t).Account
	s.Fund(t, account, 1_000_000)
	s.Agent = s.Shop.IDs.Agent(account)
	s.Key = s.NewKey(t, s.Agent, s.Shop.Products.Scopes()...)
	service := s.bought(t)
	s.setPolicy(t, shop.Policy{Limits: []shop.Limit{{Currency: "usd", ApprovalAbove: new(int64(0))}}})
	parked := s.parked(t, service, 2)
	page := owner.Open(t, shop.ApprovalPath+string(approvalOf(parked)))
	for _, text := range []string{"<strong>extend Render</strong>", "<dt>Seats</dt><dd>2</dd>", service, "20.00", "50.00"} {
		if !strings.Contains(page.Body, text) {
			t.Errorf("the page has no %s: %s", text, page.Body)
		}
	}
	if strings.Contains(page.Body, "Configuration") {
		t.Error("the page speaks of a configuration that nobody chooses")
	}
}

// An agent that sees its own alone extends its own, and finds it in its lists as it is.
func TestExtendItsOwn(t *testing.T) {
	t.Parallel()
	s := newIdleStore(t, dynamotest.Embedded(t), license.Desk{})
	another := s.bought(t)
	foreign := s.quoted(t, another, 1)
	s.Agent = s.Shop.IDs.OwnAgent(s.Agent.Account())
	s.Key = s.NewKey(t, s.Agent, s.Shop.Products.Scopes()...)
	own := s.bought(t)
	balance := s.balance(t)
	s.expectRefused(t, s.quoteSeats(t, another, 1), fault.NotFound, balance)
	s.expectRefused(t, s.Buy(t, foreign, "k"), fault.NotFound, balance)
	s.Clock.Advance(time.Minute)
	bought := s.extend(t, own, 1)
	s.settled(t)
	s.Work(t)
	list := s.Call(t, http.MethodGet, storetest.Purchases, nil)
	if list.Get("purchases", 0, "actionId") != bought.Get("purchase", "actionId") || list.Get("purchases", 2) != nil {
		t.Errorf("it lists %s", list.Body)
	}
	s.settled(t)
}
