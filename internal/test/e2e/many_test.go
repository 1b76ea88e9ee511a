package e2e

import (
	"net/http"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/app"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

const manyPath = "/v1/agent/cancellations"

// beginMany previews and begins a cancellation of all with a label.
func beginMany(t *testing.T, s *storetest.Store, label string) (preview storetest.Answer, cancellation string) {
	t.Helper()
	preview = s.Call(t, http.MethodGet, manyPath+"?label="+label, nil)
	expectStatus(t, preview, http.StatusOK)
	accepted := s.Call(t, http.MethodPost, manyPath, object{"label": label, "token": preview.Text("token"), "idempotencyKey": preview.Text("token")})
	expectStatus(t, accepted, http.StatusAccepted)
	return preview, accepted.Text("cancellationId")
}

func manyOf(t *testing.T, s *storetest.Store, cancellation string) storetest.Answer {
	t.Helper()
	a := s.Call(t, http.MethodGet, manyPath+"/"+cancellation, nil)
	expectStatus(t, a, http.StatusOK)
	return a
}

// What a run made is found and ended in two calls: each service once, with its refund,
// whatever has ended already; what is protected stays, and nothing else is touched.
func TestCancelMany(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		for _, sees := range []shop.Sees{shop.SeesAccount, shop.SeesOwn} {
			s := storetest.New(t, engine, storetest.Options{})
			if sees == shop.SeesOwn {
				s.Agent = s.Shop.IDs.OwnAgent(s.Agent.Account())
				s.Key = s.NewKey(t, s.Agent, app.Shelf().Rules().Scopes()...)
			}
			run, other := buyLabelled(t, s, 3, "run"), buyLabelled(t, s, 1, "other")[0]
			s.Work(t)
			if _, err := s.Shop.Protect(t.Context(), s.Agent.Account(), id.Service(run[0]), true); err != nil {
				t.Fatal(err)
			}
			preview, cancellation := beginMany(t, s, "run")
			refund := int64(preview.Get("refunds", 0, "amountMinor").(float64))
			if preview.Get("matches") != 3.0 || preview.Get("protected") != 1.0 || refund <= 0 {
				t.Errorf("the preview is %s", preview.Body)
			}
			if a := manyOf(t, s, cancellation); a.Text("cancellation", "status") != "running" || a.Get("cancellation", "left") != 3.0 {
				t.Errorf("at first: %s", a.Body)
			}
			before := books(t, s).Wallet.Balance.Minor
			s.Live(t)
			s.Live(t)
			a := manyOf(t, s, cancellation)
			if a.Text("cancellation", "status") != "completed" || a.Get("cancellation", "ended") != 2.0 || a.Text("cancellation", "kept", 0, "serviceId") != run[0] ||
				a.Text("cancellation", "kept", 0, "code") != "approval_required" || int64(a.Get("cancellation", "refunds", 0, "amountMinor").(float64)) != refund {
				t.Errorf("at last: %s", a.Body)
			}
			if got := books(t, s).Wallet.Balance.Minor - before; got != refund {
				t.Errorf("%d came back, and the preview said %d", got, refund)
			}
			expectFound(t, "what is left", s.Call(t, http.MethodGet, storetest.Services+"?status=active", nil), run[0], other)
			expectWholeBooks(t, s)
		}
	})
}

// A preview holds until something that matches changes, and a key begins one cancellation.
func TestCancelManyToken(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	buyLabelled(t, s, 1, "run")
	preview := s.Call(t, http.MethodGet, manyPath+"?label=run", nil)
	begin := func(key, token string) storetest.Answer {
		return s.Call(t, http.MethodPost, manyPath, object{"label": "run", "token": token, "idempotencyKey": key})
	}
	buyLabelled(t, s, 1, "run")
	if a := begin("k", preview.Text("token")); a.Status != http.StatusBadRequest || a.Text("param") != "$.token" {
		t.Errorf("with one that has come since: %d %s", a.Status, a.Body)
	}
	for _, query := range []string{"", "?label="} {
		if a := s.Call(t, http.MethodGet, manyPath+query, nil); a.Status != http.StatusBadRequest || a.Text("param") != "$.label" {
			t.Errorf("of everything: %d %s", a.Status, a.Body)
		}
	}
	token := s.Call(t, http.MethodGet, manyPath+"?label=run", nil).Text("token")
	first := begin("k2", token)
	expectStatus(t, first, http.StatusAccepted)
	if again := begin("k2", token); string(again.Body) != string(first.Body) {
		t.Errorf("again: %s", again.Body)
	}
	s.Clock.Advance(20 * time.Minute)
	if a := begin("k3", token); a.Status != http.StatusBadRequest {
		t.Errorf("with an old token: %d %s", a.Status, a.Body)
	}
}

// A term that is charged between the preview and the end is refunded from the end on: not
// whole, and not what the preview said of the term before.
func TestCancelManyAfterARenewal(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	service := buyLabelled(t, s, 1, "run")[0]
	s.Work(t)
	paid := s.Call(t, http.MethodGet, storetest.Services+"/"+service, nil)
	until, err := time.Parse(time.RFC3339, paid.Text("service", "billing", "paidUntil"))
	if err != nil {
		t.Fatal(err)
	}
	s.Clock.Advance(until.Sub(s.Clock.Now()) - time.Minute)
	_, cancellation := beginMany(t, s, "run")
	s.Clock.Advance(10 * 24 * time.Hour)
	if _, err := s.Worker.RunServices(t.Context()); err != nil { // the renewal, before the cancellation
		t.Fatal(err)
	}
	before := books(t, s).Wallet.Balance.Minor
	s.Live(t)
	a := manyOf(t, s, cancellation)
	got := int64(a.Get("cancellation", "refunds", 0, "amountMinor").(float64))
	price := int64(paid.Get("service", "billing", "renewalPriceMinor").(float64))
	if got <= price/2 || got >= price*3/4 || books(t, s).Wallet.Balance.Minor-before != got {
		t.Errorf("%d of %d came back: %s", got, price, a.Body)
	}
	expectWholeBooks(t, s)
}

// A busy service is tried again, and one that is made is ended once it is there.
func TestCancelManyWaits(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{NoKick: true})
	service := buyLabelled(t, s, 1, "run")[0]
	_, cancellation := beginMany(t, s, "run")
	many := func() {
		if _, err := s.Worker.RunCancellations(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	many()
	if a := manyOf(t, s, cancellation); a.Get("cancellation", "left") != 1.0 {
		t.Errorf("while it is made: %s", a.Body)
	}
	s.Work(t)
	s.Clock.Advance(time.Minute)
	many()
	if a := manyOf(t, s, cancellation); a.Text("cancellation", "status") != "completed" || a.Get("cancellation", "ended") != 1.0 {
		t.Errorf("once it is there: %s", a.Body)
	}
	if a := s.Call(t, http.MethodGet, storetest.Services+"/"+service, nil); a.Text("service", "status") != "canceled" {
		t.Errorf("it is %s", a.Body)
	}
	s.Work(t)
	expectWholeBooks(t, s)
}
