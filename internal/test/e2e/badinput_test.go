package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/internal/test/storetest/documented"
)

// TestBadBodies: no body that an agent may send by mistake, or a stranger on
// purpose, gets anything but a 4xx with its reason, and nothing is written.
func TestBadBodies(t *testing.T) {
	t.Parallel()
	s, recorder := recorded(t)
	posts := []string{
		storetest.Quotes, storetest.Purchases,
		storetest.Services + "/svc_x/server/restart", storetest.Services + "/svc_x/server/reinstall",
	}
	for name, body := range badBodies() {
		for _, path := range posts {
			if name == "null" && strings.Contains(path, "/server/") {
				continue // which need no member of a body, and take this one for none
			}
			a := storetest.Do(t, documented.Client(t), s.Request(t, http.MethodPost, path, body))
			expectRefusal(t, name+" to "+path, a)
		}
	}
	expectNoWrites(t, recorder)
}

func badBodies() map[string]string {
	deep := strings.Repeat(`{"configuration":`, 100) + "{}" + strings.Repeat("}", 100)
	return map[string]string{
		"no JSON":              `hello`,
		"an array":             `[]`,
		"a string":             `"quote"`,
		"null":                 `null`,
		"half an object":       `{"catalogItemId":"cat_vps_micro"`,
		"two objects":          `{}{}`,
		"a duplicate name":     `{"image":"debian-12","image":"debian-12"}`,
		"a deep duplicate":     `{"configuration":{"region":"eu-west","region":"moon"}}`,
		"invalid UTF-8":        "{\"image\":\"\xff\xfe\"}",
		"half a surrogate":     `{"image":"\ud800"}`,
		"a raw control":        "{\"image\":\"a\x00b\"}",
		"deep nesting":         deep,
		"very deep nesting":    strings.Repeat("[", 100_000),
		"an unknown field":     `{"colour":"red"}`,
		"the id in the body":   `{"serviceId":"svc_x"}`,
		"a null field":         `{"catalogItemId":null,"quoteId":null,"image":null,"idempotencyKey":null}`,
		"a number for a text":  `{"catalogItemId":7,"quoteId":7,"image":7,"idempotencyKey":7}`,
		"a huge number":        `{"quantity":1e400,"image":1e400}`,
		"more than 256 KiB":    `{"image":"` + strings.Repeat("x", 257<<10) + `"}`,
		"an empty key":         `{"idempotencyKey":"","image":"debian-12"}`,
		"a key too long":       `{"idempotencyKey":"` + strings.Repeat("k", 256) + `","image":"debian-12"}`,
		"a key not printable":  `{"idempotencyKey":"a\nb","image":"debian-12"}`,
		"a key not ASCII":      `{"idempotencyKey":"schlüssel","image":"debian-12"}`,
		"JSON with comments":   `{/* quick */}`,
		"JSON with a BOM":      "\ufeff{}",
		"a trailing comma":     `{"image":"debian-12",}`,
		"NaN":                  `{"quantity":NaN,"image":NaN}`,
		"an object for a text": `{"catalogItemId":{"$ne":1},"quoteId":{"$ne":1},"image":{"$ne":1},"idempotencyKey":{"$ne":1}}`,
	}
}

// TestBadFields: each field of an order, with each kind of bad value, is refused
// with its own path.
func TestBadFields(t *testing.T) {
	t.Parallel()
	s, recorder := recorded(t)
	for _, tc := range []struct {
		field string
		value any
	}{
		{"quantity", 0},
		{"quantity", -1},
		{"quantity", 11},
		{"quantity", 1.5},
		{"quantity", 1e18},
		{"quantity", "1"},
		{"quantity", true},
		{"catalogItemId", ""},
		{"catalogItemId", strings.Repeat("x", 65)},
		{"catalogItemId", []string{"cat_vps_micro"}},
		{"configuration", "hostname"},
		{"configuration", []any{}},
		{"configuration.hostname", "UPPER"},
		{"configuration.hostname", "-a"},
		{"configuration.hostname", "a..b"},
		{"configuration.hostname", ""},
		{"configuration.hostname", strings.Repeat("a", 64)},
		{"configuration.hostname", "a b"},
		{"configuration.hostname", "ünicode"},
		{"configuration.region", 1},
		{"configuration.region", "EU-WEST"},
		{"configuration.image", "ubuntu"},
		{"configuration.billingTermMonths", 2},
		{"configuration.billingTermMonths", "1"},
		{"configuration.billingTermMonths", -1},
		{"configuration.backupsEnabled", "true"},
		{"configuration.backupsEnabled", 1},
		{"configuration.sshKeys", "ssh-ed25519 AAAA"},
		{"configuration.userData", 5},
		{"configuration.userData", strings.Repeat("x", 32<<10+1)},
		{"configuration.password", "secret"},
	} {
		name := fmt.Sprintf("%s = %.20v", tc.field, tc.value)
		order := storetest.Order()
		set(order, tc.field, tc.value)
		a := storetest.Do(t, documented.Client(t), s.Request(t, http.MethodPost, storetest.Quotes, order))
		expectRefusal(t, name, a)
		if got := a.Text("param"); got != "$."+tc.field {
			t.Errorf("%s: param %q", name, got)
		}
		order["idempotencyKey"] = "k"
		b := storetest.Do(t, documented.Client(t), s.Request(t, http.MethodPost, storetest.Purchases, order))
		expectRefusal(t, "buying with "+name, b)
	}
	expectNoWrites(t, recorder)
}

// TestAllProblemsTogether: one answer names everything that is wrong.
func TestAllProblemsTogether(t *testing.T) {
	t.Parallel()
	s, _ := recorded(t)
	a := s.Call(t, http.MethodPost, storetest.Quotes, map[string]any{
		"catalogItemId": "cat_vps_micro", "configuration": map[string]any{
			"hostname": "-", "region": "moon", "image": "beos", "backupsEnabled": "yes", "sshKeys": []string{"none"}, "colour": "red",
		},
	})
	expectRefusal(t, "everything wrong", a)
	var params []string
	for i := range 10 {
		if p := a.Text("errors", i, "param"); p != "" {
			params = append(params, p)
		}
	}
	slices.Sort(params)
	want := []string{
		"$.configuration.backupsEnabled", "$.configuration.billingTermMonths", "$.configuration.colour",
		"$.configuration.hostname", "$.configuration.image", "$.configuration.region", "$.configuration.sshKeys[0]",
	}
	if !slices.Equal(params, want) {
		t.Errorf("errors name %v, want %v", params, want)
	}
}

// TestBadRequests: the same for paths, queries and headers.
func TestBadRequests(t *testing.T) {
	t.Parallel()
	s, recorder := recorded(t)
	service := s.Service(t)
	recorder.Reset()
	const catalog = "/v1/agent/catalog"
	for name, change := range map[string]func(*http.Request){
		"limit of 0":            query(catalog + "?limit=0"),
		"limit of 101":          query(catalog + "?limit=101"),
		"a limit below 0":       query(catalog + "?limit=-1"),
		"limit in words":        query(catalog + "?limit=ten"),
		"a fraction of a limit": query(catalog + "?limit=1.5"),
		"an enormous limit":     query(catalog + "?limit=99999999999999999999"),
		"two limits":            query(catalog + "?limit=1&limit=2"),
		"an unknown parameter":  query(catalog + "?colour=red"),
		"a cursor of nobody":    query(catalog + "?cursor=abc"),
		"another list's cursor": query(storetest.Services + "?cursor=cHVyY2hhc2VzOnB1cl94"),
		"a long query":          query(catalog + "?q=" + strings.Repeat("x", 129)),
		"a query not UTF-8":     query(catalog + "?q=%ff"),
		"a half escape":         query(catalog + "?q=%zz"),
		"a semicolon":           query(catalog + "?q=a;limit=1"),
		"a path not UTF-8":      query(storetest.Services + "/%ff"),
		"a long id":             query(storetest.Services + "/" + strings.Repeat("x", 65)),
		"an id with a slash":    query(storetest.Services + "/a%2Fb"),
		"an id with a hash":     query(storetest.Services + "/%23"),
		"a path parameter in the query": func(r *http.Request) {
			query(storetest.Services + "/" + service + "?serviceId=x")(r)
		},
		"a trailing slash": query(storetest.Services + "/"),
		"a double slash":   query("//v1/agent/services"),
		"dots":             query("/v1/agent/x/../services"),
		"nothing there":    query("/v2/agent"),
		"a query on a POST": func(r *http.Request) {
			query(storetest.Services + "/" + service + "/server/restart?force=true")(r)
			r.Method = http.MethodPost
		},
		"a body on a GET":      func(r *http.Request) { body(r, "{}") },
		"two keys":             func(r *http.Request) { r.Header.Add("Authorization", r.Header.Get("Authorization")) },
		"no key":               func(r *http.Request) { r.Header.Del("Authorization") },
		"a Basic key":          func(r *http.Request) { r.Header.Set("Authorization", "Basic YTpi") },
		"two idempotency keys": restart(service, func(h http.Header) { h["Idempotency-Key"] = []string{"a", "b"} }),
		"joined keys":          restart(service, func(h http.Header) { h.Set("Idempotency-Key", "a, b") }),
		"a half-quoted key":    restart(service, func(h http.Header) { h.Set("Idempotency-Key", `"a`) }),
		"an empty key":         restart(service, func(h http.Header) { h.Set("Idempotency-Key", "") }),
		"a key too long":       restart(service, func(h http.Header) { h.Set("Idempotency-Key", strings.Repeat("k", 256)) }),
		"no content type":      restart(service, func(h http.Header) { h.Del("Content-Type") }, "{}"),
		"two content types": restart(service, func(h http.Header) {
			h["Content-Type"] = []string{"application/json", "application/json"}
		}, "{}"),
		"another charset": restart(service, func(h http.Header) { h.Set("Content-Type", "application/json; charset=latin1") }, "{}"),
		"XML":             restart(service, func(h http.Header) { h.Set("Content-Type", "application/xml") }, "<a/>"),
	} {
		r := s.Request(t, http.MethodGet, storetest.Services, nil)
		change(r)
		expectRefusal(t, name, storetest.Do(t, http.DefaultClient, r))
	}
	expectNoWrites(t, recorder)
}

