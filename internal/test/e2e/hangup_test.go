package e2e

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/pkg/shop"
)

// TestHangingUpIsNoError: a caller who does not wait for the answer has a line in the
// log, which nobody needs to look into.
func TestHangingUpIsNoError(t *testing.T) {
	t.Parallel()
	s, service := acting(t, dynamotest.Embedded(t), "")
	waiting, gone := make(chan struct{}), make(chan struct{}, 1)
	s.Shop.OpenSecret = func(ctx context.Context, _ shop.SecretOf, _ shop.Sealed) ([]byte, error) {
		waiting <- struct{}{}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-gone: // in the older revisions of MCP a call goes on
			return []byte("hunter2"), nil
		}
	}
	hangUp := func(r *http.Request) {
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() {
			_, err := http.DefaultClient.Do(r.WithContext(ctx))
			ended <- err
		}()
		<-waiting
		cancel()
		if err := <-ended; err == nil {
			t.Errorf("%s was answered", r.URL)
		}
	}
	logged := func(line string) {
		for deadline := time.Now().Add(10 * time.Second); !strings.Contains(s.Log.String(), line); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("the log has no %s:\n%s", line, s.Log)
			}
		}
	}

	path := confide(t, s, s.Key, service, "hunter2")
	hangUp(s.Request(t, http.MethodGet, path, nil))
	logged(`"operation":"action_get","status":499`)

	ids := strings.Split(confide(t, s, s.Key, service, "hunter2"), "/")
	hangUp(s.Request(t, http.MethodPost, "/mcp", object{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": object{
		"name": "action_get", "arguments": object{"serviceId": ids[4], "actionId": ids[6]},
	}}))
	before := strings.Count(s.Log.String(), `"operation":"action_get"`)
	gone <- struct{}{}
	for deadline := time.Now().Add(10 * time.Second); strings.Count(s.Log.String(), `"operation":"action_get"`) == before && time.Now().Before(deadline); {
		time.Sleep(5 * time.Millisecond)
	}
	if text := s.Log.String(); strings.Count(text, `"operation":"action_get"`) == before || strings.Contains(text, `"level":"ERROR"`) {
		t.Errorf("the log is:\n%s", text)
	}
}
