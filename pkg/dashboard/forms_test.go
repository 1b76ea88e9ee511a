package dashboard_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/license"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/app"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

func funded(t *testing.T) (*storetest.Store, *storetest.Browser) {
	t.Helper()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{DemoCredit: money.Money{Minor: 10_000, Currency: "usd"}})
	return s, s.LogIn(t, name, email)
}

// order is what the form of a VPS Micro holds.
func order(more ...string) url.Values {
	fields := url.Values{
		"idempotencyKey": {"once"}, "quantity": {"1"}, "configuration.hostname": {"web"}, "configuration.region": {"eu-west"},
		"configuration.image": {"debian-12"}, "configuration.billingTermMonths": {"1"},
	}
	for i := 0; i < len(more); i += 2 {
		fields.Set(more[i], more[i+1])
	}
	return fields
}

const microPath = "/catalog/cat_vps_micro"

// A form that is sent twice makes one quote, and a quote is bought once.
func TestTwiceIsOnce(t *testing.T) {
	t.Parallel()
	_, b := funded(t)
	first, second := b.Send(t, microPath, order()), b.Send(t, microPath, order())
	expectPage(t, first, http.StatusOK, "1 × VPS Micro", "Buy for $20.00", "Held until")
	if first.URL.Path != second.URL.Path || !strings.HasPrefix(first.URL.Path, "/quotes/") {
		t.Errorf("the quotes are at %s and %s", first.URL, second.URL)
	}
	bought, again := b.Send(t, first.URL.Path, nil), b.Send(t, first.URL.Path, nil)
	expectPage(t, bought, http.StatusOK, "Completed", "$20.00")
	if bought.URL.Path != again.URL.Path {
		t.Errorf("the purchases are at %s and %s", bought.URL, again.URL)
	}
	expectPage(t, b.Open(t, first.URL.Path), http.StatusOK, "See the purchase")
	expectPage(t, b.Open(t, "/wallet"), http.StatusOK, "$80.00", "−$20.00")
	service := b.Call(t, http.MethodGet, storetest.Account+"/purchases", nil)
	if by := service.Text("purchases", 0, "personId"); by != string(b.Caller(t).Person) {
		t.Errorf("the purchase was made by %q", by)
	}
}

// What is wrong with a form is said beside its field, and what was written stays.
func TestMistakesAreMended(t *testing.T) {
	t.Parallel()
	_, b := funded(t)
	page := b.Send(t, microPath, order("configuration.hostname", "Not a name", "configuration.sshKeys", "ssh-ed25519 AAAA\nnot a key", "quantity", "3", "expiresAfter", "P7D"))
	expectPage(t, page, http.StatusBadRequest, `value="Not a name"`, `aria-invalid="true"`, `id="configuration.hostname-error"`, "not a key", `value="3"`, "Nothing was changed or paid")
	if !regexp.MustCompile(`<option value="P7D" selected`).MatchString(page.Body) {
		t.Errorf("the end is lost: %s", page.Body)
	}
	expectPage(t, b.Send(t, microPath, order("configuration.region", "mars")), http.StatusUnprocessableEntity, "eu-west")
	dear := b.Send(t, "/catalog/cat_gpu_h100", order("configuration.image", "nvidia-ai-ubuntu"))
	if dear.Status == http.StatusOK { // the price of which is above what the wallet holds
		expectPage(t, b.Send(t, dear.URL.Path, nil), http.StatusPaymentRequired, "The wallet holds too little", "Buy for")
	}
}

// The price follows what is written, before it is complete, and binds nobody.
func TestPriceFollows(t *testing.T) {
	t.Parallel()
	s, b := funded(t)
	expectPage(t, b.Open(t, microPath), http.StatusOK, "$20.00", "Within the limits of the account", "Wallet after this purchase", "$80.00")
	part := b.Send(t, microPath+"/price", order("configuration.hostname", "", "configuration.backupsEnabled", "true", "quantity", "2", "expiresAfter", "P7D"))
	expectPage(t, part, http.StatusOK, "$48.00", "Given back when it is deleted", `id="estimate"`)
	if strings.Contains(part.Body, "<html") {
		t.Errorf("the price is a whole page: %s", part.Body)
	}
	expectPage(t, b.Send(t, microPath+"/price", order("quantity", "9")), http.StatusOK, "$80.00 more is needed in the wallet")
	if quotes := s.Call(t, http.MethodGet, storetest.Purchases, nil); quotes.Status != http.StatusOK {
		t.Errorf("%s", quotes.Body)
	}
}

