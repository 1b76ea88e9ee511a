package storetest

import (
	"net/http"
	"testing"
)

// The routes that flows use.
const (
	Quotes    = "/v1/agent/quotes"
	Purchases = "/v1/agent/purchases"
	Services  = "/v1/agent/services"
)

// Order is a good order of a VPS Micro.
func Order() map[string]any {
	return map[string]any{"catalogItemId": "cat_vps_micro", "quantity": 1, "configuration": map[string]any{
		"hostname": "deploy-node-01", "region": "eu-west", "image": "ubuntu-24.04", "billingTermMonths": 1, "backupsEnabled": true,
	}}
}

// PersonalComment is what PersonalOrder says about somebody.
const PersonalComment = "ada@lovelace.example"

// PersonalOrder is Order with personal data: an SSH key that says whose it is.
func PersonalOrder(tb testing.TB) map[string]any {
	tb.Helper()
	order := Order()
	order["configuration"].(map[string]any)["sshKeys"] = []string{PublicKey(tb, 1) + PersonalComment}
	return order
}

// Personal creates a quote of PersonalOrder and returns the reference to its data.
func (s *Store) Personal(tb testing.TB) string {
	tb.Helper()
	a := s.Call(tb, http.MethodPost, Quotes, PersonalOrder(tb))
	return expect(tb, a, http.StatusCreated).Text("quote", "personalId")
}

// Quote creates a quote of Order and returns its id.
func (s *Store) Quote(tb testing.TB) string {
	tb.Helper()
	a := s.Call(tb, http.MethodPost, Quotes, Order())
	return expect(tb, a, http.StatusCreated).Text("quote", "id")
}

// Buy buys a quote by an idempotency key and returns the answer.
func (s *Store) Buy(tb testing.TB, quoteID, key string) Answer {
	tb.Helper()
	return s.Call(tb, http.MethodPost, Purchases, map[string]any{"quoteId": quoteID, "idempotencyKey": key})
}

// Service buys a VPS Micro and returns the id of its service.
func (s *Store) Service(tb testing.TB) string {
	tb.Helper()
	quoteID := s.Quote(tb)
	return expect(tb, s.Buy(tb, quoteID, "key-of-"+quoteID), http.StatusCreated).Text("service", "id")
}

// Leased is Service with a lease, as P7D.
func (s *Store) Leased(tb testing.TB, after string) string {
	tb.Helper()
	order := Order()
	order["expiresAfter"] = after
	quoteID := expect(tb, s.Call(tb, http.MethodPost, Quotes, order), http.StatusCreated).Text("quote", "id")
	return expect(tb, s.Buy(tb, quoteID, "key-of-"+quoteID), http.StatusCreated).Text("service", "id")
}

// Change buys an action of a server, as resize, and returns the answer of the purchase.
func (s *Store) Change(tb testing.TB, service, action string, input map[string]any) Answer {
	tb.Helper()
	quote := s.Call(tb, http.MethodPost, Services+"/"+service+"/server/"+action+"/quote", input)
	quoteID := expect(tb, quote, http.StatusCreated).Text("quote", "id")
	return expect(tb, s.Buy(tb, quoteID, "key-of-"+quoteID), http.StatusCreated)
}

// Snapshot takes a snapshot of a server.
func (s *Store) Snapshot(tb testing.TB, service string) {
	tb.Helper()
	s.Change(tb, service, "snapshot_create", map[string]any{"name": "n"})
}

func expect(tb testing.TB, a Answer, status int) Answer {
	tb.Helper()
	if a.Status != status {
		tb.Fatalf("status %d, want %d: %s", a.Status, status, a.Body)
	}
	return a
}
