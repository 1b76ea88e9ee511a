package e2e

import (
	"hash/crc32"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/api"
	"agentstore/pkg/app"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
)

// tokenOf makes a token of a member, and returns its id and the whole of it.
func tokenOf(t *testing.T, b *storetest.Browser, with object) (id, secret string) {
	t.Helper()
	in := object{"name": "script", "scopes": []shop.Scope{shop.ScopeAccountRead}}
	for name, value := range with {
		in[name] = value
	}
	a := member(t, b, http.MethodPost, "/tokens", in, 201)
	return a.Text("token", "id"), a.Text("secret")
}

// script sends a request of the account API with a token, as no browser does.
func script(t *testing.T, s *storetest.Store, token, method, path string, body any) storetest.Answer {
	t.Helper()
	own := *s
	own.Key = token
	return own.Call(t, method, storetest.Account+path, body)
}

// allScopes are those of a token that may do all that a token may.
func allScopes() []shop.Scope {
	var all []shop.Scope
	for _, scope := range api.TokenScopes(app.Shelf()) {
		all = append(all, scope.Scope)
	}
	return all
}

// A script needs no cookie and no header of a browser, and what it does is in the trail
// with its member and its token.
func TestToken(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s := storetest.New(t, engine, storetest.Options{DemoCredit: money.Money{Minor: 100_000, Currency: "usd"}})
		b := s.Owner(t)
		id, secret := tokenOf(t, b, object{"role": "owner", "scopes": allScopes()})
		if a := script(t, s, secret, http.MethodGet, "", nil); a.Status != 200 || a.Text("me", "role") != "owner" {
			t.Errorf("the account is %d %s", a.Status, a.Body)
		}
		agent := script(t, s, secret, http.MethodPost, "/agents", object{"name": "by a script"})
		quote := script(t, s, secret, http.MethodPost, "/quotes", storetest.Order())
		bought := script(t, s, secret, http.MethodPost, "/purchases", object{"quoteId": quote.Get("quote", "id"), "idempotencyKey": "1"})
		if agent.Status != 201 || quote.Status != 201 || bought.Status != 201 {
			t.Errorf("the script gets %s, %s, %s", agent.Body, quote.Body, bought.Body)
		}
		trail := member(t, b, http.MethodGet, "/audit?actor="+id, nil, 200)
		var seen []string
		events, _ := trail.Get("events").([]any)
		for i := range events {
			seen = append(seen, trail.Text("events", i, "operation"))
			if trail.Text("events", i, "tokenId") != id || trail.Text("events", i, "personId") != string(b.Caller(t).Person) || trail.Text("events", i, "actorKind") != "person" {
				t.Errorf("an event is %v", events[i])
			}
		}
		slices.Sort(seen)
		if want := []string{"account_purchase_create", "account_quote_create", "agent_create"}; !slices.Equal(seen, want) {
			t.Errorf("the trail of the token has %v, want %v", seen, want)
		}
		list := member(t, b, http.MethodGet, "/tokens", nil, 200)
		if list.Text("tokens", 0, "status") != "good" || list.Text("tokens", 0, "lastUsedFor") != "account_get" || list.Text("tokens", 0, "lastUsedFrom") != "127.0.0.1" ||
			list.Text("tokens", 0, "lastUsedAt") != s.Clock.Now().Format(time.RFC3339) {
			t.Errorf("the tokens are %s", list.Body)
		}
		if stored := items(t, s); strings.Contains(stored, secret) || strings.Contains(string(list.Body), secret) || strings.Contains(s.Log.String(), secret) {
			t.Error("the token is kept, listed or logged")
		}
	})
}

