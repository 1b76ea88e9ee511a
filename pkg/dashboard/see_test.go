package dashboard_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
)

// What only a provider knows of a service is on a page of its own, which the page of the
// service asks for when it is there: it never waits for a provider.
func TestMetrics(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{DemoCredit: money.Money{Minor: 100_000, Currency: "usd"}})
	b := s.LogIn(t, name, email)
	quote := b.Call(t, http.MethodPost, storetest.Account+"/quotes", storetest.Order()).Text("quote", "id")
	at := "/services/" + b.Call(t, http.MethodPost, storetest.Account+"/purchases", map[string]any{"quoteId": quote, "idempotencyKey": "k"}).Text("service", "id")
	asked := 0
	answer, refusal := json.RawMessage(`{"cpuPercent":[50,100],"diskReadBytesPerSecond":[0,1500],"networkInBytesPerSecond":[7]}`), error(nil)
	s.Shop.Remote = func(_ context.Context, r shop.RemoteRead) (json.RawMessage, error) {
		if asked++; r.Name != "metrics" {
			t.Errorf("%s is asked", r.Name)
		}
		return answer, refusal
	}
	page := b.Open(t, at)
	if asked != 0 || !strings.Contains(page.Body, `data-hx-get="`+at+`/see/server:metrics"`) || !strings.Contains(page.Body, `href="`+at+`/see/server:metrics"`) {
		t.Errorf("the page of the service asks %d times, and has no part for metrics: %s", asked, page.Body)
	}
	page = b.Open(t, at+"/see/server:metrics?span=24h")
	if lines := strings.Count(page.Body, "<polyline"); lines != 5 {
		t.Errorf("the page has %d lines, and the product 5", lines)
	}
	for _, want := range []string{`points="0,50.0 10,1.0"`, "Mean 75 %, most 100 %", "1.5 kB/s", `points="0,1.0 10,1.0"`, `aria-current="true">24h`, `id="charts"`} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	answer = json.RawMessage(`{}`) // a server that has done nothing yet
	expectPage(t, b.Open(t, at+"/see/server:metrics"), http.StatusOK, "0 %")
	expectPage(t, b.Open(t, at+"/see/server:none"), http.StatusNotFound, "nothing to see")
	expectPage(t, b.Open(t, "/services/svc_none/see/server:metrics"), http.StatusNotFound, "not_found")

	refusal = shop.RemoteUnavailable(errors.New("no"))
	expectPage(t, b.Open(t, at+"/see/server:metrics"), http.StatusServiceUnavailable, "does not answer at this moment")
}
