package e2e

import (
	"net/http"
	"strings"
	"testing"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
)

// TestContentionIsOnTheLogLine: over each protocol, the line of a purchase that held what
// it spends says so, and any other says nothing of it.
func TestContentionIsOnTheLogLine(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	buy := func(key string) {
		t.Helper()
		quote := s.Quote(t)
		if a := s.Call(t, http.MethodPost, storetest.Purchases, object{"quoteId": quote, "idempotencyKey": key}); a.Status != http.StatusCreated {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		message := object{
			"jsonrpc": "2.0", "id": 1, "method": "tools/call",
			"params": object{"name": "purchase_create", "arguments": object{"quoteId": s.Quote(t), "idempotencyKey": key + " by MCP"}},
		}
		if a := s.Call(t, http.MethodPost, "/mcp", message); !strings.Contains(string(a.Body), `"status":"completed"`) {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
	}
	buy("direct")
	if strings.Contains(s.Log.String(), `"holds"`) {
		t.Errorf("purchases that held nothing: %s", s.Log)
	}
	s.Hold(t, s.Agent)
	buy("held")
	lines := 0
	for line := range strings.Lines(s.Log.String()) {
		if !strings.Contains(line, `"holds":1`) {
			continue
		}
		lines++
		if !strings.Contains(line, `"msg":"request"`) || !strings.Contains(line, "purchase_create") || strings.Contains(line, `"retries"`) {
			t.Errorf("a line is %s", line)
		}
	}
	if lines != 2 {
		t.Errorf("%d lines of 2 purchases say that they held: %s", lines, s.Log)
	}
}
