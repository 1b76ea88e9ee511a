package verify_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/license"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/app"
	"agentstore/pkg/shop"
	"agentstore/pkg/verify"
)

const (
	actionAlike = "a bought action is as its purchase"
	renewsRight = "a service renews at what was bought"
	isForetold  = "what a service is charged is foretold"
)

// extendedBooks are good books with a license that was extended twice: once it failed.
// They are copies.
func extendedBooks(t *testing.T) func(*testing.T) books {
	t.Helper()
	refuses := true
	s := running{storetest.New(t, dynamotest.Embedded(t), storetest.Options{
		NoKick: true, Shelf: append(app.Shelf(), license.New()), Catalog: license.Catalog,
		Fulfilments: map[string]shop.Fulfilment{license.ServiceType: license.Desk{Refuses: func(shop.Job) bool { return refuses }}},
	})}
	service := s.do(t, storetest.Purchases, map[string]any{
		"catalogItemId": "cat_render", "configuration": map[string]any{"edition": "team", "seats": 3, "billingTermMonths": 1}, "idempotencyKey": "the license",
	}).Text("service", "id")
	for _, refuses = range []bool{true, false} {
		s.Clock.Advance(time.Minute)
		quote := s.do(t, storetest.Services+"/"+service+"/license/extend/quote", map[string]any{"seats": 2}).Text("quote", "id")
		s.do(t, storetest.Purchases, map[string]any{"quoteId": quote, "idempotencyKey": quote})
		s.settle(t)
	}
	found, err := s.Table.Books(t.Context(), s.Agent.Account())
	must(t, err)
	text, err := json.Marshal(found)
	must(t, err)
	return func(t *testing.T) books {
		t.Helper()
		b := books{now: s.Clock.Now()}
		must(t, json.Unmarshal(text, &b.Books))
		return b
	}
}

// extension is the purchase of the extension of that status.
func (b *books) extension(status shop.PurchaseStatus) *shop.Purchase {
	return &b.Purchases[slices.IndexFunc(b.Purchases, func(p shop.Purchase) bool { return p.Offer.Action != nil && p.Status == status })]
}

func (b *books) entry(kind shop.EntryKind) *shop.Entry {
	return &b.Entries[slices.IndexFunc(b.Entries, func(e shop.Entry) bool { return e.Kind == kind })]
}

// TestActions breaks one thing at a time that has to do with an action that was bought.
func TestActions(t *testing.T) {
	t.Parallel()
	fresh := extendedBooks(t)
	tests := []struct {
		name   string
		harm   func(*books)
		detail string // a part of the first finding
		want   []string
	}{
		{"nothing", func(*books) {}, "", nil},
		{"another renewal", func(b *books) { b.Services[0].Bill.Renewal.Minor-- }, "it renews at $49.99", []string{renewsRight, isForetold}},
		{"the renewal of the one that failed", func(b *books) {
			b.extension(shop.PurchaseFailed).Offer.Price.Renewal.Minor = 7000
			b.Services[0].Bill.Renewal.Minor = 7000
		}, "it renews at $70.00", []string{renewsRight, isForetold}},
		{"no refund", func(b *books) { b.entry(shop.EntryRefund).Cause = "refund:" + string(b.Services[0].ID) }, "is owed, booked is 0", []string{refundOnce, refundOnce}},
		{"a refund of what succeeded", func(b *books) {
			b.book(shop.EntryRefund, "refund:"+string(b.extension(shop.PurchaseCompleted).Action), 1)
		}, "without a failure", []string{refundOnce}},
		{"an action of another purchase", func(b *books) {
			b.action(shop.ActionSucceeded).Purchase = "pur_x"
		}, `by "pur_x"`, []string{actionAlike}},
		{"an action that nobody has bought", func(b *books) {
			action := *b.action(shop.ActionSucceeded)
			action.ID = "act_x"
			b.Actions = append(b.Actions, action)
		}, "does not name it", []string{actionAlike}},
		{"a failed action of a completed purchase", func(b *books) { b.action(shop.ActionSucceeded).Status = shop.ActionFailed }, "it is completed, its action is failed", []string{actionAlike, renewsRight}},
		{"an extension that names no service", func(b *books) { b.extension(shop.PurchaseCompleted).Services = nil }, "it has 0 of 1", []string{hasUnits, actionAlike, renewsRight, counts, counts}},
		{"an extension that counts as a service", func(b *books) { b.Budgets[0].Spending.LiveServices++ }, "it counts 2 live services", []string{counts}},
		{"a purchase of units that has begun something", func(b *books) {
			for i := range b.Purchases {
				if b.Purchases[i].Offer.Action == nil {
					b.Purchases[i].Action = "act_x"
				}
			}
		}, "it has begun act_x", []string{actionAlike}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := fresh(t)
			tt.harm(&b)
			var promises []string
			findings := verify.Account(b.Books, b.now, time.Hour)
			for _, f := range findings {
				promises = append(promises, f.Promise)
			}
			if diff := cmp.Diff(tt.want, promises); diff != "" {
				t.Errorf("promises (-want +got):\n%s%v", diff, findings)
			}
			if len(findings) > 0 && !strings.Contains(findings[0].String(), tt.detail) {
				t.Errorf("the finding is %q, want %q in it", findings[0], tt.detail)
			}
		})
	}
}
