package dynamo_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// shelf is a list of an account, by the identifiers of its objects.
type shelf struct {
	name  string
	page  func(context.Context, id.Account, shop.Page) ([]string, shop.Cursor, error)
	ofOne func(objects) string
}

func shelves(s store) []shelf {
	return []shelf{
		{"purchases", func(ctx context.Context, a id.Account, p shop.Page) ([]string, shop.Cursor, error) {
			purchases, next, err := s.Purchases(ctx, a, p)
			return idsOf(purchases, func(p shop.Purchase) string { return string(p.ID) }), next, err
		}, func(o objects) string { return string(o.purchase.ID) }},
		{"services", func(ctx context.Context, a id.Account, p shop.Page) ([]string, shop.Cursor, error) {
			services, next, err := s.Services(ctx, a, p)
			return idsOf(services, func(s shop.Service) string { return string(s.ID) }), next, err
		}, func(o objects) string { return string(o.service.ID) }},
		{"approvals", func(ctx context.Context, a id.Account, p shop.Page) ([]string, shop.Cursor, error) {
			approvals, next, err := s.Approvals(ctx, a, p)
			return idsOf(approvals, func(a shop.Approval) string { return string(a.ID) }), next, err
		}, func(o objects) string { return string(o.approval.ID) }},
	}
}

func idsOf[T any](objects []T, of func(T) string) []string {
	var ids []string
	for _, o := range objects {
		ids = append(ids, of(o))
	}
	return ids
}

// stock fills an account, and returns the identifiers of a list, the newest first.
func (s store) stock(t *testing.T, agent id.Agent, n int) func(shelf) []string {
	t.Helper()
	var all []objects
	for range n {
		o := fresh(agent)
		o.record.Key = string(o.quote.ID)
		made := withoutPeople(o.change())
		made.Budgets, made.Waiting, made.SSHKeys = nil, nil, nil // of which there is one
		s.commit(t, made)
		expectOK(t, s.PutCredential(t.Context(), o.credential))
		all = append(all, o)
	}
	return func(list shelf) []string {
		ids := idsOf(all, list.ofOne)
		slices.Sort(ids)
		slices.Reverse(ids)
		return ids
	}
}

// Pages of any sizes, one after the other, are the list: nothing twice, nothing
// left out, and no cursor behind the last object.
func TestPages(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		accounts := make(map[id.Account]func(shelf) []string)
		for _, n := range []int{0, 1, 12} {
			agent := newAgent()
			accounts[agent.Account()] = s.stock(t, agent, n)
		}
		rapid.Check(t, func(r *rapid.T) {
			account := rapid.SampledFrom(slices.Sorted(maps.Keys(accounts))).Draw(r, "account")
			list := rapid.SampledFrom(shelves(s)).Draw(r, "list")
			rest := accounts[account](list)
			for cursor := shop.Cursor(""); ; {
				limit := rapid.IntRange(1, 13).Draw(r, "limit")
				page, next, err := list.page(t.Context(), account, shop.Page{Limit: limit, After: cursor})
				if err != nil {
					r.Fatal(err)
				}
				want := rest[:min(limit, len(rest))]
				rest = rest[len(want):]
				if !slices.Equal(page, want) || (next == "") != (len(rest) == 0) {
					r.Fatalf("%s: %v, next %q; want %v and then %d", list.name, page, next, want, len(rest))
				}
				if next == "" {
					return
				}
				cursor = next
			}
		})
	})
}

// A cursor is a place in one list. A foreign or made-up one finds nothing that
// is not in that list, and is no error.
func TestForeignCursor(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		agent, stranger := newAgent(), newAgent()
		older := s.stock(t, agent, 2)
		foreign := s.stock(t, stranger, 2)
		newer := s.stock(t, agent, 2)
		rapid.Check(t, func(r *rapid.T) {
			list := rapid.SampledFrom(shelves(s)).Draw(r, "list")
			cursor := rapid.OneOf(
				rapid.SampledFrom(foreign(list)),
				rapid.StringN(1, 90, 380),
				rapid.Map(rapid.SliceOfN(rapid.Byte(), 1, 380), func(b []byte) string { return string(b) }),
			).Draw(r, "cursor")
			got, _, err := list.page(t.Context(), agent.Account(), shop.Page{Limit: shop.MaxPage, After: shop.Cursor(cursor)})
			if err != nil {
				r.Fatal(err)
			}
			want := olderThan(append(newer(list), older(list)...), cursor)
			if !slices.Equal(got, want) {
				r.Fatalf("%s after %q: %v, want %v", list.name, cursor, got, want)
			}
		})
	})
}

// olderThan is the part of a list that sorts before the cursor, byte by byte.
// What is no UTF-8 reaches the table as U+FFFD.
func olderThan(list []string, cursor string) []string {
	cursor = strings.ToValidUTF8(cursor, "�")
	var older []string
	for _, id := range list {
		if id < cursor {
			older = append(older, id)
		}
	}
	return older
}
