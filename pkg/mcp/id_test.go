package mcp_test

import (
	"encoding/json"
	"net/http"
	"testing"
)

// TestIDs: a request id comes back as it was sent, whatever number it is.
func TestIDs(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, id := range []string{
		`0`, `-1`, `9007199254740991`, `9007199254740993`, `-9007199254740993`, `123456789012345678901234567890`, `1.5`, `1.0`, `1e3`, `1e400`,
		`"9007199254740993"`, `""`, `"agentstore-number"`,
	} {
		for name, message := range map[string]string{
			"ping":           `{"jsonrpc":"2.0","id":` + id + `,"method":"ping"}`,
			"the id last":    `{"method":"ping","params":{"_meta":{"id":7}}, "jsonrpc":"2.0", "id" : ` + id + ` }`,
			"a tool":         `{"jsonrpc":"2.0","id":` + id + `,"method":"tools/call","params":{"name":"service_get","arguments":{"id":9007199254740993}}}`,
			"no such method": `{"jsonrpc":"2.0","id":` + id + `,"method":"no/such"}`,
		} {
			a := post(t, s, message)
			var answer struct{ ID json.RawMessage }
			if err := json.Unmarshal(a.Body, &answer); err != nil || string(answer.ID) != id {
				t.Errorf("%s, id %s: %d %s", name, id, a.Status, a.Body)
			}
		}
	}
	batch := post(t, s, `[{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"},{"jsonrpc":"2.0","id":1.5,"method":"ping"},{"jsonrpc":"2.0","id":2,"method":"ping"}]`)
	var answers []struct{ ID json.RawMessage }
	if err := json.Unmarshal(batch.Body, &answers); err != nil || len(answers) != 3 {
		t.Fatalf("%v: %s", err, batch.Body)
	}
	seen := make(map[string]bool)
	for _, a := range answers {
		seen[string(a.ID)] = true
	}
	if !seen["9007199254740993"] || !seen["1.5"] || !seen["2"] {
		t.Errorf("a batch: %s", batch.Body)
	}
}

// TestNotifications: a notification is accepted, and never answered, whatever it says.
func TestNotifications(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, message := range []string{
		`{"jsonrpc":"2.0","method":"notifications/initialized"}`,
		`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`,
		`{"jsonrpc":"2.0","method":"notifications/nobody_knows"}`,
		`{"jsonrpc":"2.0","method":"notifications/roots/list_changed","params":{"a":1}}`,
	} {
		if a := post(t, s, message); a.Status != http.StatusAccepted || len(a.Body) != 0 {
			t.Errorf("%s: %d %s", message, a.Status, a.Body)
		}
	}
}
