package mcp_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/app/full"
	"agentstore/pkg/fault"
	"agentstore/pkg/strictjson"
	"agentstore/pkg/web"
)

func pings(n int) []object {
	batch := make([]object, n)
	for i := range batch {
		batch[i] = object{"jsonrpc": "2.0", "id": i, "method": "ping"}
	}
	return batch
}

// TestBatchesHaveACeiling: none in the revisions that have none, and twenty messages
// in the others.
func TestBatchesHaveACeiling(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, tc := range []struct {
		revision string
		messages int
		refusal  fault.Code
	}{
		{"", 20, ""},
		{"", 21, fault.PayloadTooLarge},
		{"2025-03-26", 20, ""},
		{"2025-03-26", 21, fault.PayloadTooLarge},
		{"2024-11-05", 20, ""},
		{"2024-11-05", 2000, fault.PayloadTooLarge},
		{"2025-06-18", 1, fault.InvalidInput},
		{"2025-11-25", 1, fault.InvalidInput},
		{newest, 1, fault.InvalidInput},
		{"9999-01-01", 1, fault.InvalidInput},
	} {
		r := s.Request(t, http.MethodPost, "/mcp", pings(tc.messages))
		if tc.revision != "" {
			r.Header.Set("Mcp-Protocol-Version", tc.revision)
		}
		switch a := do(t, r); {
		case tc.refusal != "":
			expectRefused(t, a, tc.refusal.Status(), nil, string(tc.refusal))
		case a.Status != http.StatusOK || a.Get(tc.messages-1, "result") == nil:
			t.Errorf("%d messages of %q: %d %s", tc.messages, tc.revision, a.Status, a.Body)
		}
	}
}

// TestMessagesHaveACeiling: what would take many times its room once decoded is
// refused before.
func TestMessagesHaveACeiling(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	arguments := func(text string) string {
		return `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"service_get","arguments":` + text + `}}`
	}
	for name, tc := range map[string]struct {
		body    string
		refusal fault.Code
	}{
		"deep":    {arguments(strings.Repeat("[", 300) + strings.Repeat("]", 300)), fault.InvalidInput},
		"many":    {arguments("[" + strings.Repeat("1,", 20_000) + "1]"), fault.PayloadTooLarge},
		"objects": {arguments("[" + strings.Repeat("{},", 20_000) + "1]"), fault.PayloadTooLarge},
	} {
		r := s.Request(t, http.MethodPost, "/mcp", tc.body)
		r.Header.Set("Content-Type", "application/json")
		if a := do(t, r); a.Get("error", "data", "code") != string(tc.refusal) || a.Status != tc.refusal.Status() {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	// What only looks like it is none: it is in a text.
	quoted, err := json.Marshal(strings.Repeat(`[{"\",`, 20_000))
	if err != nil {
		t.Fatal(err)
	}
	if r := resultOf(t, post(t, s, arguments(`{"serviceId":`+string(quoted)+`}`))); r.body().Code() != string(fault.InvalidInput) {
		t.Errorf("a text: %s", r.StructuredContent)
	}
}

// TestWorstMessages sends what anybody can: no key is needed for it. The request
// costs calls, an answer and memory in proportion to a bound and not to its size.
// It runs alone, because it counts what the process allocates.
func TestWorstMessages(t *testing.T) {
	var recorder dynamotest.Recorder
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{Client: []func(*dynamodb.Options){recorder.Record}})
	lists := func(n int) []object {
		batch := make([]object, n)
		for i := range batch {
			batch[i] = object{"jsonrpc": "2.0", "id": i, "method": "tools/list"}
		}
		return batch
	}
	searches := make([]object, 20)
	for i := range searches {
		searches[i] = toolCall("catalog_search", object{"limit": 100})
		searches[i]["id"] = i
	}
	unknown := make([]object, 20)
	for i := range unknown {
		arguments := object{}
		for n := range 100 {
			arguments[fmt.Sprint(n)+strings.Repeat("<", 400)] = 1
		}
		unknown[i] = toolCall("catalog_search", arguments)
		unknown[i]["id"] = i
	}
	handler := full.Handler(web.Store{Frame: web.Frame{RequestID: anyID, Log: discard()}, Shop: s.Shop, Authenticate: nil})
	for _, tc := range []struct {
		name   string
		body   any
		status int
	}{
		{"3,900 tools/list", lists(3900), http.StatusRequestEntityTooLarge},
		{"20 tools/list", lists(20), http.StatusOK},
		{"20 catalog_search", searches, http.StatusOK},
		{"20 with 100 unknown names of 400 <", unknown, http.StatusOK},
	} {
		text, err := strictjson.Encode(tc.body)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:3000/mcp", bytes.NewReader(text))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		recorder.Reset()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		handler.ServeHTTP(w, r)
		runtime.ReadMemStats(&after)
		calls, allocated := len(recorder.Calls()), after.TotalAlloc-before.TotalAlloc
		t.Logf("%-36s %8d bytes in: %d, %8d bytes out, %3d calls, %4d MB allocated", tc.name, len(text), w.Code, w.Body.Len(), calls, allocated>>20)
		if w.Code != tc.status {
			t.Errorf("%s: %d %.300s", tc.name, w.Code, w.Body)
		}
		if err := web.CheckSize(w.Body.Bytes()); err != nil || calls > 50 || allocated > 256<<20 {
			t.Errorf("%s passes a bound: %v", tc.name, err)
		}
	}
}
