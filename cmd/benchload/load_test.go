package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// fake is a store that refuses every fourth purchase, and leaves some servers unmade.
type fake struct {
	mu       sync.Mutex
	keys     map[string]bool // of purchases
	services []string        // statuses, the newest first
	lists    int
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	var in struct{ CatalogItemID, QuoteID, IdempotencyKey string }
	_ = json.Unmarshal(body, &in)
	answer := func(status int, text string) {
		w.WriteHeader(status)
		fmt.Fprint(w, text)
	}
	switch {
	case r.Header.Get("Authorization") != "Bearer k":
		answer(http.StatusUnauthorized, `{"code":"unauthenticated"}`)
	case r.URL.Path == quotesPath && in.CatalogItemID == "cat_vps_micro":
		answer(http.StatusCreated, `{"quote":{"id":"quo_1"}}`+strings.Repeat(" ", 8<<10)) // sent in chunks
	case r.URL.Path == purchasesPath && in.QuoteID == "quo_1" && !f.keys[in.IdempotencyKey]:
		f.keys[in.IdempotencyKey] = true
		if len(f.keys)%4 == 0 {
			answer(http.StatusConflict, `{"title":"x","code":"idempotency_in_flight"}`)
			return
		}
		f.services = append([]string{"provisioning"}, f.services...)
		answer(http.StatusCreated, `{"purchase":{}}`)
	case r.URL.Path == "/v1/agent/services":
		f.list(w, r.URL.Query().Get("cursor"))
	default:
		answer(http.StatusTeapot, "")
	}
}

// list has two pages. The second time all servers are made but the newest.
func (f *fake) list(w http.ResponseWriter, cursor string) {
	half := len(f.services) / 2
	page := map[string]any{"services": statuses(f.services[:half]), "nextCursor": "more"}
	if cursor != "" {
		page = map[string]any{"services": statuses(f.services[half:])}
		f.lists++
	}
	_ = json.NewEncoder(w).Encode(page)
	if f.lists == 1 {
		for i := range f.services {
			f.services[i] = "active"
		}
		f.services[0] = "failed"
	}
}

func statuses(of []string) (list []map[string]string) {
	for _, s := range of {
		list = append(list, map[string]string{"status": s})
	}
	return list
}

// What is refused is counted by its code and not as carried, every pair has a key of
// its own, and what is not active after the last was made is counted.
func TestCarried(t *testing.T) {
	t.Parallel()
	f := &fake{keys: make(map[string]bool), services: []string{"failed"}} // of an earlier load
	at := httptest.NewServer(f)
	defer at.Close()
	l := load{url: at.URL, keys: []string{"k", "wrong"}, pairs: 80, connections: 8}
	r, err := l.run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	expectSame(t, "bought", r.bought, []int{30, 0})
	expectSame(t, "refusals", r.refusals, map[string]int{"idempotency_in_flight": 10, "unauthenticated": 40})
	expectSame(t, "keys", len(f.keys), 40)
	if r.rate <= 0 || r.first <= 0 || r.last <= 0 || r.p50 <= 0 || r.p99 < r.p50 {
		t.Errorf("%+v", r)
	}
	inactive, err := settled(t.Context(), at.URL, "k", 30)
	if err != nil || inactive != 1 || f.lists != 2 {
		t.Errorf("%d services are not active after %d lists, %v", inactive, f.lists, err)
	}
}

// A store that does not answer refuses, and the next pair tries again.
func TestNoAnswer(t *testing.T) {
	t.Parallel()
	calls := 0
	at := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if calls++; calls == 3 {
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(http.StatusCreated)
		fmt.Fprint(w, `{"quote":{"id":"quo_1"}}`)
	}))
	defer at.Close()
	r, err := load{url: at.URL, keys: []string{"k"}, pairs: 10, connections: 1}.run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	expectSame(t, "refusals", r.refusals, map[string]int{"no answer": 1})
	expectSame(t, "bought", r.bought, []int{9})
}
