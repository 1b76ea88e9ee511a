package dynamo_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"pgregory.net/rapid"

	"agentstore/internal/test/dynamotest"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// Where the rows of an account are follows from its identifier: those made since are
// spread, and those made before are together.
func TestSpreadSince(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	madeAt := func(at time.Time) id.Account {
		return id.Maker{Now: func() time.Time { return at }, Entropy: zeroes{}}.Account()
	}
	for name, tt := range map[string]struct {
		spread        dynamo.Spread
		before, since bool
	}{
		"always":     {dynamo.Always(), true, true},
		"since then": {dynamo.Since(at), false, true},
		"never":      {dynamo.Spread{}, false, false},
	} {
		table := dynamo.NewSpread(nil, "table", tt.spread)
		for account, spread := range map[id.Account]bool{madeAt(at.Add(-time.Millisecond)): tt.before, madeAt(at): tt.since} {
			together := "ACCOUNT#" + string(account)
			for _, sort := range []string{"QUOTE#quo_1", "PURCHASE#pur_1", "LEDGER#000000000007", "BUDGET#", "BUDGET#agt_1", "HOLD#1", "OWN#agt_1#SERVICE#svc_1", "LABEL##v1.2#svc_1", "LABEL#agt_1#ci#svc_1"} {
				place := textOf(table.Where(account, sort)["PK"])
				if (place != together) != spread || !strings.HasPrefix(place, together) {
					t.Errorf("%s: %s of %s is in %s", name, sort, account, place)
				}
			}
			for _, sort := range []string{"WALLET", "ACCOUNT", "AGENT#agt_1", "KEY#1", "WAITING#agt_1", "APPROVAL#apr_1", "REFUSED#1", "CONFIRMATION#1"} {
				expectSame(t, name+": "+sort, textOf(table.Where(account, sort)["PK"]), together)
			}
		}
	}
}

type zeroes struct{}

func (zeroes) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// A program that spreads the accounts made since finds what one has written that
// spreads none; and what is made since, that one does not find.
func TestOldAccountsStayTogether(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		never := newSpread(t, engine, dynamo.Spread{})
		since := never
		since.spread = dynamo.Since(now.AddDate(0, 0, 1))
		since.Table = since.with()
		later := id.Maker{Now: func() time.Time { return now.AddDate(0, 0, 2) }, Entropy: rand.Reader}
		old, young := full(newAgent()), full(later.Agent(later.Account()))
		never.commit(t, withoutPeople(old.change()))
		since.commit(t, withoutPeople(young.change()))
		old.purchase.Version, old.purchase.Failure = 2, "It is full."
		since.commit(t, shop.Change{Purchase: &old.purchase, At: now})
		for _, s := range []store{never, since} {
			got, err := s.Purchase(t.Context(), old.purchase.Account, old.purchase.ID)
			expectOK(t, err)
			expectSame(t, "of an old account", got, old.purchase)
		}
		got, err := since.Purchase(t.Context(), young.purchase.Account, young.purchase.ID)
		expectOK(t, err)
		expectSame(t, "of a young account", got, young.purchase)
		_, err = never.Purchase(t.Context(), young.purchase.Account, young.purchase.ID)
		expectError(t, "of a young account, where none is spread", err, shop.ErrNotFound)
	})
}

// TestSpreadBooks: wherever they are, the books of an account hold the same.
func TestSpreadBooks(t *testing.T) {
	t.Parallel()
	engine := dynamotest.Embedded(t)
	together, spread := newSpread(t, engine, dynamo.Spread{}), newStore(t, engine)
	agent := newOwnAgent()
	for range 20 {
		o := full(agent)
		o.record.Key = string(o.quote.ID)
		made := withoutPeople(o.change())
		made.Personal, made.Actions, made.Waiting, made.SSHKeys = &o.personal, []shop.Action{*o.service.Current}, nil, nil
		for _, label := range o.service.Labels {
			made.Labelings = append(made.Labelings, shop.Labeling{Account: agent.Account(), Agent: agent, Service: o.service.ID, Label: label})
		}
		made.Budgets = []shop.Budget{{Account: agent.Account(), Agent: newID(func(m id.Maker) id.Agent { return m.Agent(agent.Account()) }), Version: 1}}
		for _, s := range []store{together, spread} {
			s.commit(t, made)
		}
	}
	want, err := together.Books(t.Context(), agent.Account())
	expectOK(t, err)
	got, err := spread.Books(t.Context(), agent.Account())
	expectOK(t, err)
	got.Labelings = slices.DeleteFunc(got.Labelings, func(l shop.Labeling) bool { return l.Label == "~suspended" }) // and in its own list
	got.Together = true
	expectSame(t, "books", got, want)
	expectSame(t, "how many of each kind", []int{
		len(got.Purchases), len(got.Services), len(got.OwnPurchases), len(got.OwnServices), len(got.Jobs), len(got.Records), len(got.Budgets), len(got.Quotes), len(got.Personal), len(got.Actions), len(got.Labelings),
	}, []int{20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 80})
}