// A viewer sees everything, and what they may not do says so; a stranger finds nothing.
func TestPagesKnowRoles(t *testing.T) {
	t.Parallel()
	s, b := funded(t)
	quote := b.Send(t, microPath, order())
	purchase := b.Send(t, quote.URL.Path, nil)
	service := "/services/" + b.Call(t, http.MethodGet, storetest.Account+"/services", nil).Text("services", 0, "id")
	agent := b.Send(t, "/agents", url.Values{"name": {"ci"}, "sees": {"own"}}).URL.Path
	agent = strings.TrimSuffix(agent, "/limits")
	open := b.Send(t, microPath, order("idempotencyKey", "another")).URL.Path

	invited := b.Call(t, http.MethodPost, storetest.Account+"/invitations", map[string]any{"email": "eve@example.com", "role": "viewer"})
	viewer := s.LogIn(t, "Eve", "eve@example.com")
	viewer.Send(t, strings.TrimPrefix(invited.Text("link"), s.URL), nil)
	stranger := s.LogIn(t, "Bob", "bob@example.com")

	for _, at := range []string{quote.URL.Path, purchase.URL.Path, service, service + "/cancel", service + "/protection", service + "/do/restart", agent, agent + "/limits", agent + "/keys"} {
		expectPage(t, viewer.Open(t, at), http.StatusOK)
		expectPage(t, stranger.Open(t, at), http.StatusNotFound, "not_found")
	}
	for at, fields := range map[string]url.Values{
		microPath: order(), open: nil, service + "/do/restart": {}, service + "/cancel": {"ends": {"end_of_term"}, "token": {"x"}}, service + "/renewal": {"autoRenew": {"false"}},
		service + "/protection": {}, "/agents": {"name": {"x"}}, agent: {"name": {"x"}}, agent + "/limits": {"currency": {"usd"}}, agent + "/freeze": {"frozen": {"true"}},
		agent + "/keys": {"name": {"x"}}, "/limits": {"currency": {"usd"}}, "/members/invitations": {"email": {"x@example.com"}, "role": {"owner"}}, "/settings": {"requireMfa": {"false"}},
		"/settings/ssh-keys": {"name": {"x"}, "publicKey": {"x"}},
	} {
		expectPage(t, viewer.Send(t, at, fields), http.StatusForbidden, "insufficient_role")
		if strings.Contains(at, "_0") { // which names an object
			if got := stranger.Send(t, at, fields).Status; got != http.StatusNotFound && got != http.StatusBadRequest {
				t.Errorf("a stranger's form at %s: %d", at, got)
			}
		}
	}
	for at, words := range map[string]string{microPath: "an operator or an owner can buy", open: "an operator or an owner can buy", "/connect": "only an owner makes agents"} {
		expectPage(t, viewer.Open(t, at), http.StatusOK, words)
	}
}

// A button without a page of its own, pressed with an old login, is found again where it
// stands, and nothing has happened.
func TestButtonsSurviveTheLogin(t *testing.T) {
	t.Parallel()
	s, b := funded(t)
	b.Send(t, b.Send(t, microPath, order()).URL.Path, nil)
	service := "/services/" + b.Call(t, http.MethodGet, storetest.Account+"/services", nil).Text("services", 0, "id")
	agent := strings.TrimSuffix(b.Send(t, "/agents", url.Values{"name": {"ci"}, "sees": {"own"}}).URL.Path, "/limits")
	for _, form := range [][2]string{ // the last one is what the browser keeps
		{service + "/renewal", service}, {agent + "/freeze", agent}, {"/members/invitations", "/members"}, {agent + "/limits", agent + "/limits"},
	} {
		at, to := form[0], form[1]
		s.Clock.Advance(16 * time.Minute)
		page := b.Send(t, at, url.Values{"autoRenew": {"false"}, "frozen": {"true"}, "email": {"x@example.com"}, "role": {"viewer"}, "currency": {"usd"}, "perMonthMinor": {"12.50"}})
		if page.URL.Path != "/local-issuer/authorize" {
			t.Fatalf("%s leads to %s", at, page.URL)
		}
		back := b.LogIn(t, "/login?max_age=900&return="+url.QueryEscape(to+"?again"), name, email)
		expectPage(t, back, http.StatusOK, "You have logged in again, but nothing")
	}
	expectPage(t, b.Open(t, agent+"/limits"), http.StatusOK, "12.50") // what was written there
	got := b.Call(t, http.MethodGet, storetest.Account+service, nil)
	if got.Get("service", "billing", "autoRenew") != true {
		t.Errorf("the renewal was changed: %s", got.Body)
	}
}

