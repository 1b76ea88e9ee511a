package dynamo_test

import (
	"testing"
	"time"

	"agentstore/pkg/shop"
)

// quoted is an open quote with personal data.
func (s store) quoted(t *testing.T) (shop.Quote, shop.Personal) {
	t.Helper()
	o := fresh(newAgent())
	o.personal.ErasedAt, o.personal.ExpiresAt = time.Time{}, o.quote.ExpiresAt
	o.quote.Offer.Personal = o.personal.ID
	s.commit(t, shop.Change{Quote: &o.quote, Personal: &o.personal})
	return o.quote, o.personal
}

// used is the quote once it is bought.
func used(q shop.Quote) shop.Change {
	q.Version++
	q.Purchase = "pur_1"
	return shop.Change{Quote: &q, At: now}
}

// erased is the personal data once it is erased, at the version that was read.
func erased(p shop.Personal) shop.Change {
	p.Version++
	p.Data, p.ErasedAt = nil, now
	return shop.Change{Personal: &p, At: now}
}

// Personal data stays when its quote is bought, and is the same but for its end.
func TestPersonalIsKept(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		quote, want := s.quoted(t)
		s.commit(t, used(quote))
		got, err := s.Personal(t.Context(), want.Account, want.ID)
		expectOK(t, err)
		want.Version++
		want.ExpiresAt = time.Time{}
		expectSame(t, "personal data", got, want)
		for _, item := range s.items(t) {
			expectSame(t, "time to live", timeToLive(t, item), "never")
		}
	})
}

// An erasure that has read the data before the quote was bought does not have it end
// with the quote, and one that came before the purchase stays.
func TestErasureMeetsPurchase(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		quote, before := s.quoted(t)
		s.commit(t, used(quote))
		expectError(t, "an erasure of the version before", s.Commit(t.Context(), erased(before)), shop.ErrConflict)

		quote, before = s.quoted(t)
		s.commit(t, erased(before), used(quote))
		got, err := s.Personal(t.Context(), before.Account, before.ID)
		expectOK(t, err)
		expectSame(t, "status", got.Status(), shop.PersonalErased)
		expectSame(t, "data", len(got.Data), 0)
		expectSame(t, "end", got.ExpiresAt, time.Time{})
	})
}

// A quote whose personal data is not there is not bought.
func TestQuoteWithoutItsPersonalData(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		o := fresh(newAgent())
		o.quote.Offer.Personal = o.personal.ID
		s.commit(t, shop.Change{Quote: &o.quote})
		expectError(t, "the purchase", s.Commit(t.Context(), used(o.quote)), shop.ErrConflict)
	})
}
