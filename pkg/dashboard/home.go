package dashboard

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"agentstore/pkg/api"
	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
	"agentstore/pkg/sorting"
	"agentstore/pkg/web"
)

// overview is what the first page shows.
type overview struct {
	budget   shop.Budget // of the account
	services []seen      // the newest
	upcoming shop.Upcoming
	workers  []worker // the agents, with what they have spent
	waiting  []asked
	spend    spend // of the last days
}

// shownServices is how many services the first page lists.
const shownServices = 8

// home shows how things stand, or what the store is to everybody else.
func (s Site) home(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	f, err := s.visit(r, entry, api.AccountGet())
	switch {
	case fault.Is(err, fault.Unauthenticated):
		return render(w, r, http.StatusOK, welcomePage(s.Login.Begin != nil))
	case fault.Is(err, fault.InsufficientRole) || fault.Is(err, fault.MFARequired):
		http.Redirect(w, r, web.SettingsPath, http.StatusSeeOther) // where another account can be chosen
		return nil
	case err != nil:
		return err
	}
	var o overview
	var services []shop.Service
	var entries []shop.Entry
	var older shop.Cursor
	err = s.fill(r.Context(), f,
		func(ctx context.Context) (err error) { o.upcoming, err = s.Shop.Upcoming(ctx, f.caller); return err },
		func(ctx context.Context) (err error) {
			entries, older, err = s.Shop.Ledger(ctx, f.caller, shop.Page{Limit: chartEntries})
			return err
		},
		func(ctx context.Context) (err error) { o.budget, err = s.Shop.Budget(ctx, f.caller, ""); return err },
		func(ctx context.Context) (err error) {
			services, _, err = s.Shop.Services(ctx, f.caller, shop.Page{Limit: onPage})
			return err
		},
	)
	if err != nil {
		return err
	}
	if o.workers, err = s.workers(r.Context(), f); err != nil {
		return err
	}
	o.spend = f.chart(entries, older != "")
	o.waiting = f.asks()
	sorting.By(o.waiting, func(a, b asked) int { return a.ExpiresAt.Compare(b.ExpiresAt) })
	services = slices.DeleteFunc(services, func(s shop.Service) bool { return s.Status.Ended() })
	if o.services, err = s.see(services); err != nil {
		return err
	}
	// What is in motion comes first.
	sorting.By(o.services, func(a, b seen) int {
		return cmp.Compare(boolOf(b.state.icon == busy), boolOf(a.state.icon == busy))
	})
	return render(w, r, http.StatusOK, homePage(f, o))
}

func boolOf(b bool) int {
	if b {
		return 1
	}
	return 0
}

// soon is how long before its end a service is said to end.
const soon = 7 * 24 * time.Hour

// ending are the services that end soon, or are not paid: somebody should know.
func (o overview) ending(now time.Time) []seen {
	return slices.DeleteFunc(slices.Clone(o.services), func(s seen) bool {
		ends := s.Lease != nil && !s.Lease.Expired && s.Lease.ExpiresAt.Sub(now) < soon || s.Bill.Ends && s.Bill.PaidUntil.Sub(now) < soon
		return !ends && s.BillStatus(now) == shop.BillActive
	})
}

// rest is what was spent by nobody of the agents.
func (o overview) rest(f *frame) money.Money {
	rest := f.spent(o.budget)
	for _, a := range o.workers {
		rest.Minor -= f.spent(a.budget).Minor
	}
	rest.Minor = max(rest.Minor, 0)
	return rest
}

// name is what a service is called, if it is one of the newest.
func (o overview) name(service id.Service) string {
	for _, s := range o.services {
		if s.ID == service {
			return s.DisplayName
		}
	}
	return brief(service)
}

// price is what a charge takes.
func (o overview) price(c shop.UpcomingCharge) money.Money { return alike(o.upcoming.Total, c.Minor) }

// switchAccount makes the session look at another account of the person.
func (s Site) switchAccount(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	fields, err := form(w, r)
	if err != nil {
		return err
	}
	account := id.Account(fields.Get("account"))
	if !id.ValidAccount(account) {
		return fault.InvalidParam("$.account", "is not the id of an account").Fix("Choose one of your accounts in the settings.")
	}
	if err := s.People.Switch(r.Context(), s.Browser(r, entry), account); err != nil {
		return err
	}
	http.Redirect(w, r, web.HomePath, http.StatusSeeOther)
	return nil
}
