package mcp_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"regexp"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/internal/test/storetest/contract"
	"agentstore/pkg/app"
)

// newest is the first revision in which servers ask by their results.
const newest = "2026-07-28"

func newStore(tb testing.TB) *storetest.Store {
	tb.Helper()
	return storetest.New(tb, dynamotest.Embedded(tb), storetest.Options{})
}

// do sends a request.
func do(tb testing.TB, r *http.Request) storetest.Answer {
	tb.Helper()
	return storetest.Do(tb, http.DefaultClient, r)
}

// object is one of JSON.
type object = map[string]any

// message is the JSON-RPC message of a call, with an id that no client would
// choose: answers have to repeat it.
func message(method string, params any) object {
	return object{"jsonrpc": "2.0", "id": "id-of-" + method, "method": method, "params": params}
}

func toolCall(name string, arguments any) object {
	return message("tools/call", object{"name": name, "arguments": arguments})
}

// post sends a message, a text as it is, to the store by its key.
func post(tb testing.TB, s *storetest.Store, body any) storetest.Answer {
	tb.Helper()
	return s.Call(tb, http.MethodPost, "/mcp", body)
}

// anonymous sends a message without a key.
func anonymous(tb testing.TB, s *storetest.Store, body any) storetest.Answer {
	tb.Helper()
	r := s.Request(tb, http.MethodPost, "/mcp", body)
	r.Header.Del("Authorization")
	return do(tb, r)
}

// modern sends a message of the newest revision, from a client that can show
// forms, by a key.
func modern(tb testing.TB, s *storetest.Store, key string, body object) storetest.Answer {
	tb.Helper()
	params := body["params"].(object)
	params["_meta"] = modernMeta()
	r := s.Request(tb, http.MethodPost, "/mcp", body)
	r.Header.Set("Authorization", "Bearer "+key)
	r.Header.Set("Mcp-Protocol-Version", newest)
	r.Header.Set("Mcp-Method", body["method"].(string))
	if name, named := params["name"].(string); named {
		r.Header.Set("Mcp-Name", name)
	}
	return do(tb, r)
}

// modernMeta is what every message of the newest revision says of its client.
func modernMeta() object {
	return object{
		"io.modelcontextprotocol/protocolVersion":    newest,
		"io.modelcontextprotocol/clientInfo":         object{"name": "raw", "version": "1"},
		"io.modelcontextprotocol/clientCapabilities": object{"elicitation": object{"form": object{}}},
	}
}

// result is what a tool answers, as a client reads it.
type result struct {
	Content []struct {
		Type string
		Text string
	}
	StructuredContent json.RawMessage
	IsError           bool
	Meta              object `json:"_meta"`
}

// resultOf reads the result of a tool out of an answer, which must be one.
func resultOf(tb testing.TB, a storetest.Answer) result {
	tb.Helper()
	var m struct{ Result *result }
	if err := json.Unmarshal(a.Body, &m); err != nil || m.Result == nil || a.Status != http.StatusOK {
		tb.Fatalf("no result: %d %s", a.Status, a.Body)
	}
	return *m.Result
}

// use calls a tool and returns its result.
func use(tb testing.TB, s *storetest.Store, name string, arguments any) result {
	tb.Helper()
	return resultOf(tb, post(tb, s, toolCall(name, arguments)))
}

// body is the structured content as an answer, so that it can be asked for its
// members.
func (r result) body() storetest.Answer { return storetest.Answer{Body: r.StructuredContent} }

var requestID = regexp.MustCompile(`"requestId":"[^"]*"`)

// anyRequest blanks what differs between two requests for the same.
func anyRequest(body []byte) string {
	return string(requestID.ReplaceAll(body, []byte(`"requestId":""`)))
}

// expectRefused checks that a message was refused as a whole: by HTTP, and by a
// JSON-RPC error with the problem as its data.
func expectRefused(tb testing.TB, a storetest.Answer, status int, id any, code string) {
	tb.Helper()
	if a.Status != status || a.Get("jsonrpc") != "2.0" || a.Get("id") != id || a.Text("error", "data", "code") != code {
		tb.Errorf("status %d, want %d, id %v and %s: %s", a.Status, status, id, code, a.Body)
	}
	if a.Get("error", "code") == nil || a.Text("error", "message") != a.Text("error", "data", "detail") {
		tb.Errorf("code or message: %s", a.Body)
	}
	if a.Header.Get("Content-Type") != "application/json" || a.Text("error", "data", "requestId") != a.Header.Get("X-Request-Id") {
		tb.Errorf("content type or request id: %v %s", a.Header, a.Body)
	}
}

// connect begins a session of the official client with the key of the store.
func connect(tb testing.TB, s *storetest.Store, revision string, options *sdk.ClientOptions) *sdk.ClientSession {
	tb.Helper()
	return contract.Client{Base: s.URL, Key: s.Key, Revision: revision, Options: options}.Connect(tb)
}

// stranger is a key of another account.
func stranger(tb testing.TB, s *storetest.Store) string {
	tb.Helper()
	return s.NewKey(tb, s.Shop.IDs.Agent(s.Shop.IDs.Account()), app.Shelf().Rules().Scopes()...)
}

func anyID(context.Context) string { return "req_x" }

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }
