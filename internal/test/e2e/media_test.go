package e2e

import (
	"net/http"
	"strings"
	"testing"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/internal/test/storetest/documented"
)

// TestMediaTypes: a refused body says which part of its description is wrong, and
// what is taken instead.
func TestMediaTypes(t *testing.T) {
	t.Parallel()
	s, recorder := recorded(t)
	ada := s.Owner(t)
	recorder.Reset()
	const fix = "Send the header Content-Type: application/json, once."
	tests := []struct {
		name    string
		header  http.Header
		detail  string
		headers http.Header
	}{
		{"none", http.Header{}, "The header Content-Type is missing.", http.Header{"Accept": {"application/json"}}},
		{"two", http.Header{"Content-Type": {"application/json", "application/json"}}, "The header Content-Type is given more than once.", nil},
		{"joined", http.Header{"Content-Type": {"application/json, application/json"}}, "The header Content-Type is given more than once.", nil},
		{"malformed", http.Header{"Content-Type": {"json"}}, `The header Content-Type says "json", but the body must be application/json.`, nil},
		{"empty", http.Header{"Content-Type": {""}}, `The header Content-Type says "", which is not a media type.`, nil},
		{"another", http.Header{"Content-Type": {"text/xml; charset=utf-8"}}, `The header Content-Type says "text/xml", but the body must be application/json.`, nil},
		{"charset", http.Header{"Content-Type": {"application/json; charset=latin1"}}, `The header Content-Type says the charset "latin1", but JSON is in UTF-8 (RFC 8259, section 8.1).`, nil},
		{"compressed", http.Header{"Content-Type": {"application/json"}, "Content-Encoding": {"gzip"}}, `The header Content-Encoding says "gzip", but bodies are taken only as they are.`, http.Header{"Accept-Encoding": {"identity"}}},
		{"twice compressed", http.Header{"Content-Type": {"application/json"}, "Content-Encoding": {"identity, br"}}, `The header Content-Encoding says "br", but bodies are taken only as they are.`, http.Header{"Accept-Encoding": {"identity"}}},
	}
	for _, tt := range tests {
		for _, r := range []*http.Request{
			s.Request(t, http.MethodPost, storetest.Quotes, storetest.Order()),
			ada.Request(t, http.MethodPost, storetest.Account+"/agents", object{"name": "a"}),
		} {
			r.Header.Del("Content-Type")
			for name, values := range tt.header {
				r.Header[name] = values
			}
			client := &ada.Client
			if strings.Contains(r.URL.Path, "agent/") {
				client = documented.Client(t)
			}
			a := storetest.Do(t, client, r)
			wantFix := fix
			if strings.Contains(tt.name, "compressed") {
				wantFix = "Send the body uncompressed, and leave Content-Encoding out."
			}
			if a.Status != http.StatusUnsupportedMediaType || a.Text("detail") != tt.detail || a.Text("fixes", 0) != wantFix {
				t.Errorf("%s to %s: %d %s", tt.name, r.URL.Path, a.Status, a.Body)
			}
			for name := range tt.headers {
				if a.Header.Get(name) != tt.headers.Get(name) {
					t.Errorf("%s: %s is %q", tt.name, name, a.Header.Get(name))
				}
			}
		}
	}
	r := s.Request(t, http.MethodPost, "/mcp", object{"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
	r.Header.Set("Content-Encoding", "gzip")
	if a := storetest.Do(t, http.DefaultClient, r); a.Status != 415 || a.Header.Get("Accept-Encoding") != "identity" || a.Text("error", "data", "code") != "unsupported_media_type" {
		t.Errorf("MCP: %d %v %s", a.Status, a.Header, a.Body)
	}
	expectNoWrites(t, recorder)

	good := s.Request(t, http.MethodPost, storetest.Quotes, storetest.Order())
	good.Header.Set("Content-Type", `Application/JSON; charset="UTF-8"`)
	good.Header.Set("Content-Encoding", "Identity")
	if a := storetest.Do(t, documented.Client(t), good); a.Status != http.StatusCreated {
		t.Errorf("what is taken: %d %s", a.Status, a.Body)
	}
}

// TestNumbersAreExact: what is not exactly an integer buys nothing.
func TestNumbersAreExact(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	order := func(quantity string) string {
		return `{"catalogItemId":"cat_vps_micro","quantity":` + quantity + `,"configuration":{"hostname":"a","region":"eu-west","image":"debian-12","billingTermMonths":1}}`
	}
	for _, quantity := range []string{"1.0000000000000001", "0.99999999999999999", "1e400", "9007199254740993", "1.5", "1e-400"} {
		a := s.Call(t, http.MethodPost, storetest.Quotes, order(quantity))
		if a.Status != 400 || a.Text("param") != "$.quantity" || a.Text("fixes", 0) == "" && quantity != "1.5" {
			t.Errorf("%s: %d %s", quantity, a.Status, a.Body)
		}
	}
	for _, quantity := range []string{"2", "2.0", "2e0", "0.2e1"} {
		if a := s.Call(t, http.MethodPost, storetest.Quotes, order(quantity)); a.Get("quote", "quantity") != 2.0 {
			t.Errorf("%s: %d %s", quantity, a.Status, a.Body)
		}
	}
}

// One title is true for a missing key and for a missing session.
func TestNoCredentials(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	for path, detail := range map[string]string{storetest.Services: "key", storetest.Account: "log"} {
		r := s.Request(t, http.MethodGet, path, nil)
		r.Header.Del("Authorization")
		a := storetest.Do(t, http.DefaultClient, r)
		if a.Status != 401 || a.Text("title") != "The credentials are missing or not valid" || !strings.Contains(a.Text("detail")+a.Text("fixes", 0), detail) {
			t.Errorf("%s: %d %s", path, a.Status, a.Body)
		}
	}
}
