package shop_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// ordered buys servers of one order that says something about people.
func (l life) ordered(t *testing.T, more map[string]any) (services []shop.Service, personal id.Personal) {
	t.Helper()
	more["configuration"] = storetest.PersonalOrder(t)["configuration"]
	bought := l.buy(t, more)
	purchase, err := l.Table.Purchase(t.Context(), l.Agent.Account(), bought.Purchase)
	expectOK(t, err)
	l.Work(t)
	for _, ref := range purchase.Services {
		services = append(services, l.now(t, ref.ID))
	}
	if bought.Personal == "" {
		t.Fatal("the order says nothing about anybody")
	}
	return services, bought.Personal
}

// end cancels a service at once.
func (l life) end(t *testing.T, s shop.Service) {
	t.Helper()
	preview := l.Call(t, http.MethodGet, cancelAt(s)+"?ends=now", nil)
	expectStatus(t, l.Call(t, http.MethodPost, cancelAt(s), map[string]any{"ends": "now", "token": preview.Text("token")}), http.StatusOK)
}

func (l life) expectPersonal(t *testing.T, when string, personal id.Personal, want shop.PersonalStatus) {
	t.Helper()
	p, err := l.Table.Personal(t.Context(), l.Agent.Account(), personal)
	expectOK(t, err)
	expectSame(t, when, p.Status(), want)
	expectSame(t, when+": there is data", len(p.Data) > 0, want == shop.PersonalPresent)
	erased := 0
	for _, e := range l.events(t) {
		if e == "personal_erase" {
			erased++
		}
	}
	if want == shop.PersonalErased {
		expectSame(t, when+": entries of the erasure", erased, 1)
	} else {
		expectSame(t, when+": entries of the erasure", erased, 0)
	}
}

// What an order says about people is erased when its servers have ended, whichever ends
// last, with one entry of the trail, and each server stays as a record.
func TestPersonalDataEndWithTheService(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*testing.T, life, shop.Service){
		"canceled": func(t *testing.T, l life, s shop.Service) { l.end(t, s) },
		"both at once": func(t *testing.T, l life, s shop.Service) {
			books, err := l.Table.Books(t.Context(), s.Account)
			expectOK(t, err)
			for _, other := range books.Services {
				if !other.Status.Ended() {
					l.end(t, other)
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLife(t, 100_00)
			services, personal := l.ordered(t, map[string]any{"quantity": 2})
			l.pass(t, time.Hour, time.Hour)
			l.expectPersonal(t, "while they live", personal, shop.PersonalPresent)
			for i, s := range services {
				if !l.now(t, s.ID).Status.Ended() {
					end(t, l, s)
				}
				l.Live(t)
				if i == 0 && name == "canceled" {
					l.expectPersonal(t, "while the other lives", personal, shop.PersonalPresent)
				}
			}
			l.expectPersonal(t, "once both have ended", personal, shop.PersonalErased)
			for _, s := range services {
				ended := l.now(t, s.ID)
				expectSame(t, "its reference", ended.Personal, personal)
				expectSame(t, "when it is due", ended.DueAt, time.Time{})
			}
			before := l.now(t, services[0].ID).Version
			l.pass(t, 48*time.Hour, time.Hour)
			expectSame(t, "its version, later", l.now(t, services[0].ID).Version, before)
			l.verify(t)
		})
	}
}

// One that nobody delivers has ended too, and one that a member erased is erased once.
func TestPersonalDataOfWhatWasNotDelivered(t *testing.T) {
	t.Parallel()
	l := newLife(t, 100_00)
	l.Worker.Fulfilments = map[string]shop.Fulfilment{storetest.ServiceType: perform(refuses)}
	_, personal := l.ordered(t, map[string]any{})
	l.Live(t)
	l.expectPersonal(t, "after the refusal", personal, shop.PersonalErased)
}

// retaining is a product that keeps the data for some time.
type retaining struct {
	shop.Product
	time.Duration
}

func (r retaining) RetainPersonal() time.Duration { return r.Duration }

// The product says how long they are kept after the end.
func TestPersonalDataAreRetained(t *testing.T) {
	t.Parallel()
	l := newLife(t, 100_00)
	l.Worker.Products = shop.Products{storetest.ServiceType: retaining{l.Worker.Products[storetest.ServiceType], 30 * 24 * time.Hour}}
	services, personal := l.ordered(t, map[string]any{})
	l.end(t, services[0])
	l.pass(t, 30*24*time.Hour-time.Minute, 6*time.Hour)
	l.expectPersonal(t, "before the time is over", personal, shop.PersonalPresent)
	l.pass(t, time.Minute, time.Minute)
	l.expectPersonal(t, "when it is over", personal, shop.PersonalErased)
}

// A worker that dies before it has written the erasure, or before it knows, is replaced,
// and there is one entry.
func TestCrashOfAnErasure(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]func(int) dynamotest.Faults{"before": before, "after": after} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLife(t, 100_00)
			services, personal := l.ordered(t, map[string]any{})
			l.end(t, services[0])
			worker := *l.Worker
			faults := fault(1)
			worker.Store = dynamo.New(l.Engine.With(faults.Inject), l.Name)
			err := worker.RunService(t.Context(), shop.ServiceKey{Account: l.Agent.Account(), Service: services[0].ID})
			expectFailure(t, err)
			want := shop.PersonalPresent
			if name == "after" {
				want = shop.PersonalErased
			}
			l.expectPersonal(t, "after the crash", personal, want)
			l.Live(t)
			l.expectPersonal(t, "in the end", personal, shop.PersonalErased)
			if !slices.Contains(l.events(t), "service_cancel") {
				t.Error("it was not cancelled")
			}
			l.verify(t)
		})
	}
}
