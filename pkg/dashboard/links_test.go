package dashboard_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/app"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
)

// hostile is what somebody calls something who wants to harm those who look at it.
const hostile = `"><img src=x onerror=alert(1)>'&=1+1`

// Whoever follows every link from the first page finds a page behind each, and every
// page is in order: what refers to something on it finds it, and nothing that an agent or
// a member calls something becomes markup.
func TestLinks(t *testing.T) {
	t.Parallel()
	b := hostileStore(t)
	seen, todo := map[string]bool{"/": true}, []string{"/"}
	for _, searched := range []string{"/services?q=", "/services?label=", "/catalog?q=", "/audit?subject="} {
		todo = append(todo, searched+url.QueryEscape(hostile)) // what was searched for is on the page
	}
	for len(todo) > 0 {
		at := todo[0]
		todo = todo[1:]
		page := b.Open(t, at)
		if page.Status != http.StatusOK {
			t.Errorf("%s: status %d", at, page.Status)
			continue
		}
		if !strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") {
			continue
		}
		for _, next := range inspect(t, at, page.Body) {
			if !seen[next] {
				seen[next] = true
				todo = append(todo, next)
			}
		}
	}
	if len(seen) < 30 {
		t.Errorf("only %d pages are linked: %v", len(seen), seen)
	}
}

// inspect looks at a page, and returns the pages of the store that it links to.
func inspect(t *testing.T, at, body string) []string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	ids, refers, links := map[string]bool{}, []string{}, []string{}
	for node := range root.Descendants() {
		if node.Type != html.ElementNode {
			continue
		}
		if node.Data == "img" || node.Data == "iframe" || node.Data == "style" {
			t.Errorf("%s has an element %s", at, node.Data)
		}
		for _, a := range node.Attr {
			switch {
			case strings.HasPrefix(a.Key, "on") || a.Key == "style":
				t.Errorf("%s: a %s has %s", at, node.Data, a.Key)
			case a.Key == "id" && ids[a.Val]:
				t.Errorf("%s has two elements %s", at, a.Val)
			case a.Key == "id":
				ids[a.Val] = true
			case a.Key == "for" || a.Key == "aria-labelledby" || a.Key == "aria-describedby" || a.Key == "popovertarget":
				refers = append(refers, a.Val)
			case a.Key == "href" && node.Data == "a":
				links = append(links, local(t, at, a.Val)...)
			}
		}
	}
	for _, name := range refers {
		if !ids[name] {
			t.Errorf("%s refers to %q, which is not there", at, name)
		}
	}
	return links
}

// local is the page that a link leads to, if it is one of the store, without what the
// script of a browser would look up on it.
func local(t *testing.T, at, link string) []string {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		t.Errorf("%s links to %q: %v", at, link, err)
		return nil
	}
	u.Fragment = ""
	if u.Host != "" || u.String() == "" || strings.HasPrefix(u.Path, "/login") {
		return nil
	}
	return []string{u.String()}
}

// hostileStore is a store where everything that can have a name has a hostile one.
func hostileStore(t *testing.T) *storetest.Browser {
	t.Helper()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{DemoCredit: money.Money{Minor: 100_000, Currency: "usd"}})
	b := s.LogIn(t, hostile, email)
	call := func(method, path string, body map[string]any) storetest.Answer {
		t.Helper()
		a := b.Call(t, method, storetest.Account+path, body)
		if a.Status >= 300 {
			t.Fatalf("%s %s: %d %s", method, path, a.Status, a.Body)
		}
		return a
	}
	agent := id.Agent(call(http.MethodPost, "/agents", map[string]any{"name": hostile}).Text("agent", "id"))
	call(http.MethodPost, "/agents/"+string(agent)+"/keys", map[string]any{"name": hostile})
	call(http.MethodPost, "/invitations", map[string]any{"email": "grace@example.com", "role": "viewer"})
	s.Key = s.NewKey(t, agent, app.Shelf().Rules().Scopes()...)
	order := storetest.Order()
	order["configuration"].(map[string]any)["userData"] = hostile
	bought := s.Buy(t, s.Call(t, http.MethodPost, storetest.Quotes, order).Text("quote", "id"), hostile)
	call(http.MethodPost, "/services/"+bought.Text("service", "id")+"/server/restart", map[string]any{})
	call(http.MethodPut, "/policy", map[string]any{"limits": []any{map[string]any{"currency": "usd", "approvalAboveMinor": 0}}, "regions": []any{"<img>"}})
	call(http.MethodPut, "/policy", map[string]any{"limits": []any{map[string]any{"currency": "usd", "approvalAboveMinor": 0}}})
	asked := s.Buy(t, s.Call(t, http.MethodPost, storetest.Quotes, order).Text("quote", "id"), "asked")
	call(http.MethodPost, "/approvals/"+asked.Text("purchase", "approvalId")+"/deny", map[string]any{"note": hostile})
	s.Buy(t, s.Call(t, http.MethodPost, storetest.Quotes, order).Text("quote", "id"), "open")
	if trail := b.Open(t, storetest.Account+"/audit.csv"); strings.Contains(trail.Body, "\n=") || strings.Contains(trail.Body, ",=") {
		t.Errorf("a spreadsheet would calculate %s", trail.Body)
	}
	return b
}