// TestTokenAttacks tries what must not pass, each beside what does.
func TestTokenAttacks(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{DemoCredit: money.Money{Minor: 100_000, Currency: "usd"}})
	h, stranger := everything(t, s, "owner"), everything(t, s, "stranger")
	_, good := tokenOf(t, h.browser, nil)
	expect := func(what string, a storetest.Answer, status int, code string) {
		t.Helper()
		if a.Status != status || a.Code() != code {
			t.Errorf("%s: %d %s", what, a.Status, a.Body)
		}
	}
	expect("a good token", script(t, s, good, http.MethodGet, "/agents", nil), 200, "")

	swapped := good[:len(good)-1] + otherThan(good)
	other := member(t, h.browser, http.MethodPost, "/tokens", object{"name": "other", "scopes": []string{"account:read"}}, 201).Text("secret")
	name, secret, _ := strings.Cut(good, ".")
	otherName, _, _ := strings.Cut(other, ".")
	for what, token := range map[string]string{
		"a wrong checksum":              swapped,
		"a wrong secret":                resealed(name + "." + secret[:29] + otherThan(secret[:30])),
		"the secret of another token":   resealed(otherName + "." + secret[:30]),
		"a token that there is not":     resealed(name[:len(name)-1] + otherThan(name) + "." + secret[:30]),
		"a token of the other mode":     resealed(strings.Replace(name, "_test_", "_live_", 1) + "." + secret[:30]),
		"a token spelled as a key":      resealed(strings.Replace(name, "asp_", "ask_", 1) + "." + secret[:30]),
		"the key of an agent":           h.key,
		"nothing":                       "",
		"the token of a session":        h.browser.Session(t),
		"the id of a token":             strings.TrimPrefix(name, "asp_test_"),
		"a token with something behind": good + "x",
	} {
		expect(what, script(t, s, token, http.MethodGet, "/agents", nil), 401, "unauthenticated")
	}

	// It opens the account that it was made for, and nothing that is somebody else's.
	expect("a service of another account", script(t, s, tokenWith(t, h.browser, "services:read"), http.MethodGet, "/services/"+stranger.ids["serviceId"], nil), 404, "not_found")
	id, _ := tokenOf(t, stranger.browser, nil)
	member(t, h.browser, http.MethodDelete, "/tokens/"+id, nil, 404)

	// In the query it is no token, and beside a cookie it is one credential too many.
	for _, query := range []string{"?access_token=" + good, "?token=" + good, "?authorization=Bearer%20" + good} {
		expect(query, script(t, s, "", http.MethodGet, "/agents"+query, nil), 401, "unauthenticated")
	}
	r := h.browser.Request(t, http.MethodGet, storetest.Account+"/agents", nil)
	r.Header.Set("Authorization", "Bearer "+good)
	expect("a cookie and a token", storetest.Do(t, &h.browser.Client, r), 400, "two_credentials")
	twice := s.Request(t, http.MethodGet, storetest.Account+"/agents", nil)
	twice.Header["Authorization"] = []string{"Bearer " + good, "Bearer " + good}
	expect("two tokens", storetest.Do(t, http.DefaultClient, twice), 401, "unauthenticated")

	// Pages do not take it.
	page := s.Request(t, http.MethodGet, "/services", nil)
	page.Header.Set("Authorization", "Bearer "+good)
	if a := storetest.Do(t, &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, page); a.Status == 200 {
		t.Errorf("a page opens with a token: %s", a.Body)
	}

	// It ends by revocation and by its end.
	id, ended := tokenOf(t, h.browser, nil)
	member(t, h.browser, http.MethodDelete, "/tokens/"+id, nil, 200)
	expect("a revoked token", script(t, s, ended, http.MethodGet, "/agents", nil), 401, "unauthenticated")
	member(t, h.browser, http.MethodDelete, "/tokens/"+id, nil, 200)
	_, brief := tokenOf(t, h.browser, object{"expiresAt": s.Clock.Now().Add(time.Hour)})
	s.Clock.Advance(time.Hour - time.Millisecond)
	expect("a token before its end", script(t, s, brief, http.MethodGet, "/agents", nil), 200, "")
	s.Clock.Advance(time.Millisecond)
	expect("an expired token", script(t, s, brief, http.MethodGet, "/agents", nil), 401, "unauthenticated")
}

// tokenWith is a token with one scope.
func tokenWith(t *testing.T, b *storetest.Browser, scope string) string {
	t.Helper()
	_, secret := tokenOf(t, b, object{"scopes": []string{scope}})
	return secret
}