// Who sets some limits on the page keeps the others.
func TestLimitsKeepTheRest(t *testing.T) {
	t.Parallel()
	_, b := funded(t)
	agent := strings.TrimSuffix(b.Send(t, "/agents", url.Values{"name": {"ci"}, "sees": {"own"}}).URL.Path, "/limits")
	api := storetest.Account + agent + "/policy"
	b.Call(t, http.MethodPut, api, map[string]any{
		"limits":         []any{map[string]any{"currency": "eur", "perDayMinor": 700}, map[string]any{"currency": "usd", "totalMinor": 1}},
		"hours":          map[string]any{"from": "08:00", "to": "20:00"},
		"catalogItemIds": []any{"cat_vps_micro"},
	})
	fields := sent(t, b.Open(t, agent+"/limits").Body, agent+"/limits")
	for name, value := range map[string]string{"totalMinor": "", "perMonthMinor": "300", "approvalAboveMinor": "50.5", "maxLiveServices": "8", "maxLease": "PT24H", "regions": "eu-west\r\nus-east"} {
		fields[name][0] = value
	}
	expectPage(t, b.Send(t, agent+"/limits", fields), http.StatusOK,
		"Up to $300.00 a month.", "Above $50.50 a member must approve.", "At most 8 live services.", "within 24 hours", "eu-west, us-east", "Up to €7.00 a day.", "Only from 08:00 to 20:00, UTC+00:00.")
	policy := b.Call(t, http.MethodGet, api, nil)
	if policy.Get("policy", "limits", 1, "perMonthMinor") != 30_000.0 || policy.Text("policy", "hours", "from") != "08:00" || policy.Text("policy", "catalogItemIds", 0) != "cat_vps_micro" {
		t.Errorf("the policy is %s", policy.Body)
	}
	expectPage(t, b.Send(t, agent+"/limits", url.Values{"currency": {"usd"}, "perMonthMinor": {"much"}}), http.StatusBadRequest, "must be an amount", `value="much"`)
	b.Send(t, "/limits", url.Values{"currency": {"usd"}, "lowBalanceMinor": {"12.34"}})
	expectPage(t, b.Open(t, "/limits"), http.StatusOK, `value="12.34"`)
	expectPage(t, b.Send(t, agent+"/freeze", url.Values{"frozen": {"true"}}), http.StatusOK, "Frozen", "Up to $300.00 a month.")
}

// A product without servers, and without a provider, has sensible pages too.
func TestPagesOfAnotherProduct(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{
		Shelf: append(app.Shelf(), license.New()), Catalog: license.Catalog,
		Fulfilments: map[string]shop.Fulfilment{license.ServiceType: license.Desk{}},
		DemoCredit:  money.Money{Minor: 50_000, Currency: "usd"},
	})
	b := s.LogIn(t, name, email)
	expectPage(t, b.Open(t, "/catalog/cat_render"), http.StatusOK, "Edition", "Seats")
	quote := b.Send(t, "/catalog/cat_render", url.Values{
		"configuration.edition": {"team"}, "configuration.seats": {"7"}, "configuration.billingTermMonths": {"1"}, "quantity": {"1"},
	})
	expectPage(t, quote, http.StatusOK, "Buy for", "Edition", "team")
	expectPage(t, b.Send(t, quote.URL.Path, nil), http.StatusOK, "Completed")
	service := "/services/" + b.Call(t, http.MethodGet, storetest.Account+"/services", nil).Text("services", 0, "id")
	expectPage(t, b.Open(t, service), http.StatusOK, "7 seats", "Number", "LK-", "Rotate", "Active")
	expectPage(t, b.Open(t, service+"/do/rotate"), http.StatusOK, "leaked", "routine")
	expectPage(t, b.Send(t, service+"/do/rotate", url.Values{"reason": {"leaked"}}), http.StatusOK, "Rotate")
	expectPage(t, b.Open(t, service+"/do/restart"), http.StatusNotFound, "has no action")
	extend := b.Send(t, service+"/do/extend", url.Values{"seats": {"2"}, "months": {"1"}})
	if extend.Status == http.StatusOK && !strings.HasPrefix(extend.URL.Path, "/quotes/") {
		t.Errorf("an action that costs money leads to %s", extend.URL)
	}
}

