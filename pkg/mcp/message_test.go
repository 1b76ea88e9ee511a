package mcp_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"agentstore/internal/test/storetest"
	"agentstore/pkg/fault"
)

// TestMalformedMessages: what is no message is refused as one, by HTTP as well.
func TestMalformedMessages(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for name, tc := range map[string]struct {
		body string
		code int
		id   any
	}{
		"nothing":             {"", jsonrpc.CodeParseError, nil},
		"no JSON":             {"hello", jsonrpc.CodeParseError, nil},
		"half a message":      {`{"jsonrpc":"2.0","id":1`, jsonrpc.CodeParseError, nil},
		"very deep":           {strings.Repeat("[", 500_000), -32001, nil},
		"a raw control":       {"{\"jsonrpc\":\"2.0\",\"id\":\"\x01\"}", jsonrpc.CodeParseError, nil},
		"a number":            {`7`, jsonrpc.CodeInvalidRequest, nil},
		"null":                {`null`, jsonrpc.CodeInvalidRequest, nil},
		"an empty object":     {`{}`, jsonrpc.CodeInvalidRequest, nil},
		"an empty batch":      {`[]`, jsonrpc.CodeInvalidRequest, nil},
		"a batch of numbers":  {`[1]`, jsonrpc.CodeInvalidRequest, nil},
		"another version":     {`{"jsonrpc":"1.0","id":1,"method":"ping"}`, jsonrpc.CodeInvalidRequest, 1.0},
		"an object for an id": {`{"jsonrpc":"2.0","id":{},"method":"ping"}`, jsonrpc.CodeInvalidRequest, nil},
		"true for an id":      {`{"jsonrpc":"2.0","id":true,"method":"ping"}`, jsonrpc.CodeInvalidRequest, nil},
		"no id":               {`{"jsonrpc":"2.0","method":"tools/call","params":{"name":"service_list"}}`, jsonrpc.CodeInvalidRequest, nil},
		"a number for method": {`{"jsonrpc":"2.0","id":"a","method":7}`, jsonrpc.CodeInvalidRequest, "a"},
		"no params":           {`{"jsonrpc":"2.0","id":"a","method":"tools/call"}`, jsonrpc.CodeInvalidRequest, "a"},
		"an unknown method":   {`{"jsonrpc":"2.0","id":"a","method":"foo/bar"}`, jsonrpc.CodeMethodNotFound, "a"},
		"an id not UTF-8":     {"{\"jsonrpc\":\"2.0\",\"id\":\"\xff\",\"method\":\"foo\"}", jsonrpc.CodeMethodNotFound, "\ufffd"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := s.Request(t, http.MethodPost, "/mcp", tc.body)
			r.Header.Set("Content-Type", "application/json")
			a := do(t, r)
			expectRefused(t, a, http.StatusBadRequest, tc.id, string(fault.InvalidInput))
			expectCode(t, a, tc.code)
		})
	}
}

// TestWrongMessages: a message that can be read is answered by its id, with the
// error that MCP has for it.
func TestWrongMessages(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for name, tc := range map[string]struct {
		body object
		code int
	}{
		"an unknown tool":   {toolCall("nothing", object{}), jsonrpc.CodeInvalidParams},
		"no name":           {message("tools/call", object{}), jsonrpc.CodeInvalidParams},
		"a list of params":  {message("tools/call", []any{1}), jsonrpc.CodeInvalidParams},
		"a number for name": {toolCall("", nil), jsonrpc.CodeInvalidParams},
		"an unknown prompt": {message("prompts/get", object{"name": "nothing"}), jsonrpc.CodeInvalidParams},
		"a log level":       {message("logging/setLevel", object{"level": "info"}), jsonrpc.CodeMethodNotFound},
		"a subscription":    {message("resources/subscribe", object{"uri": "agentstore://docs/server"}), jsonrpc.CodeMethodNotFound},
		"a completion": {message("completion/complete", object{
			"ref": object{"type": "ref/prompt", "name": "buy_server"}, "argument": object{"name": "purpose", "value": "b"},
		}), jsonrpc.CodeMethodNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := post(t, s, tc.body)
			if a.Status != http.StatusOK || a.Get("id") != tc.body["id"] {
				t.Errorf("%d %s", a.Status, a.Body)
			}
			expectCode(t, a, tc.code)
		})
	}
}

func expectCode(t *testing.T, a storetest.Answer, want int) {
	t.Helper()
	if got, _ := a.Get("error", "code").(float64); int(got) != want || a.Text("error", "message") == "" {
		t.Errorf("code %v, want %d: %s", got, want, a.Body)
	}
}

// TestWrongArguments: what a model sends by mistake is for it to read.
func TestWrongArguments(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for name, arguments := range map[string]string{
		"a list":          `[]`,
		"a text":          `"svc_x"`,
		"null":            `null`,
		"a duplicate":     `{"serviceId":"svc_x","serviceId":"svc_y"}`,
		"not UTF-8":       "{\"serviceId\":\"\xff\"}",
		"half a pair":     `{"serviceId":"\ud800"}`,
		"an unknown name": `{"serviceId":"svc_x","colour":"red"}`,
		"deep nesting":    `{"serviceId":` + strings.Repeat(`[`, 100) + strings.Repeat(`]`, 100) + `}`,
	} {
		a := post(t, s, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"service_get","arguments":`+arguments+`}}`)
		r := resultOf(t, a)
		if !r.IsError || r.body().Code() != string(fault.InvalidInput) || !json.Valid(a.Body) {
			t.Errorf("%s: %s", name, a.Body)
		}
	}
	if r := resultOf(t, post(t, s, message("tools/call", object{"name": "service_list"}))); r.IsError {
		t.Errorf("no arguments at all: %s", r.StructuredContent)
	}
}

// TestNoStreams: a subscription ends at once, in every revision.
func TestNoStreams(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, revision := range sdk.SupportedProtocolVersions() {
		m := message("subscriptions/listen", object{"notifications": object{"toolsListChanged": true}})
		a := storetest.Answer{}
		if revision == newest {
			a = modern(t, s, s.Key, m)
		} else {
			r := s.Request(t, http.MethodPost, "/mcp", m)
			r.Header.Set("Mcp-Protocol-Version", revision)
			a = do(t, r)
		}
		if a.Get("id") != m["id"] || a.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %d %s", revision, a.Status, a.Body)
		}
		expectCode(t, a, jsonrpc.CodeMethodNotFound)
	}
}