// otherThan is a character that a text may end with, and this one does not.
func otherThan(text string) string {
	if strings.HasSuffix(text, "A") {
		return "B"
	}
	return "A"
}

// resealed ends a text with the checksum that belongs to it, as anybody can.
func resealed(body string) string {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	sum := crc32.ChecksumIEEE([]byte(body))
	var text [6]byte
	for i := range text {
		text[len(text)-1-i] = digits[sum%62]
		sum /= 62
	}
	return body + string(text[:])
}

// TestTokenScopes walks every operation of members with a token that has all scopes but
// the one it needs, and every operation of agents with one that has all.
func TestTokenScopes(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{DemoCredit: money.Money{Minor: 100_000, Currency: "usd"}})
	h := everything(t, s, "owner")
	id, all := tokenOf(t, h.browser, object{"role": "owner", "scopes": allScopes()})
	h.ids["tokenId"] = id
	without := make(map[shop.Scope]string)
	for _, scope := range allScopes() {
		rest := slices.DeleteFunc(allScopes(), func(s shop.Scope) bool { return s == scope })
		if len(without) == shop.MaxTokens-2 { // which is all that there is room for
			clearTokens(t, h.browser, id)
		}
		_, without[scope] = tokenOf(t, h.browser, object{"role": "owner", "scopes": rest})
		for _, o := range api.AccountOperations(app.Shelf()) {
			if o.TokenScope != scope {
				continue
			}
			a := storetest.Do(t, http.DefaultClient, withKey(h.request(t, s, o, arguments(o, h)), without[scope]))
			if a.Status != http.StatusForbidden || a.Code() != "insufficient_scope" || a.Text("missingScope") != string(scope) {
				t.Errorf("%s without %s: %d %s", o.Name, scope, a.Status, a.Body)
			}
		}
	}
	var none []string
	for _, o := range api.AccountOperations(app.Shelf()) {
		if o.TokenScope != "" {
			continue
		}
		none = append(none, o.Name)
		a := storetest.Do(t, http.DefaultClient, withKey(h.request(t, s, o, arguments(o, h)), all))
		if a.Status != http.StatusForbidden || a.Code() != "session_required" {
			t.Errorf("%s: %d %s", o.Name, a.Status, a.Body)
		}
	}
	if want := []string{"account_security_set", "session_list", "session_end", "session_end_all"}; !slices.Equal(none, want) {
		t.Errorf("no token may do %v, want %v", none, want)
	}
	for _, o := range api.Operations(app.Shelf()) {
		if a := storetest.Do(t, http.DefaultClient, withKey(h.request(t, s, o, arguments(o, h)), all)); a.Status != http.StatusUnauthorized {
			t.Errorf("%s with a token of a member: %d %s", o.Name, a.Status, a.Body)
		}
	}
	tool := object{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
	s.Key = all
	if a := s.Call(t, http.MethodPost, "/mcp", tool); a.Status != http.StatusUnauthorized {
		t.Errorf("MCP with a token of a member: %d %s", a.Status, a.Body)
	}
}

// clearTokens revokes all tokens of a member but one.
func clearTokens(t *testing.T, b *storetest.Browser, but string) {
	t.Helper()
	list := member(t, b, http.MethodGet, "/tokens", nil, 200)
	tokens, _ := list.Get("tokens").([]any)
	for i := range tokens {
		if id := list.Text("tokens", i, "id"); id != but && list.Text("tokens", i, "status") == "good" {
			member(t, b, http.MethodDelete, "/tokens/"+id, nil, 200)
		}
	}
}