// A page asks again in few bytes, and what it loads is kept by the browser for a year.
func TestPagesAreSmall(t *testing.T) {
	t.Parallel()
	_, b := funded(t)
	if page := b.Open(t, "/approvals?count=0"); page.Status != http.StatusNoContent {
		t.Errorf("unchanged: %d %s", page.Status, page.Body)
	}
	expectPage(t, b.Open(t, "/approvals?count=3"), http.StatusOK, `id="waiting"`)
	home := b.Open(t, "/")
	first := len(home.Body)
	for _, at := range regexp.MustCompile(`/assets/[\w.]+`).FindAllString(home.Body, -1) {
		file := b.Open(t, at)
		if file.Status != http.StatusOK || file.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" {
			t.Errorf("%s: %d %v", at, file.Status, file.Header)
		}
	}
	files := map[string]int{}
	for _, at := range regexp.MustCompile(`/assets/[\w.]+`).FindAllString(home.Body, -1) {
		files[at] = len(b.Open(t, at).Body)
	}
	for _, size := range files {
		first += size
	}
	if len(files) != 5 || first > 100<<10 || len(home.Body) > 20<<10 {
		t.Errorf("%d files, %d bytes at first, %d later", len(files), first, len(home.Body))
	}
	expectPage(t, b.Open(t, strings.Replace(web.AssetPath, "{file}", "style.css", 1)), http.StatusNotFound, "There is no such file")
}

// The chosen colours are those of the next pages, and of no other browser.
func TestTheme(t *testing.T) {
	t.Parallel()
	s, b := funded(t)
	expectPage(t, b.Send(t, "/theme", url.Values{"theme": {"dark"}, "return": {"/wallet"}}), http.StatusOK, `data-theme="dark"`, "Ledger")
	if page := s.LogIn(t, name, email).Open(t, "/"); strings.Contains(page.Body, "data-theme") {
		t.Errorf("another browser: %s", page.Body)
	}
	page := b.Send(t, "/theme", url.Values{"theme": {`x" onload="`}, "return": {"//evil.example.com"}})
	if strings.Contains(page.Body, "data-theme") || page.URL.Path != "/" {
		t.Errorf("%s: %s", page.URL, page.Body)
	}
}

