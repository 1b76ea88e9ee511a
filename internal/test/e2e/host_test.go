package e2e

import (
	"net/http"
	"strings"
	"testing"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/api"
	"agentstore/pkg/app"
	"agentstore/pkg/auth/issuer"
	"agentstore/pkg/money"
	"agentstore/pkg/rest"
	"agentstore/pkg/web"
)

// TestOtherHosts has each route be asked for at a host that is not the store's: by
// a page whose name was made to lead here, or by a caller who would see it in
// answers.
func TestOtherHosts(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{DemoCredit: money.Money{Minor: 100_000, Currency: "usd"}})
	h := everything(t, s, "ada")
	var requests []*http.Request
	for _, o := range api.All(app.Shelf()) {
		requests = append(requests, h.request(t, s, o, arguments(o, h)))
	}
	for path, methods := range web.PeoplePaths() {
		for _, method := range methods {
			requests = append(requests, s.Request(t, method, strings.TrimSuffix(path, "{$}"), nil))
		}
	}
	for _, path := range append(rest.ExportPaths(), web.OpenAPIPath, "/llms.txt", "/nothing") {
		requests = append(requests, s.Request(t, http.MethodGet, path, nil))
	}
	requests = append(requests, s.Request(t, http.MethodPost, web.MCPPath, object{"jsonrpc": "2.0", "id": 1, "method": "ping"}))
	before := items(t, s)
	for _, r := range requests {
		r.Host = "evil.example"
		a := storetest.Do(t, &h.browser.Client, r)
		if a.Code() != "misdirected" || a.Status != http.StatusMisdirectedRequest || strings.Contains(string(a.Body), r.Host) {
			t.Errorf("%s %s: %d %s", r.Method, r.URL.Path, a.Status, a.Body)
		}
	}
	if after := items(t, s); after != before {
		t.Errorf("they have changed the table:\n%s\nfrom\n%s", after, before)
	}
	r := s.Request(t, http.MethodGet, web.HealthPath, nil)
	r.Host = "evil.example"
	if a := storetest.Do(t, http.DefaultClient, r); a.Status != http.StatusOK || string(a.Body) != "ok\n" {
		t.Errorf("its health is %d %s", a.Status, a.Body)
	}
}

// TestRowsKeepPaths: where the store is reached may change. Only an answer that is
// kept for a replay has its address, because it was answered.
func TestRowsKeepPaths(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{DemoCredit: money.Money{Minor: 100_000, Currency: "usd"}})
	h := everything(t, s, "ada")
	member(t, h.browser, http.MethodPut, "/agents/"+h.ids["agentId"]+"/policy", object{
		"limits": []any{object{"currency": "usd", "approvalAboveMinor": 1}},
	}, 200)
	s.Key = h.key
	if bought := s.Buy(t, s.Quote(t), "another"); !strings.HasPrefix(bought.Text("purchase", "approvalUrl"), s.URL) {
		t.Fatalf("no person is asked: %s", bought.Body)
	}
	kept := 0
	for line := range strings.Lines(items(t, s)) {
		// Who a person is, their issuer says, which is here for tests.
		switch line := strings.ReplaceAll(line, s.URL+issuer.Path, ""); {
		case !strings.Contains(line, s.URL):
		case strings.Contains(line, `"SK":"RECORD#`):
			kept++
		default:
			t.Errorf("a row has the address of the store: %s", line)
		}
	}
	if kept == 0 {
		t.Error("no kept answer has the address: nothing was looked for")
	}
}