// A token may do what its role says and what the role of its member says: the lower
// binds at each call.
func TestTokenRole(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{DemoCredit: money.Money{Minor: 100_000, Currency: "usd"}})
	h := everything(t, s, "owner")
	bob := joined(t, s, h, "bob", shop.RoleOwner)
	person := string(bob.Caller(t).Person)
	_, low := tokenOf(t, bob, object{"role": "viewer", "scopes": allScopes()})
	_, high := tokenOf(t, bob, object{"role": "owner", "scopes": allScopes()})
	make := func(token string, status int) {
		t.Helper()
		if a := script(t, s, token, http.MethodPost, "/agents", object{"name": "x"}); a.Status != status || status == 403 && (a.Code() != "insufficient_role" || a.Text("neededRole") != "owner") {
			t.Errorf("an agent by a token: %d %s", a.Status, a.Body)
		}
	}
	make(low, 403)
	make(high, 201)
	member(t, h.browser, http.MethodPut, "/members/"+person, object{"role": "operator"}, 200)
	make(high, 403)
	if a := script(t, s, high, http.MethodGet, "", nil); a.Text("me", "role") != "operator" {
		t.Errorf("the role is %s", a.Body)
	}
	if a := member(t, bob, http.MethodPost, "/tokens", object{"name": "x", "role": "owner", "scopes": []string{"account:read"}}, 403); a.Code() != "insufficient_role" {
		t.Errorf("a role above one's own: %s", a.Body)
	}
	member(t, h.browser, http.MethodPut, "/members/"+person, object{"role": "owner"}, 200)
	make(high, 201)

	// It ends with the membership, and does not come back with the next one.
	member(t, h.browser, http.MethodDelete, "/members/"+person, nil, 200)
	if a := script(t, s, high, http.MethodGet, "", nil); a.Status != 401 {
		t.Errorf("the token of a removed member: %d %s", a.Status, a.Body)
	}
	s.Clock.Advance(time.Millisecond)
	bob = joined(t, s, h, "bob", shop.RoleOwner)
	if a := script(t, s, high, http.MethodGet, "", nil); a.Status != 401 {
		t.Errorf("a token of an earlier membership: %d %s", a.Status, a.Body)
	}
	_, again := tokenOf(t, bob, nil)
	if a := script(t, s, again, http.MethodGet, "", nil); a.Status != 200 {
		t.Errorf("a token of the new membership: %d %s", a.Status, a.Body)
	}
}

// With a scope that stands for a recent login a token lives for a day, and no token makes
// one that may more, or for longer.
func TestTokenLifetime(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	b := s.Owner(t)
	now := s.Clock.Now()
	for _, scope := range api.TokenScopes(app.Shelf()) {
		longest := shop.TokenLifetime
		if scope.Brief {
			longest = shop.BriefLifetime
		}
		ask := func(end time.Time, status int) storetest.Answer {
			return member(t, b, http.MethodPost, "/tokens", object{"name": "x", "scopes": []shop.Scope{shop.ScopeAccountRead, scope.Scope}, "expiresAt": end}, status)
		}
		made := ask(now.Add(longest), 201)
		member(t, b, http.MethodDelete, "/tokens/"+made.Text("token", "id"), nil, 200)
		if a := ask(now.Add(longest+time.Millisecond), 400); a.Code() != "token_lifetime_exceeded" || scope.Brief && !strings.Contains(string(a.Body), string(scope.Scope)) {
			t.Errorf("a longer life with %s: %s", scope.Scope, a.Body)
		}
		if a := ask(now, 400); a.Code() != "invalid_input" || a.Text("errors", 0, "param") != "$.expiresAt" {
			t.Errorf("a token that has ended: %s", a.Body)
		}
	}
	if a := member(t, b, http.MethodPost, "/tokens", object{"name": "x", "scopes": []string{}}, 400); a.Text("errors", 0, "param") != "$.scopes" {
		t.Errorf("a token without scopes: %s", a.Body)
	}
	for _, name := range []shop.Scope{"approvals:decide", "protection:set", "policies:write", "keys:write", "members:write", "tokens:write", "purchases:write", "services:cancel"} {
		if !slices.ContainsFunc(api.TokenScopes(app.Shelf()), func(s api.TokenScope) bool { return s.Scope == name && s.Brief }) {
			t.Errorf("%s lives for longer than a day", name)
		}
	}

	maker := member(t, b, http.MethodPost, "/tokens", object{"name": "maker", "role": "operator", "scopes": []string{"tokens:write", "account:read", "services:cancel"}, "expiresAt": now.Add(2 * time.Hour)}, 201).Text("secret")
	by := func(in object) storetest.Answer {
		in["name"] = "made"
		return script(t, s, maker, http.MethodPost, "/tokens", in)
	}
	for what, a := range map[string]storetest.Answer{
		"insufficient_scope":      by(object{"scopes": []string{"keys:write"}}),
		"insufficient_role":       by(object{"scopes": []string{"account:read"}, "role": "owner"}),
		"token_lifetime_exceeded": by(object{"scopes": []string{"tokens:write"}, "expiresAt": now.Add(2*time.Hour + time.Millisecond)}),
	} {
		if a.Code() != what {
			t.Errorf("it is %d %s, want %s", a.Status, a.Body, what)
		}
	}
	if a := by(object{"scopes": []string{"services:cancel"}}); a.Text("token", "expiresAt") != now.Add(2*time.Hour).Format(time.RFC3339) {
		t.Errorf("a token made by a token: %s", a.Body)
	}
	if a := by(object{"scopes": []string{"account:read"}}); a.Text("token", "expiresAt") != now.Add(90*24*time.Hour).Format(time.RFC3339) {
		t.Errorf("a token made by a token: %s", a.Body)
	}
}

