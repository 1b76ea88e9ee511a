package e2e

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/api"
	"agentstore/pkg/app"
	"agentstore/pkg/money"
	"agentstore/pkg/web"
)

// TestHEAD: every operation that takes GET answers HEAD with the same headers, and
// without a body. The errors of both are alike, too.
func TestHEAD(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{DemoCredit: money.Money{Minor: 100_000, Currency: "usd"}})
	ada, bob := everything(t, s, "ada"), everything(t, s, "bob")
	for _, o := range api.All(app.Shelf()) {
		if o.Method != http.MethodGet {
			continue
		}
		for _, h := range []household{ada, bob} {
			get := storetest.Do(t, &ada.browser.Client, ada.request(t, s, o, arguments(o, h)))
			r := ada.request(t, s, o, arguments(o, h))
			r.Method = http.MethodHead
			head := storetest.Do(t, &ada.browser.Client, r)
			for _, header := range []http.Header{get.Header, head.Header} {
				header.Del("Date")
				header.Del("X-Request-Id")
			}
			if diff := cmp.Diff(get.Header, head.Header); diff != "" || head.Status != get.Status || len(head.Body) > 0 {
				t.Errorf("%s: %d and not %d, %q (-GET +HEAD):\n%s", o.Name, head.Status, get.Status, head.Body, diff)
			}
		}
	}
}

// TestOPTIONS: every path says what it takes, to anybody, and nothing of CORS; any
// other method is refused with the same list.
func TestOPTIONS(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	taken := map[string][]string{web.MCPPath: {"POST"}, web.OpenAPIPath: {"GET"}, web.HealthPath: {"GET"}, web.LoginPath: {"GET"}}
	for _, o := range api.All(app.Shelf()) {
		path := strings.NewReplacer("{", "", "}", "").Replace(o.Path)
		taken[path] = append(taken[path], o.Method)
	}
	for path, methods := range taken {
		methods = append(methods, "OPTIONS")
		if slices.Contains(methods, "GET") {
			methods = append(methods, "HEAD")
		}
		slices.Sort(methods)
		want := strings.Join(methods, ", ")
		for method, status := range map[string]int{"OPTIONS": http.StatusNoContent, "PATCH": http.StatusMethodNotAllowed} {
			r := s.Request(t, method, path, nil)
			r.Header.Del("Authorization")
			r.Header.Set("Origin", "https://elsewhere.example.com")
			r.Header.Set("Access-Control-Request-Method", "POST")
			a := storetest.Do(t, http.DefaultClient, r)
			if got := a.Header.Get("Allow"); a.Status != status || got != want || status == http.StatusNoContent && len(a.Body) > 0 {
				t.Errorf("%s %s: %d, Allow %q, want %q: %s", method, path, a.Status, got, want, a.Body)
			}
			for name := range a.Header {
				if strings.HasPrefix(name, "Access-Control-") {
					t.Errorf("%s %s speaks of %s", method, path, name)
				}
			}
		}
	}
	r := s.Request(t, http.MethodOptions, "/v1/agent/nothing", nil)
	if a := storetest.Do(t, http.DefaultClient, r); a.Status != http.StatusNotFound || a.Header.Get("Allow") != "" {
		t.Errorf("a path that is none: %d %v", a.Status, a.Header)
	}
}
