package e2e

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
)

// askers are a store with an owner in a browser, and an agent that may buy nothing
// without them.
type askers struct {
	*storetest.Store
	owner *storetest.Browser
	agent string
}

func onEachAskers(t *testing.T, run func(t *testing.T, s askers)) {
	t.Helper()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s := askers{Store: storetest.New(t, engine, storetest.Options{DemoCredit: money.Money{Minor: 2 * quotedPrice, Currency: "usd"}})}
		s.owner = s.Owner(t)
		s.agent = member(t, s.owner, http.MethodPost, "/agents", object{"name": "deployer"}, 201).Text("agent", "id")
		s.Key = member(t, s.owner, http.MethodPost, "/agents/"+s.agent+"/keys", object{"name": "ci", "scopes": []string{
			"catalog:read", "quotes:write", "quotes:read", "purchases:write", "purchases:read", "services:read", "servers:reinstall",
		}}, 201).Text("secret")
		s.policy(t, object{"approvalAboveMinor": 0})
		run(t, s)
	})
}

// policy sets the limits of the agent, in dollars.
func (s askers) policy(t *testing.T, limit object) {
	t.Helper()
	limit["currency"] = "usd"
	member(t, s.owner, http.MethodPut, "/agents/"+s.agent+"/policy", object{"limits": []any{limit}}, 200)
}

// park buys by a key, and waits for an approval.
func (s askers) park(t *testing.T, key string) (quote string, parked storetest.Answer) {
	t.Helper()
	quote = s.Quote(t)
	parked = s.Buy(t, quote, key)
	expectStatus(t, parked, http.StatusCreated)
	if parked.Text("purchase", "status") != "pending_approval" {
		t.Fatalf("it is not parked: %s", parked.Body)
	}
	return quote, parked
}

// wait lets time go by, in which the owner's session ends.
func (s *askers) wait(t *testing.T, d time.Duration) {
	t.Helper()
	s.Clock.Advance(d)
	s.owner = s.Owner(t)
}

func (s askers) approve(t *testing.T, approval string, status int) storetest.Answer {
	t.Helper()
	return member(t, s.owner, http.MethodPost, "/approvals/"+approval+"/approve", nil, status)
}

func (s askers) deny(t *testing.T, approval string, status int) storetest.Answer {
	t.Helper()
	return member(t, s.owner, http.MethodPost, "/approvals/"+approval+"/deny", object{"note": "not now"}, status)
}

// expectStands expects what the agent reads of a purchase, and the owner of its
// approval and the wallet.
func (s askers) expectStands(t *testing.T, parked storetest.Answer, purchase, approval string, balance int) {
	t.Helper()
	seen := s.Call(t, http.MethodGet, storetest.Purchases+"/"+parked.Text("purchase", "id"), nil)
	if got := seen.Text("purchase", "status"); got != purchase {
		t.Errorf("the purchase is %s, want %s", got, purchase)
	}
	services, _ := seen.Get("purchase", "services").([]any)
	if (len(services) > 0) != (purchase == "completed") {
		t.Errorf("it has the services %v", services)
	}
	question := member(t, s.owner, http.MethodGet, "/approvals/"+parked.Text("purchase", "approvalId"), nil, 200)
	if got := question.Text("approval", "status"); got != approval {
		t.Errorf("the approval is %s, want %s", got, approval)
	}
	if got := member(t, s.owner, http.MethodGet, "/wallet", nil, 200).Get("wallet", "balanceMinor"); got != float64(balance) {
		t.Errorf("the wallet holds %v, want %d", got, balance)
	}
}

