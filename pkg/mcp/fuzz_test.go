package mcp_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
)

// FuzzMessage: whatever is sent, with a key or without and in any revision, the
// answer is JSON or nothing, and never our fault.
func FuzzMessage(f *testing.F) {
	for _, revision := range []string{"", "2025-11-25", newest} {
		for _, withKey := range []bool{true, false} {
			for _, body := range seeds(f) {
				f.Add(body, revision, withKey)
			}
		}
	}
	s := storetest.New(f, dynamotest.Embedded(f), storetest.Options{})
	f.Fuzz(func(t *testing.T, body []byte, revision string, withKey bool) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // what takes as long hangs
		defer cancel()
		r := s.Request(t, http.MethodPost, "/mcp", string(body)).WithContext(ctx)
		r.Header.Set("Content-Type", "application/json")
		if !withKey {
			r.Header.Del("Authorization")
		}
		if revision != "" && plain(revision) {
			r.Header.Set("Mcp-Protocol-Version", revision)
		}
		a := do(t, r)
		if a.Status >= http.StatusInternalServerError {
			t.Errorf("%d: %s", a.Status, a.Body)
		}
		if len(a.Body) > 0 && (!json.Valid(a.Body) || a.Header.Get("Content-Type") != "application/json") {
			t.Errorf("%d, %s: %q", a.Status, a.Header.Get("Content-Type"), a.Body)
		}
	})
}

// plain reports whether a text can be sent as a header.
func plain(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}

// seeds are messages of all kinds.
func seeds(f *testing.F) [][]byte {
	f.Helper()
	meta := modernMeta()
	messages := []any{
		toolCall("service_list", object{"limit": 1}),
		toolCall("quote_create", storetest.Order()),
		toolCall("purchase_create", object{"quoteId": "quo_x", "idempotencyKey": "k"}),
		message("tools/call", object{
			"name": "server_reinstall", "arguments": object{"serviceId": "svc_x", "image": "debian-12"}, "requestState": "x",
			"inputResponses": object{"consent": object{"action": "accept", "content": object{"approve": true}}}, "_meta": meta,
		}),
		message("initialize", object{"protocolVersion": newest, "capabilities": object{}, "clientInfo": object{"name": "a", "version": "1"}}),
		message("server/discover", object{"_meta": meta}),
		message("tools/list", object{"cursor": "x", "_meta": meta}),
		message("resources/read", object{"uri": "agentstore://services/svc_x"}),
		message("prompts/get", object{"name": "buy_server", "arguments": object{"purpose": "{{region}}"}}),
		message("subscriptions/listen", object{"_meta": meta}),
		[]any{message("ping", nil), message("subscriptions/listen", object{}), toolCall("service_list", nil)},
		object{"jsonrpc": "2.0", "method": "notifications/cancelled", "params": object{"requestId": 1}},
	}
	out := [][]byte{[]byte(""), []byte("["), []byte("null"), []byte(`{"jsonrpc":"2.0","id":1}`), []byte(`{"jsonrpc":"2.0","id":{},"method":"ping"}`)}
	for _, m := range messages {
		text, err := json.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		out = append(out, text)
	}
	return out
}