// What has a label is found by it, and ended with everything else that has it, by two
// pages and a typed label.
func TestManyEnd(t *testing.T) {
	t.Parallel()
	s, b := funded(t)
	for _, key := range []string{"one", "two"} {
		b.Send(t, b.Send(t, microPath, order("idempotencyKey", key, "labels", "run=42\r\nci")).URL.Path, nil)
	}
	b.Send(t, b.Send(t, microPath, order("idempotencyKey", "other", "configuration.hostname", "kept")).URL.Path, nil)
	found := b.Open(t, "/services?label=run%3D42")
	expectPage(t, found, http.StatusOK, "run=42", "Cancel all of these")
	if strings.Contains(found.Body, "kept") {
		t.Errorf("the label finds another service: %s", found.Body)
	}
	page := b.Open(t, "/cancellations?label=run%3D42")
	expectPage(t, page, http.StatusOK, "Cancel 2 services now", "$40.00", "Type run=42 to cancel them")
	token := regexp.MustCompile(`name="token" value="([^"]+)"`).FindStringSubmatch(page.Body)[1]
	fields := url.Values{"label": {"run=42"}, "token": {token}, "named": {"run=42"}, "name": {"another"}}
	expectPage(t, b.Send(t, "/cancellations", fields), http.StatusBadRequest, "must be what the page asks for")
	fields.Set("name", "run=42")
	ended := b.Send(t, "/cancellations", fields)
	expectPage(t, ended, http.StatusOK, "Cancellation of 2 services", "Ending")
	if _, err := s.Worker.RunCancellations(t.Context()); err != nil {
		t.Fatal(err)
	}
	expectPage(t, b.Open(t, ended.URL.Path), http.StatusOK, "Done", "$40.00")
	expectPage(t, b.Open(t, "/services?status=active"), http.StatusOK, "kept")
	stranger := s.LogIn(t, "Bob", "bob@example.com")
	expectPage(t, stranger.Open(t, ended.URL.Path), http.StatusNotFound, "not_found")

	service := "/services/" + b.Call(t, http.MethodGet, storetest.Account+"/services?status=active", nil).Text("services", 0, "id")
	expectPage(t, b.Send(t, service+"/labels", url.Values{"labels": {"keep"}}), http.StatusOK, ">keep</a>")
	expectPage(t, b.Send(t, service+"/labels", url.Values{"labels": {"Not a label"}}), http.StatusBadRequest, "$.labels")
}

// What ends by itself is given more time on its page.
func TestExtend(t *testing.T) {
	t.Parallel()
	_, b := funded(t)
	b.Send(t, b.Send(t, microPath, order("expiresAfter", "P7D")).URL.Path, nil)
	service := "/services/" + b.Call(t, http.MethodGet, storetest.Account+"/services", nil).Text("services", 0, "id")
	expectPage(t, b.Open(t, service), http.StatusOK, "Deleted", "7 Feb", "30 days from now")
	expectPage(t, b.Send(t, service+"/extend", url.Values{"expiresAfter": {"P90D"}}), http.StatusOK, "Deleted", "1 May")
	expectPage(t, b.Send(t, service+"/extend", url.Values{"expiresAfter": {"P7D"}}), http.StatusBadRequest, "invalid_input")
}

// A member asks beforehand what the limits of an agent would say.
func TestWouldItBeAllowed(t *testing.T) {
	t.Parallel()
	_, b := funded(t)
	agent := strings.TrimSuffix(b.Send(t, "/agents", url.Values{"name": {"ci"}, "sees": {"own"}}).URL.Path, "/limits")
	for _, tt := range []struct {
		limits url.Values
		says   string
	}{
		{url.Values{}, "It would be bought for $20.00"},
		{url.Values{"approvalAboveMinor": {"5"}}, "It would wait for approval"},
		{url.Values{"perPurchaseMinor": {"5"}}, "is $5.00, and $5.00 is left"},
		{url.Values{"maxLease": {"PT24H"}}, "demands an end within"},
	} {
		tt.limits.Set("currency", "usd")
		b.Send(t, agent+"/limits", tt.limits)
		expectPage(t, b.Open(t, agent+"?item=cat_vps_micro"), http.StatusOK, tt.says)
	}
	expectPage(t, b.Open(t, agent+"?item=none"), http.StatusNotFound, "not_found")
	if purchases := b.Call(t, http.MethodGet, storetest.Account+"/purchases", nil); purchases.Get("purchases", 0) != nil {
		t.Errorf("something was bought: %s", purchases.Body)
	}
}

// An account with as many agents as it can have has pages like any other.
func TestManyAgents(t *testing.T) {
	t.Parallel()
	_, b := funded(t)
	for i := range shop.MaxAgents - 1 {
		if a := b.Call(t, http.MethodPost, storetest.Account+"/agents", map[string]any{"name": "agent"}); a.Status != http.StatusCreated {
			t.Fatalf("agent %d: %s", i, a.Body)
		}
	}
	expectPage(t, b.Open(t, "/"), http.StatusOK, "Spend by agent")
	expectPage(t, b.Open(t, "/agents"), http.StatusOK, "Open it to see its limits")
}