// What is parked costs nothing, counts for nothing and delivers nothing; its quote
// is used by it, and its key has its answer, before and after it was approved.
func TestParkedPurchase(t *testing.T) {
	t.Parallel()
	onEachAskers(t, func(t *testing.T, s askers) {
		quote, parked := s.park(t, "k")
		services, _ := parked.Get("services").([]any)
		if len(services) > 0 || parked.Get("service") != nil || len(parked.Get("fixes").([]any)) == 0 || parked.Text("purchase", "approvalExpiresAt") == "" {
			t.Errorf("the answer is %s", parked.Body)
		}
		s.expectStands(t, parked, "pending_approval", "pending", 2*quotedPrice)
		spending := member(t, s.owner, http.MethodGet, "/agents/"+s.agent+"/policy", nil, 200)
		if sums, _ := spending.Get("spending", "sums").([]any); len(sums) > 0 {
			t.Errorf("it counts: %s", spending.Body)
		}
		again := s.Buy(t, quote, "another key")
		if again.Code() != "quote_already_used" || again.Text("purchaseId") != parked.Text("purchase", "id") ||
			again.Text("approvalId") != parked.Text("purchase", "approvalId") || again.Text("approvalUrl") != parked.Text("purchase", "approvalUrl") {
			t.Errorf("the quote that waits is used again: %s", again.Body)
		}
		for _, step := range []func(){func() {}, func() { s.approve(t, parked.Text("purchase", "approvalId"), 200) }} {
			step()
			again := s.Buy(t, quote, "k")
			if again.Header.Get("Idempotent-Replayed") != "true" || !bytes.Equal(again.Body, parked.Body) {
				t.Errorf("the same key gets %s", again.Body)
			}
		}
		s.expectStands(t, parked, "completed", "approved", quotedPrice)
		if again := s.Buy(t, quote, "another key"); again.Code() != "quote_already_used" || again.Text("approvalId") != "" {
			t.Errorf("the quote that waits no more is used again: %s", again.Body)
		}
		s.approve(t, parked.Text("purchase", "approvalId"), 409)
		s.deny(t, parked.Text("purchase", "approvalId"), 409)
		s.expectStands(t, parked, "completed", "approved", quotedPrice)
	})
}

// The price is held although the quote has long expired, and the catalog counts no
// more.
func TestApprovedAtTheHeldPrice(t *testing.T) {
	t.Parallel()
	onEachAskers(t, func(t *testing.T, s askers) {
		_, parked := s.park(t, "k")
		s.wait(t, 24*time.Hour-time.Millisecond)
		done := s.approve(t, parked.Text("purchase", "approvalId"), 200)
		if done.Get("purchase", "totalPriceMinor") != float64(quotedPrice) || done.Text("purchase", "agentId") != s.agent {
			t.Errorf("approved is %s", done.Body)
		}
		s.expectStands(t, parked, "completed", "approved", quotedPrice)
	})
}

func TestDenied(t *testing.T) {
	t.Parallel()
	onEachAskers(t, func(t *testing.T, s askers) {
		_, parked := s.park(t, "k")
		approval := parked.Text("purchase", "approvalId")
		if got := s.deny(t, approval, 200).Text("approval", "note"); got != "not now" {
			t.Errorf("the note is %q", got)
		}
		s.expectStands(t, parked, "denied", "denied", 2*quotedPrice)
		s.approve(t, approval, 409)
		s.deny(t, approval, 409)
		s.expectStands(t, parked, "denied", "denied", 2*quotedPrice)
	})
}

func TestExpired(t *testing.T) {
	t.Parallel()
	onEachAskers(t, func(t *testing.T, s askers) {
		_, parked := s.park(t, "k")
		approval := parked.Text("purchase", "approvalId")
		s.wait(t, 24*time.Hour)
		s.expectStands(t, parked, "expired", "expired", 2*quotedPrice)
		for _, a := range []storetest.Answer{s.approve(t, approval, 409), s.deny(t, approval, 409)} {
			if a.Code() != "approval_decided" || a.Text("approvalStatus") != "expired" {
				t.Errorf("a day later: %s", a.Body)
			}
		}
		s.expectStands(t, parked, "expired", "expired", 2*quotedPrice)
	})
}

