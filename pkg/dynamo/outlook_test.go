package dynamo_test

import (
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
)

// renewing is a service that is paid by the month, and was written a day after it was
// bought.
func renewing(agent id.Agent, status shop.ServiceStatus) shop.Service {
	s := fresh(agent).service
	s.ID, s.Status, s.Lease, s.DueAt = newID(id.Maker.Service), status, nil, time.Time{}
	s.CreatedAt, s.UpdatedAt = now, now.Add(24*time.Hour)
	term := shop.Term{Months: 1}
	s.Bill = shop.Bill{
		Term: term, Renewal: money.Money{Minor: 2000, Currency: "usd"}, PaidFrom: now.Truncate(time.Second), PaidUntil: term.End(now), Paid: 2000, PaidAt: now,
	}
	return s
}

// outlooks are those that are read of an account, or of an agent.
func (s store) outlooks(t *testing.T, account id.Account, agent id.Agent) map[id.Service]shop.Outlook {
	t.Helper()
	all, whole, err := s.Foretold(t.Context(), account, agent)
	expectOK(t, err)
	found := make(map[id.Service]shop.Outlook)
	for _, f := range all {
		found[f.Service] = f.Outlook
	}
	if !whole || len(found) != len(all) {
		t.Errorf("%d outlooks of %d services, all of them %t", len(all), len(found), whole)
	}
	return found
}

// The outlook of a service that lives is read with its status. It is written again
// exactly where it does not follow from the one before.
func TestForetold(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s := newSpread(t, engine, dynamo.Always())
		for _, agent := range []id.Agent{newAgent(), newOwnAgent()} {
			other := renewing(agent, shop.ServiceCanceled)
			service := renewing(agent, shop.ServiceActive)
			s.commit(t, shop.Change{Services: []shop.Service{service, other}, At: now})
			expect := func(what string, written, want shop.Outlook) {
				t.Helper()
				for _, of := range []id.Agent{"", agent} {
					got := s.outlooks(t, service.Account, of)
					if len(got) != 1 || got[service.ID] != written || !got[service.ID].Foretells(want) {
						t.Errorf("%s, of %q: %+v, want %+v", what, of, got, written)
					}
				}
			}
			bought := service.Outlook()
			expect("bought", bought, bought)
			change := func(how func(*shop.Service)) shop.Service {
				t.Helper()
				next, err := s.Service(t.Context(), service.Account, service.ID)
				expectOK(t, err)
				next.Version++
				how(&next)
				s.commit(t, shop.Change{Services: []shop.Service{next}, At: now})
				return next
			}
			renewed := change(func(s *shop.Service) {
				s.UpdatedAt = s.Bill.PaidUntil
				s.Bill.PaidUntil = time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC)
			})
			expect("renewed", bought, renewed.Outlook())
			late := change(func(s *shop.Service) { s.UpdatedAt = s.Bill.PaidUntil })
			expect("not paid", late.Outlook(), late.Outlook())
			dearer := change(func(s *shop.Service) { s.UpdatedAt = now; s.Bill.Renewal.Minor++ })
			expect("dearer", dearer.Outlook(), dearer.Outlook())
			suspended := change(func(s *shop.Service) { s.Status, s.Bill.Ends = shop.ServiceSuspended, true })
			expect("suspended", suspended.Outlook(), suspended.Outlook())
			change(func(s *shop.Service) { s.Status = shop.ServiceCanceled })
			if got := s.outlooks(t, service.Account, agent); len(got) != 0 {
				t.Errorf("ended: %+v", got)
			}
		}
	})
}

// Ten thousand services are foretold by 8 queries side by side, whose answers fit.
func TestForetoldOfMany(t *testing.T) {
	t.Parallel()
	const many, together = 10_000, 100
	s := newSpread(t, dynamotest.Embedded(t), dynamo.Always())
	agent := newAgent()
	var services []shop.Labeling
	label, _ := shop.StatusLabel(shop.ServiceActive)
	outlook := renewing(agent, shop.ServiceActive).Outlook()
	for range many {
		services = append(services, shop.Labeling{
			Account: agent.Account(), Agent: agent, Service: newID(id.Maker.Service), Label: label, Outlook: outlook,
		})
	}
	for n := 0; n < many; n += together {
		s.commit(t, shop.Change{Labelings: services[n : n+together], At: now})
	}
	if got := s.outlooks(t, agent.Account(), ""); len(got) != many {
		t.Errorf("%d of %d", len(got), many)
	}
}
