package mcp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"

	"agentstore/internal/test/storetest"
	"agentstore/internal/test/storetest/contract"
	"agentstore/pkg/app/full"
	"agentstore/pkg/auth"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// BenchmarkCall measures service_get in the process, over a store that has the
// service and the key at hand: what is left is the protocol.
//
//	go test ./pkg/mcp -run '^$' -bench Call -benchmem
func BenchmarkCall(b *testing.B) {
	for _, c := range costs(b) {
		b.Run(c.name, c.bench)
	}
}

// cost is the same call by one protocol.
type cost struct {
	name    string
	handler http.Handler
	request *http.Request
	body    []byte
}

// bench is what a benchmark does with it.
func (c cost) bench(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		c.call(b)
	}
}

func (c cost) call(tb testing.TB) {
	r := c.request.Clone(c.request.Context())
	r.Body = http.NoBody
	if len(c.body) > 0 {
		r.Body = body{bytes.NewReader(c.body)}
	}
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	if w.Code != http.StatusOK || !bytes.Contains(w.Body.Bytes(), []byte("deploy-node-01")) {
		tb.Fatalf("%s: %d %s", c.name, w.Code, w.Body)
	}
}

type body struct{ *bytes.Reader }

func (body) Close() error { return nil }

// costs are the call over REST, and over MCP in its newest revision and an older one.
func costs(tb testing.TB) []cost {
	tb.Helper()
	s := newStore(tb)
	service := s.Service(tb)
	handler := full.Handler(atHand(tb, s, id.Service(service)))
	input := object{"serviceId": service}

	rest := contract.Request(tb, "http://127.0.0.1:3000", "service_get", input)
	rest.Header.Set("Authorization", "Bearer "+s.Key)
	out := []cost{{"rest", handler, rest, nil}}
	for _, revision := range []string{newest, "2025-11-25"} {
		m := toolCall("service_get", input)
		r := s.Request(tb, http.MethodPost, "/mcp", nil)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Mcp-Protocol-Version", revision)
		if revision == newest {
			maps.Copy(m["params"].(object), object{"_meta": modernMeta()})
			r.Header.Set("Mcp-Method", "tools/call")
			r.Header.Set("Mcp-Name", "service_get")
		}
		text, err := json.Marshal(m)
		if err != nil {
			tb.Fatal(err)
		}
		out = append(out, cost{"mcp-" + revision, handler, r, text})
	}
	return out
}

// memory is a store with one service and one key.
type memory struct {
	shop.Store
	service    shop.Service
	credential shop.Credential
}

func (m memory) Service(context.Context, id.Account, id.Service) (shop.Service, error) {
	return m.service, nil
}

func (m memory) Credential(context.Context, id.Key) (shop.Credential, error) {
	return m.credential, nil
}

// atHand is the store with no more than a service, which costs nothing to read.
func atHand(tb testing.TB, s *storetest.Store, service id.Service) web.Store {
	tb.Helper()
	token, err := auth.ParseToken(auth.Test, s.Key)
	if err != nil {
		tb.Fatal(err)
	}
	var m memory
	if m.credential, err = s.Table.Credential(tb.Context(), token.Key); err != nil {
		tb.Fatal(err)
	}
	if m.service, err = s.Table.Service(tb.Context(), s.Agent.Account(), service); err != nil {
		tb.Fatal(err)
	}
	return web.Store{
		Frame:        web.Frame{RequestID: func(context.Context) string { return "req_x" }, Log: slog.New(slog.DiscardHandler)},
		Shop:         &shop.Shop{Store: m, Products: s.Shop.Products, IDs: s.Shop.IDs, Now: s.Clock.Now},
		Authenticate: auth.Verifier{Keys: m, Mode: auth.Test, Now: s.Clock.Now}.Begin,
	}
}