// What is in the way of an approval leaves it as it is: once that is gone, it can
// be approved. Whoever reads the question is told beforehand.
func TestNotYet(t *testing.T) {
	t.Parallel()
	onEachAskers(t, func(t *testing.T, s askers) {
		_, parked := s.park(t, "k")
		approval := parked.Text("purchase", "approvalId")
		for _, limit := range []object{{"perPurchaseMinor": quotedPrice - 1}, {"perDayMinor": 0}, {"totalMinor": 1}} {
			s.policy(t, limit)
			s.expectObstacle(t, approval, "spend_limit_exceeded")
			if a := s.approve(t, approval, 403); a.Code() != "spend_limit_exceeded" {
				t.Errorf("above a limit: %s", a.Body)
			}
		}
		member(t, s.owner, http.MethodPut, "/policy", object{"frozen": true}, 200)
		s.policy(t, object{})
		s.expectObstacle(t, approval, "policy_violation")
		if a := s.approve(t, approval, 403); a.Code() != "policy_violation" || a.Text("layer") != "account" || a.Text("rule") != "frozen" {
			t.Errorf("while frozen: %s", a.Body)
		}
		s.expectStands(t, parked, "pending_approval", "pending", 2*quotedPrice)
		member(t, s.owner, http.MethodPut, "/policy", object{}, 200)
		s.expectObstacle(t, approval, "")
		for _, key := range []string{"a", "b"} { // which takes all the money
			expectStatus(t, s.Buy(t, s.Quote(t), key), http.StatusCreated)
		}
		s.expectObstacle(t, approval, "insufficient_funds")
		if a := s.approve(t, approval, 402); a.Code() != "insufficient_funds" {
			t.Errorf("without money: %s", a.Body)
		}
		s.expectStands(t, parked, "pending_approval", "pending", 0)
		s.Fund(t, id.Agent(s.agent).Account(), quotedPrice)
		s.expectObstacle(t, approval, "")
		s.approve(t, approval, 200)
		s.expectObstacle(t, approval, "")
		s.expectStands(t, parked, "completed", "approved", 0)
	})
}

// expectObstacle expects what a question says of its approval, in the words of the
// refusal that an approval would get; nothing where the code is empty.
func (s askers) expectObstacle(t *testing.T, approval, code string) {
	t.Helper()
	question := member(t, s.owner, http.MethodGet, "/approvals/"+approval, nil, 200)
	if got := question.Text("obstacle", "code"); got != code {
		t.Errorf("the obstacle is %q, want %q: %s", got, code, question.Body)
	}
	if code == "" {
		return
	}
	refused := s.owner.Call(t, http.MethodPost, storetest.Account+"/approvals/"+approval+"/approve", object{})
	if detail := question.Text("obstacle", "detail"); detail == "" || detail != refused.Text("detail") {
		t.Errorf("beforehand it says %q, and the approval %s", detail, refused.Body)
	}
}

// The agent that asks for more than the wallet holds is told at once, by each protocol
// and beforehand by a dry run.
func TestParkedAboveTheWallet(t *testing.T) {
	t.Parallel()
	onEachAskers(t, func(t *testing.T, s askers) {
		if _, parked := s.park(t, "within"); parked.Get("obstacle") != nil {
			t.Errorf("the wallet suffices: %s", parked.Body)
		}
		order := storetest.Order()
		order["quantity"], order["idempotencyKey"] = 3, "above"
		const detail = "The price is $72.00, and the wallet holds $48.00."
		order["dryRun"] = true
		rehearsed := s.Call(t, http.MethodPost, storetest.Purchases, order)
		if reason := rehearsed.Text("dryRun", "reason"); !strings.HasSuffix(reason, " It cannot be approved yet. "+detail) {
			t.Errorf("the dry run says %s", rehearsed.Body)
		}
		delete(order, "dryRun")
		parked := s.Call(t, http.MethodPost, storetest.Purchases, order)
		if parked.Text("obstacle", "code") != "insufficient_funds" || parked.Text("obstacle", "detail") != detail || len(parked.Get("fixes").([]any)) != 3 {
			t.Errorf("it is parked with %s", parked.Body)
		}
		s.expectObstacle(t, parked.Text("purchase", "approvalId"), "insufficient_funds")
	})
}