func query(target string) func(*http.Request) {
	return func(r *http.Request) {
		path, raw, _ := strings.Cut(target, "?")
		r.URL.Opaque = "//" + r.URL.Host + path // sent as it is, whatever it holds
		r.URL.RawQuery = raw
	}
}

func restart(service string, change func(http.Header), bodies ...string) func(*http.Request) {
	return func(r *http.Request) {
		r.Method = http.MethodPost
		r.URL.Path = storetest.Services + "/" + service + "/server/restart"
		for _, b := range bodies {
			body(r, b)
		}
		change(r.Header)
	}
}

func body(r *http.Request, text string) {
	fresh, _ := http.NewRequest(http.MethodPost, "http://127.0.0.1", bytes.NewBufferString(text))
	r.Body, r.ContentLength, r.GetBody = fresh.Body, fresh.ContentLength, fresh.GetBody
	r.Header.Set("Content-Type", "application/json")
}

// recorded is a store whose requests to the table are recorded.
func recorded(t *testing.T) (*storetest.Store, *dynamotest.Recorder) {
	t.Helper()
	recorder := &dynamotest.Recorder{}
	return storetest.New(t, dynamotest.Embedded(t), storetest.Options{Client: []func(*dynamodb.Options){recorder.Record}}), recorder
}

func expectRefusal(t *testing.T, name string, a storetest.Answer) {
	t.Helper()
	if a.Status < 400 || a.Status > 499 {
		t.Errorf("%s: status %d: %s", name, a.Status, a.Body)
	}
	if a.Header.Get("Content-Type") != "application/problem+json" || a.Code() == "" || a.Get("status") != float64(a.Status) {
		t.Errorf("%s: not a problem: %s", name, a.Body)
	}
	if !json.Valid(a.Body) {
		t.Errorf("%s: not JSON: %s", name, a.Body)
	}
	// Each field at fault has something that can be done about it.
	if fixes, _ := a.Get("fixes").([]any); len(fixes) == 0 || slices.Contains(fixes, any("")) {
		t.Errorf("%s: nobody is told what to do: %s", name, a.Body)
	}
}

func expectNoWrites(t *testing.T, recorder *dynamotest.Recorder) {
	t.Helper()
	for _, call := range recorder.Calls() {
		if call.Operation != "GetItem" && call.Operation != "Query" {
			t.Errorf("the table got a %s", call.Operation)
		}
	}
}

// set puts a value at a path of names with dots between.
func set(object map[string]any, path string, value any) {
	outer, inner, nested := strings.Cut(path, ".")
	if nested {
		set(object[outer].(map[string]any), inner, value)
		return
	}
	object[outer] = value
}