// A key that was added is chosen at the checkout, and the quote has it; the page shows
// what is wrong with another.
func TestSSHKeysOnPages(t *testing.T) {
	t.Parallel()
	_, b := funded(t)
	line := strings.TrimSpace(storetest.PublicKey(t, 1))
	page := b.Send(t, "/settings/ssh-keys", url.Values{"name": {"laptop"}, "publicKey": {line + " ada@example.com"}})
	expectPage(t, page, http.StatusOK, "laptop", "ada@example.com", "SHA256:", "Delete the SSH key laptop")
	again := b.Send(t, "/settings/ssh-keys", url.Values{"name": {"laptop"}, "publicKey": {storetest.PublicKey(t, 2)}})
	expectPage(t, again, http.StatusBadRequest, "is the name of another SSH key")
	expectPage(t, b.Open(t, microPath), http.StatusOK, `name="accountSshKeys" value="laptop"`)
	quoted := b.Send(t, microPath, order("accountSshKeys", "laptop"))
	expectPage(t, quoted, http.StatusOK, line)
	end := regexp.MustCompile(`/settings/ssh-keys/\w+/delete`).FindString(page.Body)
	expectPage(t, b.Send(t, end, nil), http.StatusOK, "There is none yet")
}

// Rules are lines of words, and what is wrong with one is said at the field.
func TestFirewallOnPages(t *testing.T) {
	t.Parallel()
	_, b := funded(t)
	quoted := b.Send(t, microPath, order("configuration.firewall", "tcp 22 0.0.0.0/0 ::/0\nicmp - 0.0.0.0/0"))
	expectPage(t, quoted, http.StatusOK)
	locked := b.Send(t, microPath, order("configuration.firewall", "tcp 443 ::/0", "idempotencyKey", "another"))
	expectPage(t, locked, http.StatusUnprocessableEntity, "Must admit tcp to port 22")
}

// Who freezes an agent on its page says what becomes of its services: they are kept, or
// ended once the name of the agent is typed.
func TestFreezeOnThePage(t *testing.T) {
	t.Parallel()
	s, b := funded(t)
	agent := strings.TrimSuffix(b.Send(t, "/agents", url.Values{"name": {"ci"}, "sees": {"own"}}).URL.Path, "/limits")
	expectPage(t, b.Open(t, agent), http.StatusOK, "Freeze</button>")
	own := *s
	own.Agent = id.Agent(strings.TrimPrefix(agent, "/agents/"))
	own.Key = b.Call(t, http.MethodPost, storetest.Account+agent+"/keys", map[string]any{"name": "k", "scopes": app.Shelf().Rules().Scopes()}).Text("secret")
	own.Service(t)
	own.Service(t)
	page := b.Open(t, agent)
	expectPage(t, page, http.StatusOK, "It has 2 services.", "they go on, and are renewed", "To cancel, type ci")
	fields := sent(t, page.Body, agent+"/freeze")
	fields.Set("frozen", "true")
	expectPage(t, b.Send(t, agent+"/freeze", fields), http.StatusOK, "Frozen", "Its 2 services go on, and are renewed, unless you cancel them.")
	b.Send(t, agent+"/freeze", url.Values{"frozen": {"false"}})

	fields = sent(t, b.Open(t, agent).Body, agent+"/freeze")
	fields.Set("frozen", "true")
	fields.Set("services", "cancel")
	expectPage(t, b.Send(t, agent+"/freeze", fields), http.StatusBadRequest, "must be the name of the agent", "Active")
	fields.Set("name", "ci")
	ended := b.Send(t, agent+"/freeze", fields)
	expectPage(t, ended, http.StatusOK, "Cancellation of 2 services", "Ending")
	if twice := b.Send(t, agent+"/freeze", fields); twice.URL.Path != ended.URL.Path {
		t.Errorf("sent twice it leads to %s, and not to %s", twice.URL.Path, ended.URL.Path)
	}
	s.Work(t)
	s.Clock.Advance(time.Minute)
	s.Live(t)
	expectPage(t, b.Open(t, ended.URL.Path), http.StatusOK, "Done")
	expectPage(t, b.Open(t, agent), http.StatusOK, "Frozen", "Live services</dt><dd>0")
}