// Who reads a question about an action is told that the service is busy.
func TestObstacleOfAnAction(t *testing.T) {
	t.Parallel()
	s := askers{Store: storetest.New(t, dynamotest.Embedded(t), storetest.Options{NoKick: true, DemoCredit: money.Money{Minor: 2 * quotedPrice, Currency: "usd"}})}
	s.owner = s.Owner(t)
	s.agent = member(t, s.owner, http.MethodPost, "/agents", object{"name": "deployer"}, 201).Text("agent", "id")
	s.Key = s.NewKey(t, id.Agent(s.agent), s.Shop.Products.Scopes()...)
	service := s.Service(t)
	s.Work(t)
	member(t, s.owner, http.MethodPut, "/services/"+service+"/protection", object{"protection": []string{"reinstall"}}, 200)
	asked := s.Call(t, http.MethodPost, storetest.Services+"/"+service+"/server/reinstall", object{"image": "debian-12"})
	s.expectObstacle(t, asked.Text("approvalId"), "")
	expectStatus(t, s.Call(t, http.MethodPost, storetest.Services+"/"+service+"/server/restart", object{}), http.StatusAccepted)
	s.expectObstacle(t, asked.Text("approvalId"), "action_in_progress")
}

// What waits already is asked once, by whatever key and protocol. A key that was
// answered stays so, and without one the question is about the service as it is.
func TestProtectedReinstall(t *testing.T) {
	t.Parallel()
	onEachAskers(t, func(t *testing.T, s askers) {
		s.policy(t, object{})
		service := s.Service(t)
		s.Work(t)
		path := storetest.Services + "/" + service
		protect := func() {
			member(t, s.owner, http.MethodPut, "/services/"+service+"/protection", object{"protection": []string{"reinstall"}}, 200)
		}
		ask := func(key, status string) string {
			t.Helper()
			in := object{"image": "debian-12"}
			if key != "" {
				in["idempotencyKey"] = key
			}
			a := s.Call(t, http.MethodPost, path+"/server/reinstall", in)
			if a.Code() != "approval_required" || a.Text("approvalStatus") != status || a.Text("approvalUrl") != s.URL+"/approvals/"+a.Text("approvalId") {
				t.Fatalf("the answer is %s, want %s", a.Body, status)
			}
			return a.Text("approvalId")
		}
		expectActions := func(want int) {
			t.Helper()
			actions, _ := s.Call(t, http.MethodGet, path+"/actions", nil).Get("actions").([]any)
			if len(actions) != want {
				t.Errorf("there are %d actions, want %d", len(actions), want)
			}
		}
		protect()
		first := ask("k", "pending")
		if again := ask("k", "pending"); again != first {
			t.Errorf("the same call asks %s, and before it asked %s", again, first)
		}
		for _, key := range []string{"another", ""} {
			if other := ask(key, "pending"); other != first {
				t.Errorf("the key %q asks %s beside what waits", key, other)
			}
		}
		session, _ := yesSayer(t, s.Store, s.Key)
		byMCP, err := session.CallTool(t.Context(), &sdk.CallToolParams{Name: "server_reinstall", Arguments: object{"serviceId": service, "image": "debian-12"}})
		if problem, _ := byMCP.StructuredContent.(object); err != nil || problem["approvalId"] != first {
			t.Errorf("over MCP it asks %v, %v", byMCP.StructuredContent, err)
		}
		other := s.Call(t, http.MethodPost, path+"/server/reinstall", object{"image": "ubuntu-24.04"})
		if other.Text("approvalStatus") != "pending" || other.Text("approvalId") == first {
			t.Errorf("another image is the same question: %s", other.Body)
		}
		s.deny(t, first, 200)
		if again := ask("k", "denied"); again != first {
			t.Errorf("after the denial it asks %s", again)
		}
		keyless := ask("", "pending")
		s.deny(t, keyless, 200)
		if again := ask("", "denied"); again != keyless {
			t.Errorf("the service is as it was, and it asks %s", again)
		}
		protect() // which changes the service
		if again := ask("k", "denied"); again != first {
			t.Errorf("a changed service lets an idempotency key ask %s", again)
		}
		second := ask("", "pending")
		if second == keyless {
			t.Errorf("a changed service makes no new question")
		}
		s.deny(t, second, 200)
		expectActions(0)
		third := ask("a third", "pending")
		s.approve(t, third, 200)
		s.approve(t, third, 409)
		s.Work(t)
		if again := ask("a third", "approved"); again != third {
			t.Errorf("after the approval the same call asks %s", again)
		}
		expectActions(1)
	})
}