// inOrder is a list of one account, of whose objects all are known.
type inOrder struct {
	name string
	ids  []string // the oldest first
	page func(context.Context, shop.Page) ([]string, shop.Cursor, error)
}

// TestMergedLists: a list over partitions is all of them in order, for any sizes of
// pages, from any cursor, in both orders, with and without a filter, however many
// objects each partition has.
func TestMergedLists(t *testing.T) {
	t.Parallel()
	s := newStore(t, dynamotest.Embedded(t))
	lists := []inOrder{s.someEntries(t, 70)}
	for _, n := range []int{0, 1, 5, 260} {
		lists = append(lists, s.somePurchases(t, n, 1), s.somePurchases(t, n, 10))
	}
	rapid.Check(t, func(r *rapid.T) {
		list := rapid.SampledFrom(lists).Draw(r, "list")
		p := shop.Page{Oldest: rapid.Bool().Draw(r, "oldest")}
		rest := slices.Clone(list.ids)
		if !p.Oldest {
			slices.Reverse(rest)
		}
		if len(rest) > 0 && rapid.Bool().Draw(r, "from within") {
			from := rapid.IntRange(0, len(rest)-1).Draw(r, "from")
			p.After, rest = shop.Cursor(rest[from]), rest[from+1:]
		}
		for {
			p.Limit = rapid.IntRange(1, shop.MaxPage).Draw(r, "limit")
			page, next, err := list.page(t.Context(), p)
			if err != nil {
				r.Fatal(err)
			}
			want := rest[:min(p.Limit, len(rest))]
			rest = rest[len(want):]
			if !slices.Equal(page, want) || (next == "") != (len(rest) == 0) {
				r.Fatalf("%s, %+v: %v, next %q; want %v and then %d", list.name, p, page, next, want, len(rest))
			}
			if next == "" {
				return
			}
			p.After = next
		}
	})
}

// somePurchases are a list of purchases, of which those between each of so many are in
// one partition.
func (s store) somePurchases(t *testing.T, n, each int) inOrder {
	t.Helper()
	agent := newAgent()
	list := inOrder{name: fmt.Sprint(n, " purchases, each ", each), page: func(ctx context.Context, p shop.Page) ([]string, shop.Cursor, error) {
		all, next, err := s.Purchases(ctx, agent.Account(), p)
		return idsOf(all, func(p shop.Purchase) string { return string(p.ID) }), next, err
	}}
	for len(list.ids) < n {
		o := fresh(agent)
		o.purchase.Status = shop.PurchaseCompleted
		place := textOf(s.Where(agent.Account(), "PURCHASE#"+string(o.purchase.ID))["PK"])
		if len(list.ids)%each != 0 && !strings.HasSuffix(place, "#2") {
			continue
		}
		s.commit(t, shop.Change{Purchase: &o.purchase, At: now})
		list.ids = append(list.ids, string(o.purchase.ID))
	}
	slices.Sort(list.ids)
	return list
}

// someEntries are the ledger of an account.
func (s store) someEntries(t *testing.T, n int) inOrder {
	t.Helper()
	wallet := shop.Wallet{Account: newAgent().Account()}
	list := inOrder{name: fmt.Sprint(n, " entries"), page: func(ctx context.Context, p shop.Page) ([]string, shop.Cursor, error) {
		all, next, err := s.Entries(ctx, wallet.Account, p)
		return idsOf(all, numbered), next, err
	}}
	for range n {
		b := bookingAt(t, wallet, fmt.Sprint("cause ", wallet.Version), 1, now)
		s.commit(t, shop.Change{Booking: &b, At: now})
		wallet = b.Wallet
		list.ids = append(list.ids, numbered(b.Entry))
	}
	return list
}

// TestPagesReadTheirShare: a page reads each partition once, except in one of a hundred
// cases at most, and not the whole page of each.
func TestPagesReadTheirShare(t *testing.T) {
	t.Parallel()
	s := newStore(t, dynamotest.Embedded(t))
	var recorder dynamotest.Recorder
	var read atomic.Int32 // at most
	table := s.with(recorder.Record, (&dynamotest.Faults{Before: func(_ string, input any) error {
		read.Add(*input.(*dynamodb.QueryInput).Limit)
		return nil
	}}).Inject)
	const n = 2000
	agent := newAgent()
	for range n {
		o := fresh(agent)
		s.commit(t, shop.Change{Purchase: &o.purchase, At: now})
	}
	for limit, most := range map[int]int32{1: 8, 20: 12 * 4, 100: 39 * 4} {
		pages, twice := 0, 0
		for p := (shop.Page{Limit: limit}); pages == 0 || p.After != "" && pages < 500; pages++ {
			recorder.Reset()
			read.Store(0)
			_, next, err := table.Purchases(t.Context(), agent.Account(), p)
			expectOK(t, err)
			p.After = next
			if len(recorder.Calls()) > 4 {
				twice++
			} else if read.Load() > most {
				t.Errorf("a page of %d reads %d", limit, read.Load())
			}
		}
		if twice > 2+pages/100 {
			t.Errorf("%d of %d pages of %d read twice", twice, pages, limit)
		}
	}
}
