package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/api"
	"agentstore/pkg/app"
	"agentstore/pkg/money"
	"agentstore/pkg/schema"
	"agentstore/pkg/web"
)

// wrong are values of every type and of odd forms.
func wrong() []any {
	return []any{
		nil, true, 0, -1, 1.5, 1e18, "", " ", "UPPER", "a b", "ünicode", "127.0.0.1", "2026-13-45T99:99:99Z", "\u202e",
		strings.Repeat("x", 600),
		[]any{},
		[]any{nil, 1, "x"},
		object{},
		object{"unknown": 1},
	}
}

// spoiled are the arguments with one of them, at any depth, replaced by each wrong
// value, and with one that is not known.
func spoiled(s *schema.Schema, in object) []object {
	var out []object
	change := func(name string, value any) {
		changed := maps.Clone(in)
		changed[name] = value
		out = append(out, changed)
	}
	for _, name := range s.PropertyOrder {
		for _, value := range wrong() {
			change(name, value)
		}
		if inner, nested := in[name].(object); nested {
			for _, bad := range spoiled(s.Properties[name], inner) {
				change(name, bad)
			}
		}
	}
	change("unknown", 1)
	return out
}

// TestEveryRefusalSaysWhatToDo sends wrong arguments to every operation, by each
// protocol that has it. 852 answers of one such run left their readers alone.
func TestEveryRefusalSaysWhatToDo(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{DemoCredit: money.Money{Minor: 100_000, Currency: "usd"}})
	h := everything(t, s, "ada")
	refusals := 0
	check := func(name string, in object, problem storetest.Answer, path ...any) {
		t.Helper()
		at := func(member string) any { return problem.Get(append(slices.Clone(path), member)...) }
		if code, _ := at("code").(string); code == "" {
			return // it was taken
		}
		refusals++
		fixes, _ := at("fixes").([]any)
		if len(fixes) == 0 || slices.ContainsFunc(fixes, func(f any) bool { text, _ := f.(string); return len(strings.Fields(text)) < 3 }) {
			text, _ := json.Marshal(in)
			t.Errorf("%s with %.200s: nobody is told what to do: %s", name, text, problem.Body)
		}
	}
	for _, o := range api.All(app.Shelf()) {
		if strings.HasPrefix(o.Name, "session_") {
			continue // one of them ends the session
		}
		for _, in := range spoiled(o.FullInput(), arguments(o, h)) {
			if sendable(o, in) {
				a := storetest.Do(t, &h.browser.Client, h.request(t, s, o, in))
				check(o.Name, in, a)
				if a.Status >= http.StatusInternalServerError {
					t.Errorf("%s: %s", o.Name, a.Body)
				}
			}
			if o.Role == "" {
				call := object{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": object{"name": o.Name, "arguments": in}}
				r := withKey(s.Request(t, http.MethodPost, web.MCPPath, call), h.key)
				check(o.Name+" over MCP", in, storetest.Do(t, http.DefaultClient, r), "result", "structuredContent")
			}
		}
	}
	if refusals < 2000 {
		t.Errorf("only %d requests were refused", refusals)
	}
}

// sendable reports whether what is in the path and the query can be written there.
func sendable(o api.Operation, in object) bool {
	for name, value := range in {
		text, isText := value.(string)
		inPath := strings.Contains(o.Path, "{"+name+"}")
		if inPath && (!isText || strings.TrimSpace(text) == "") || o.Method == http.MethodGet && !isText {
			return false
		}
	}
	return true
}

// TestCaseIsNamed: whoever is refused for capitals alone is told so, by each protocol.
func TestCaseIsNamed(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{DemoCredit: money.Money{Minor: 100_000, Currency: "usd"}})
	h := everything(t, s, "ada")
	order := func(name, value string) object {
		o := storetest.Order()
		o["configuration"].(object)[name] = value
		return o
	}
	for _, tc := range []struct {
		operation string
		in        object
		lower     string
	}{
		{"quote_create", order("region", "EU-WEST"), "eu-west"},
		{"quote_create", order("image", "Debian-12"), "debian-12"},
		{"quote_create", order("hostname", "Web-1"), "web-1"},
		{"server_reinstall", object{"serviceId": h.ids["serviceId"], "image": "Debian-12"}, "debian-12"},
		{"catalog_search", object{"category": "Compute"}, "compute"},
		{"policy_set", object{"limits": []any{object{"currency": "USD"}}}, "usd"},
		{"policy_set", object{"hours": object{"from": "08:00", "to": "18:00", "days": []any{"Mon"}}}, "mon"},
		{"audit_list", object{"outcome": "Done"}, "done"},
		{"invitation_create", object{"email": "x@example.com", "role": "Owner"}, "owner"},
	} {
		for _, o := range api.All(app.Shelf()) {
			if o.Name != tc.operation {
				continue
			}
			answers := []storetest.Answer{storetest.Do(t, &h.browser.Client, h.request(t, s, o, tc.in))}
			if o.Role == "" {
				call := object{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": object{"name": o.Name, "arguments": tc.in}}
				answers = append(answers, storetest.Do(t, http.DefaultClient, withKey(s.Request(t, http.MethodPost, web.MCPPath, call), h.key)))
			}
			for _, a := range answers {
				if text := string(a.Body); !strings.Contains(text, "in lower case: ") || !strings.Contains(text, tc.lower) {
					t.Errorf("%s with %v: %s", tc.operation, tc.in, text)
				}
			}
		}
	}
}

// TestUnknownCategory: a search in a category that does not exist is no empty page.
func TestUnknownCategory(t *testing.T) {
	t.Parallel()
	s, _ := recorded(t)
	a := s.Call(t, http.MethodGet, "/v1/agent/catalog?category=gardening", nil)
	if a.Status != http.StatusBadRequest || a.Code() != "invalid_input" || a.Text("param") != "$.category" {
		t.Errorf("the answer is %s", a.Body)
	}
	categories, _ := s.Call(t, http.MethodGet, "/v1/agent/catalog/categories", nil).Get("categories").([]any)
	for _, category := range categories {
		if id, _ := category.(object)["id"].(string); id == "" || !strings.Contains(a.Text("fixes", 0), id) {
			t.Errorf("the fix %q does not name the category %q", a.Text("fixes", 0), id)
		}
	}
	if len(categories) == 0 {
		t.Error("there are no categories")
	}
	for _, all := range []string{"", "?category="} {
		if b := s.Call(t, http.MethodGet, "/v1/agent/catalog"+all, nil); b.Status != http.StatusOK || b.Text("items", 0, "id") == "" {
			t.Errorf("%q: %s", all, fmt.Sprint(b.Status, string(b.Body)))
		}
	}
}