// A service is protected from tokens, too, unless they have the scope that lifts it.
func TestTokenHeedsProtection(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{DemoCredit: money.Money{Minor: 100_000, Currency: "usd"}})
	h := everything(t, s, "owner")
	s.Live(t)
	service := "/services/" + h.ids["serviceId"]
	member(t, h.browser, http.MethodPut, service+"/protection", object{"protection": []string{"cancel", "reinstall"}}, 200)
	_, weak := tokenOf(t, h.browser, object{"role": "operator", "scopes": []string{"services:cancel", "services:read", "servers:reinstall"}})
	_, strong := tokenOf(t, h.browser, object{"role": "operator", "scopes": []string{"services:cancel", "services:read", "servers:reinstall", "protection:set"}})
	preview := script(t, s, weak, http.MethodGet, service+"/cancel?ends=now", nil)
	cancel := object{"ends": "now", "token": preview.Get("token")}
	if a := script(t, s, weak, http.MethodPost, service+"/server/reinstall", object{"image": "debian-12"}); a.Status != 409 || a.Code() != "protected" {
		t.Errorf("a reinstall: %d %s", a.Status, a.Body)
	}
	if a := script(t, s, weak, http.MethodPost, service+"/cancel", cancel); a.Status != 409 || a.Code() != "protected" {
		t.Errorf("a cancellation: %d %s", a.Status, a.Body)
	}
	if a := script(t, s, strong, http.MethodPost, service+"/cancel", cancel); a.Status != 200 {
		t.Errorf("a cancellation with the scope: %d %s", a.Status, a.Body)
	}
}

// However many are asked for at once, a member has at most so many good tokens.
func TestTokenLimitUnderRaces(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s := storetest.New(t, engine, storetest.Options{})
		b := s.Owner(t)
		for range shop.MaxTokens - 2 {
			tokenOf(t, b, nil)
		}
		var group sync.WaitGroup
		for range 12 {
			group.Go(func() {
				b.Call(t, http.MethodPost, storetest.Account+"/tokens", object{"name": "x", "scopes": []string{"account:read"}})
			})
		}
		group.Wait()
		list := member(t, b, http.MethodGet, "/tokens", nil, 200)
		if tokens, _ := list.Get("tokens").([]any); len(tokens) != shop.MaxTokens {
			t.Errorf("there are %d tokens", len(tokens))
		}
		if a := member(t, b, http.MethodPost, "/tokens", object{"name": "x", "scopes": []string{"account:read"}}, 400); a.Code() != "invalid_input" {
			t.Errorf("one more: %s", a.Body)
		}
		clearTokens(t, b, "")
		tokenOf(t, b, nil)
	})
}
