package mcp_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"agentstore/internal/test/storetest"
	"agentstore/pkg/fault"
)

// line is a line of the log about a request.
type line struct {
	Msg, Level, RequestID, Operation, ClaimedAgent, Error string
	Status                                                any
}

// logged are the lines about requests to the store, from the first on.
func logged(t *testing.T, s *storetest.Store) []line {
	t.Helper()
	var lines []line
	for text := range strings.Lines(s.Log.String()) {
		var l line
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		if l.Msg == "request" {
			lines = append(lines, l)
		}
	}
	return lines
}

// TestLog: a request has one line, which says what was called, by whom, and what
// came of it.
func TestLog(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		send      func(*testing.T, *storetest.Store) storetest.Answer
		operation string
		anonymous bool
		error     string
	}{
		"a good call": {send: func(t *testing.T, s *storetest.Store) storetest.Answer {
			return post(t, s, toolCall("service_list", object{}))
		}, operation: "service_list"},
		"an error": {send: func(t *testing.T, s *storetest.Store) storetest.Answer {
			return post(t, s, toolCall("service_get", object{"serviceId": "svc_x"}))
		}, operation: "service_get", error: "not_found"},
		"no key": {send: func(t *testing.T, s *storetest.Store) storetest.Answer {
			return anonymous(t, s, toolCall("service_get", object{"serviceId": "svc_x"}))
		}, operation: "service_get", error: "unauthenticated", anonymous: true},
		"a public call": {send: func(t *testing.T, s *storetest.Store) storetest.Answer {
			return anonymous(t, s, toolCall("catalog_categories", object{}))
		}, operation: "catalog_categories", anonymous: true},
		"a resource": {send: func(t *testing.T, s *storetest.Store) storetest.Answer {
			return post(t, s, message("resources/read", object{"uri": "agentstore://services/svc_x"}))
		}, operation: "resources/read service", error: "not_found"},
		"a list": {send: func(t *testing.T, s *storetest.Store) storetest.Answer {
			return post(t, s, message("tools/list", object{}))
		}, operation: "mcp"},
		"no message": {send: func(t *testing.T, s *storetest.Store) storetest.Answer {
			return post(t, s, `hello`)
		}, operation: "mcp", error: "invalid_input"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStore(t)
			a := tc.send(t, s)
			lines := logged(t, s)
			if len(lines) != 1 {
				t.Fatalf("%d lines", len(lines))
			}
			got := lines[0]
			if got.Operation != tc.operation || got.Status != float64(a.Status) || got.Level != "INFO" || !strings.HasPrefix(got.Error, tc.error) || (got.Error == "") != (tc.error == "") {
				t.Errorf("%+v, want the operation %s, %d and %s", got, tc.operation, a.Status, tc.error)
			}
			if got.RequestID == "" || got.RequestID != a.Header.Get("X-Request-Id") {
				t.Errorf("the request is %s in the log: %v", got.RequestID, a.Header)
			}
			if tc.error != "" && !strings.Contains(string(a.Body), got.RequestID) {
				t.Errorf("the error does not have the request id %s: %s", got.RequestID, a.Body)
			}
			if (got.ClaimedAgent == string(s.Agent)) == tc.anonymous {
				t.Errorf("the agent is %q", got.ClaimedAgent)
			}
		})
	}
}

// TestLogKeepsSecrets: neither keys nor what a caller sends are in the log.
func TestLogKeepsSecrets(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	const secret = "hunter2hunter2"
	bodies := []any{
		toolCall("quote_create", order(object{"userData": secret})),
		toolCall("purchase_create", order(object{"userData": secret, "idempotencyKey": "k"})),
		toolCall("quote_create", order(object{"sshKeys": secret})),
		message("tools/call", []any{secret}),
		object{"jsonrpc": "2.0", "id": object{secret: 1}, "method": "ping"},
		`{"jsonrpc":"2.0","params":"` + secret + `"`,
		`{"jsonrpc":"2.0","id":1,"method":{"a":"` + secret + `"}}`,
		`[{"jsonrpc":"2.0","params":"` + secret + `"}]`,
		secret,
	}
	for _, body := range bodies {
		post(t, s, body)
		anonymous(t, s, body)
		modern(t, s, s.Key, toolCall("quote_create", object{"secret": secret}))
	}
	log := s.Log.String()
	if strings.Contains(log, secret) || strings.Contains(log, s.Key) {
		t.Errorf("the log holds a secret: %s", log)
	}
	if got, want := len(logged(t, s)), 3*len(bodies); got != want {
		t.Errorf("%d lines of %d requests", got, want)
	}
}

// TestNamesInLogAreBounded: names that do not exist may have any length.
func TestNamesInLogAreBounded(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	long := strings.Repeat("x", 10_000)
	post(t, s, message(long, object{}))
	post(t, s, toolCall(long, object{}))
	r := s.Request(t, http.MethodPost, "/mcp", message("ping", object{}))
	r.Header.Set("Origin", "https://"+long+".example")
	expectRefused(t, do(t, r), http.StatusForbidden, "id-of-ping", string(fault.OriginNotAllowed))
	for text := range strings.Lines(s.Log.String()) {
		if len(text) > 1000 {
			t.Errorf("%d bytes in the log: %.300s", len(text), text)
		}
	}
}