// A reinstall that was answered before its service was protected is answered the
// same again, and asks nobody.
func TestAnswerFromBeforeTheProtection(t *testing.T) {
	t.Parallel()
	onEachAskers(t, func(t *testing.T, s askers) {
		s.policy(t, object{})
		service := s.Service(t)
		s.Work(t)
		reinstall := func() storetest.Answer {
			return s.Call(t, http.MethodPost, storetest.Services+"/"+service+"/server/reinstall", object{"image": "debian-12", "idempotencyKey": "k"})
		}
		first := reinstall()
		expectStatus(t, first, http.StatusAccepted)
		s.Work(t)
		member(t, s.owner, http.MethodPut, "/services/"+service+"/protection", object{"protection": []string{"reinstall"}}, 200)
		if again := reinstall(); !bytes.Equal(again.Body, first.Body) {
			t.Errorf("the answer is %s", again.Body)
		}
		if approvals, _ := member(t, s.owner, http.MethodGet, "/approvals", nil, 200).Get("approvals").([]any); len(approvals) > 0 {
			t.Errorf("the members are asked: %v", approvals)
		}
	})
}

// Whoever only says to be an agent can ask the members nothing.
func TestForgedKeyAsksNobody(t *testing.T) {
	t.Parallel()
	onEachAskers(t, func(t *testing.T, s askers) {
		s.policy(t, object{})
		service := s.Service(t)
		s.Work(t)
		member(t, s.owner, http.MethodPut, "/services/"+service+"/protection", object{"protection": []string{"reinstall"}}, 200)
		key := member(t, s.owner, http.MethodGet, "/agents/"+s.agent+"/keys", nil, 200).Text("keys", 0, "id")
		member(t, s.owner, http.MethodDelete, "/agents/"+s.agent+"/keys/"+key, nil, 200)
		a := s.Call(t, http.MethodPost, storetest.Services+"/"+service+"/server/reinstall", object{"image": "debian-12"})
		expectStatus(t, a, http.StatusUnauthorized)
		if approvals, _ := member(t, s.owner, http.MethodGet, "/approvals", nil, 200).Get("approvals").([]any); len(approvals) > 0 {
			t.Errorf("the members are asked: %v", approvals)
		}
	})
}

// An owner denies all that an agent asks, and reads how often it was refused: in the
// list, and in both files.
func TestDenyAllAndCount(t *testing.T) {
	t.Parallel()
	onEachAskers(t, func(t *testing.T, s askers) {
		_, first := s.park(t, "a")
		_, second := s.park(t, "b")
		denied := member(t, s.owner, http.MethodPost, "/agents/"+s.agent+"/approvals/deny", object{"note": "stop it"}, 200)
		if list, _ := denied.Get("denied").([]any); len(list) != 2 || denied.Text("denied", 1, "note") != "stop it" {
			t.Errorf("denied are %s", denied.Body)
		}
		for _, parked := range []storetest.Answer{first, second} {
			s.expectStands(t, parked, "denied", "denied", 2*quotedPrice)
		}

		const refusals = 25
		for range refusals {
			expectStatus(t, s.Buy(t, "quo_none", "k"), http.StatusNotFound)
		}
		query := "?operation=purchase_create&outcome=refused"
		list, _ := member(t, s.owner, http.MethodGet, "/audit"+query, nil, 200).Get("events").([]any)
		var counts []float64
		for _, e := range list {
			counts = append(counts, e.(object)["count"].(float64))
		}
		slices.Sort(counts)
		if len(counts) != 11 || counts[9] != 1 || counts[10] != refusals-10 {
			t.Errorf("the trail counts %v", counts)
		}
		if csv := member(t, s.owner, http.MethodGet, "/audit.csv"+query, nil, 200); !strings.Contains(string(csv.Body), `,"15","2026-01-31T12:00:00Z"`) {
			t.Errorf("the CSV is %s", csv.Body)
		}
		if lines := member(t, s.owner, http.MethodGet, "/audit.jsonl"+query, nil, 200); !strings.Contains(string(lines.Body), `"count":15,"lastAt":"2026-01-31T12:00:00Z"`) {
			t.Errorf("the lines are %s", lines.Body)
		}
	})
}
