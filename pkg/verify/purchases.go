package verify

import (
	"slices"
	"strings"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// records: a purchase has exactly one record, and a record its purchase.
func (a *account) records() {
	const promise = "a purchase has one idempotency record"
	count := make(map[string]int)
	for _, r := range a.Records {
		count[r.Subject]++
	}
	for _, p := range a.Purchases {
		a.want(count[string(p.ID)] == 1, promise, string(p.ID), "it has %d", count[string(p.ID)])
		delete(count, string(p.ID))
	}
	for _, q := range a.Quotes {
		delete(count, string(q.ID))
	}
	for _, p := range a.Personal {
		delete(count, string(p.ID))
	}
	for _, action := range a.Actions {
		delete(count, string(action.ID))
	}
	for _, s := range a.Services {
		delete(count, string(s.ID))
	}
	for _, c := range a.Cancellations {
		delete(count, string(c.ID))
	}
	for subject := range count {
		if isKept(subject) {
			a.want(false, "a record has its effect", subject, "it is not there")
		}
	}
}

// isKept reports whether an id is of what the books hold for ever. What else members make,
// as keys and tokens, may be gone, or is kept elsewhere.
func isKept(subject string) bool {
	kind, _, _ := strings.Cut(subject, "_")
	return slices.Contains([]string{"act", "can", "per", "pur", "quo", "svc"}, kind)
}

// quotes: a used quote and its purchase name each other, at one price, in time.
func (a *account) quotes() {
	const promise = "a quote is used once, at its price, in time"
	purchases := make(map[id.Purchase]shop.Purchase)
	for _, p := range a.Purchases {
		purchases[p.ID] = p
	}
	used := make(map[id.Quote]id.Purchase)
	for _, q := range a.Quotes {
		used[q.ID] = q.Purchase
		if q.Purchase == "" {
			continue
		}
		p, ok := purchases[q.Purchase]
		a.want(ok, promise, string(q.ID), "the purchase %s that used it is not there", q.Purchase)
		if ok {
			a.want(p.Quote == q.ID, promise, string(q.ID), "the purchase %s names the quote %q", p.ID, p.Quote)
			a.want(p.Offer.Price.Total == q.Offer.Price.Total, promise, string(q.ID), "it offers %s and %s was paid", q.Offer.Price.Total, p.Offer.Price.Total)
			a.want(p.CreatedAt.Before(q.ExpiresAt), promise, string(q.ID), "it was used at %s, after its end at %s", p.CreatedAt, q.ExpiresAt)
		}
	}
	for _, p := range a.Purchases {
		a.want(p.Quote == "" || used[p.Quote] == p.ID, promise, string(p.ID), "the quote %s is used by %q", p.Quote, used[p.Quote])
	}
}

// purchase: it was paid once, and its status follows from its units.
func (a *account) purchase(p shop.Purchase) {
	const promise = "a purchase is paid once, at its price"
	e, ok := a.entries[shop.PurchaseCause(p.ID)]
	if isOpen(p) && p.Held {
		a.want(ok && -e.Amount.Minor == p.Offer.Price.Total.Minor && len(p.Services) == 0, promise, string(p.ID), "it is %s and holds %s, booked is %s", p.Status, p.Offer.Price.Total, e.Amount)
		return
	}
	if isOpen(p) {
		a.want(!ok && len(p.Services) == 0, promise, string(p.ID), "it is %s, and was carried out", p.Status)
		return
	}
	a.want(ok && -e.Amount.Minor == p.Offer.Price.Total.Minor, promise, string(p.ID), "its price is %s, booked is %s", p.Offer.Price.Total, e.Amount)
	a.want(len(p.Services) == p.Offer.Quantity, "a purchase has its services", string(p.ID), "it has %d of %d", len(p.Services), p.Offer.Quantity)
	failed := 0
	for _, unit := range p.Services {
		if unit.Failed {
			failed++
		}
	}
	want := shop.PurchaseCompleted
	switch failed {
	case 0:
	case len(p.Services):
		want = shop.PurchaseFailed
	default:
		want = shop.PurchasePartiallyFailed
	}
	a.want(p.Status == want, "a purchase says what became of it", string(p.ID), "it is %s and should be %s", p.Status, want)
}
