package verify_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agentstore/pkg/shop"
	"agentstore/pkg/verify"
)

// The entries of good books.
const (
	fundingEntry = iota
	purchaseEntry
	refundEntry
)

// The promises, as findings name them.
const (
	sumsUp     = "the ledger sums to the balance"
	notBelow   = "a balance is never below zero"
	causeOnce  = "a cause is booked once"
	oneRecord  = "a purchase has one idempotency record"
	hasEffect  = "a record has its effect"
	quoteOnce  = "a quote is used once, at its price, in time"
	paidOnce   = "a purchase is paid once, at its price"
	hasUnits   = "a purchase has its services"
	saysWhat   = "a purchase says what became of it"
	refundOnce = "what was not delivered is refunded once"
	settles    = "everything settles in time"
	asked      = "a renewal that is asked about waits"
	hasOwner   = "a service has its purchase"
	noOrphan   = "nothing is held without an owner"
	oneServer  = "a service is held once at most"
	hasServer  = "an active service is held at its provider"
	counts     = "a budget counts what was spent"
	asItIs     = "an approval is as its purchase"
	byMember   = "an approval is decided by a member"
	decideSoon = "an approval is decided in time"
	released   = "what is held is captured or released"
	inOwnList  = "what an agent has is in its own list"
	byLabel    = "a service is found by its labels"
	byStatus   = "a service is found by its status"
	manySettle = "a cancellation of many settles"
	isPersonal = "personal data is there, or erased"
	calledSo   = "an agent sees what its identifier says"
)

// TestAccount breaks one thing at a time in good books.
func TestAccount(t *testing.T) {
	t.Parallel()
	fresh := goodBooks(t)
	tests := []struct {
		name string
		harm func(*books)
		// detail is a part of the first finding.
		detail string
		want   []string
	}{
		{"nothing", func(*books) {}, "", nil},

		{"another balance", func(b *books) { b.Wallet.Balance.Minor++ }, "the wallet holds $252.01, the ledger sums to $252.00", []string{sumsUp}},
		{"another count", func(b *books) { b.Wallet.Version++ }, "the wallet counts 4 entries, there are 3", []string{sumsUp}},
		{"no wallet", func(b *books) { b.Wallet = shop.Wallet{Account: b.Account} }, "the balance should be", []string{sumsUp, sumsUp, sumsUp, sumsUp}},
		{"another currency in an entry", func(b *books) { b.Entries[refundEntry].Amount.Currency = "eur" }, "the balance should be", []string{sumsUp, sumsUp}},
		{"an entry with another balance", func(b *books) { b.Entries[purchaseEntry].Balance.Minor++ }, "the balance should be $228.00 and is $228.01", []string{sumsUp}},
		{"an entry with another number", func(b *books) { b.Entries[refundEntry].Number++ }, "it should be number 3", []string{sumsUp}},
		{"less than nothing", func(b *books) {
			b.Wallet.Balance = cents(-1)
			b.Wallet.Version++
			b.Entries = append(b.Entries, shop.Entry{Number: 4, Kind: shop.EntryAdjustment, Cause: "x", Amount: cents(-25_201), Balance: cents(-1)})
		}, "it is -$0.01", []string{notBelow}},
		{"a cause twice", func(b *books) { b.book(shop.EntryFunding, b.Entries[fundingEntry].Cause, 1) }, "was booked before", []string{causeOnce}},

		{"no record of the purchase", func(b *books) { b.record("pur_").Subject = string(b.quote(false).ID) }, "it has 0", []string{oneRecord}},
		{"two records of the purchase", func(b *books) { b.Records = append(b.Records, *b.record("pur_")) }, "it has 2", []string{oneRecord}},
		{"a record of nothing", func(b *books) { b.record("act_").Subject = "act_x" }, "it is not there", []string{hasEffect}},

		{"a purchase without its personal data", func(b *books) { b.Purchases[0].Offer.Personal = "per_x" }, "it refers to per_x, which is not there", []string{isPersonal}},
		{"a service without its personal data", func(b *books) { b.Services[0].Personal = "per_x" }, "it refers to per_x, which is not there", []string{isPersonal}},
		{"personal data that goes", func(b *books) {
			b.Personal = []shop.Personal{{ID: "per_x", Data: []byte(`{}`), ExpiresAt: b.Purchases[0].CreatedAt}}
			b.Services[0].Personal = "per_x"
		}, "it refers to per_x, which goes after", []string{isPersonal}},
		{"something left of what was erased", func(b *books) {
			b.Personal = []shop.Personal{{ID: "per_x", Data: []byte(`{}`), ErasedAt: b.Purchases[0].CreatedAt}}
		}, "and has data", []string{isPersonal}},
		{"something lost that was not erased", func(b *books) { b.Personal = []shop.Personal{{ID: "per_x"}} }, "and has no data", []string{isPersonal}},

		{"a quote used by nothing", func(b *books) { b.quote(false).Purchase = "pur_x" }, "the purchase pur_x that used it is not there", []string{quoteOnce}},
		{"a quote used by another's purchase", func(b *books) { b.quote(false).Purchase = b.Purchases[0].ID }, "names the quote", []string{quoteOnce, quoteOnce}},
		{"another price than the quote's", func(b *books) { b.quote(true).Offer.Price.Total.Minor-- }, "it offers $71.99 and $72.00 was paid", []string{quoteOnce}},
		{"a quote used at its end", func(b *books) { b.quote(true).ExpiresAt = b.Purchases[0].CreatedAt }, "after its end", []string{quoteOnce}},
		{"a purchase of a quote that does not know", func(b *books) { b.quote(true).Purchase = "" }, `is used by ""`, []string{quoteOnce}},

		{"not paid", func(b *books) {
			b.Entries[purchaseEntry].Kind, b.Entries[purchaseEntry].Cause = shop.EntryAdjustment, "x"
		}, "its price is $72.00, booked is 0", []string{paidOnce}},
		{"paid at another price", func(b *books) {
			b.Purchases[0].Offer.Price.Total.Minor -= 3
			b.quote(true).Offer.Price.Total.Minor -= 3
		}, "its price is $71.97, booked is -$72.00", []string{paidOnce, refundOnce, counts, counts}},
		{"paid for nothing", func(b *books) { b.book(shop.EntryPurchase, "purchase:pur_x", -1) }, "it was paid for, and is not there", []string{paidOnce}},
		{"a unit too few", func(b *books) { b.dropUnit(b.idleService().ID) }, "it has 2 of 3", []string{hasUnits, hasOwner, counts, counts}},
		{"a unit that is not there", func(b *books) { b.dropService(b.idleService().ID) }, "is not there", []string{hasUnits, counts, counts}},
		{"another status", func(b *books) { b.Purchases[0].Status = shop.PurchaseCompleted }, "it is completed and should be partially_failed", []string{saysWhat}},

		{"no refund", func(b *books) { b.Entries[refundEntry].Kind, b.Entries[refundEntry].Cause = shop.EntryAdjustment, "x" }, "$24.00 is owed, booked is 0", []string{refundOnce}},
		{"a refund of what was delivered", func(b *books) { b.book(shop.EntryRefund, "refund:"+string(b.idleService().ID), 1) }, "it was refunded without a failure", []string{refundOnce}},

		{"a failed unit that its purchase does not know", func(b *books) { b.idleService().Status = shop.ServiceFailed }, "its purchase says failed: false", []string{saysWhat, noOrphan}},
		{"provisioning without a job", func(b *books) { b.idleService().Status = shop.ServiceProvisioning }, "it is provisioning and no job is due", []string{settles}},
		{"an action without a job", func(b *books) { b.job(shop.JobDue).Status = shop.JobDone }, "is in progress and no job is due", []string{settles}},
		{"an action with nothing but a delete", func(b *books) { b.job(shop.JobDue).Intent.Action = shop.ActionDelete }, "is in progress and no job is due", []string{settles}},
		{"a current action that has ended", func(b *books) { b.action(shop.ActionRunning).Status = shop.ActionSucceeded }, "is in progress", []string{settles}},
		{"a running action that its service does not know", func(b *books) { b.busyService().Current = nil }, "its service does not know it", []string{settles}},
		{"a job due for too long", func(b *books) { b.job(shop.JobDue).CreatedAt = b.now.Add(-shop.FinalWithin - 1) }, "it is due since", []string{settles}},
		{"a job due for nearly too long", func(b *books) { b.job(shop.JobDue).CreatedAt = b.now.Add(-shop.FinalWithin) }, "", nil},
		{"a service of another's purchase", func(b *books) { b.idleService().Purchase = "pur_x" }, "pur_x does not name it", []string{hasOwner}},

		{"a server of a failed service", func(b *books) { b.Holdings[0].Service = b.failedService().ID }, `the service is "failed"`, []string{noOrphan, hasServer}},
		{"a server of nobody", func(b *books) { b.Holdings = append(b.Holdings, b.orphan()) }, `the service is ""`, []string{noOrphan}},
		{"a young server of nobody", func(b *books) {
			h := b.orphan()
			h.CreatedAt = b.now.Add(1 - b.grace)
			b.Holdings = append(b.Holdings, h)
		}, "", nil},
		{"two servers of one service", func(b *books) { b.Holdings = append(b.Holdings, b.Holdings[0]) }, "it has 2", []string{oneServer}},
		{"a service that waits for nobody", func(b *books) { b.idleService().Bill.Asked = &shop.RenewalAsked{Approval: "apr_y"} }, "apr_y: it is not there", []string{asked}},
		{"a question that no service waits for", func(b *books) {
			b.Approvals = append(b.Approvals, shop.Approval{ID: "apr_y", Status: shop.ApprovalPending, Intent: shop.Intent{Action: shop.ActionRenew}})
		}, "it is pending", []string{asked}},
		{"a question that is over and that a service waits for", func(b *books) {
			b.Approvals = append(b.Approvals, shop.Approval{ID: "apr_y", Status: shop.ApprovalExpired, Intent: shop.Intent{Action: shop.ActionRenew}})
			b.idleService().Bill.Asked = &shop.RenewalAsked{Approval: "apr_y"}
		}, "it is expired", []string{asked}},
		{"a budget with another total", func(b *books) { b.Budgets[0].Spending.Sums[0].TotalMinor++ }, "it counts 2 live services, $48.01 in total, $48.00 in 2026-01, $48.00 on 2026-01-31, and should 2 live services, $48.00 in total,", []string{counts}},
		{"a budget of an agent with another day", func(b *books) { b.Budgets[1].Spending.Sums[0].DayMinor-- }, "$47.99 on 2026-01-31, and should", []string{counts}},
		{"a budget with another month", func(b *books) { b.Budgets[0].Spending.Sums[0].MonthMinor = 0 }, "0 in 2026-01,", []string{counts}},
		{"a budget with another number of services", func(b *books) { b.Budgets[0].Spending.LiveServices = 3 }, "it counts 3 live services,", []string{counts}},
		{"no budget of the agent", func(b *books) { b.Budgets = b.Budgets[:1] }, "it counts 0 live services, and should 2 live services", []string{counts}},
		{"a budget of another day and month", func(b *books) {
			sum := &b.Budgets[0].Spending.Sums[0]
			sum.Day, sum.DayMinor, sum.Month, sum.MonthMinor = "2026-02-01", 0, "2026-02", 0
		}, "", nil},
		{"a sum of nothing", func(b *books) {
			b.Budgets[0].Spending.Sums = append(b.Budgets[0].Spending.Sums, shop.Sum{Currency: "eur", TotalMinor: 1})
		}, "€0.01 in total", []string{counts}},

		{"approved and carried out", func(b *books) { b.approve(shop.ApprovalApproved) }, "", nil},
		{"denied and carried out", func(b *books) { b.approve(shop.ApprovalDenied) }, "it is partially_failed, its approval is denied", []string{asItIs}},
		{"carried out before it was decided", func(b *books) { b.approve(shop.ApprovalPending).DecidedBy = "" }, "it is partially_failed, its approval is pending", []string{asItIs}},
		{"an approval of another purchase", func(b *books) { b.approve(shop.ApprovalApproved).Purchase = "pur_x" }, "is about", []string{asItIs}},
		{"an approval of another agent", func(b *books) { b.approve(shop.ApprovalApproved).Agent = "agt_x" }, "is about", []string{asItIs}},
		{"no approval", func(b *books) { b.approve(shop.ApprovalApproved); b.Approvals = nil }, "is about", []string{asItIs, asItIs}},
		{"approved by nobody", func(b *books) { b.approve(shop.ApprovalApproved).DecidedBy = "" }, `by ""`, []string{byMember}},
		{"approved too late", func(b *books) { b.approve(shop.ApprovalApproved).DecidedAt = b.now }, "after its end", []string{decideSoon}},
		{"parked", func(b *books) { b.park(shop.PurchasePendingApproval, shop.ApprovalPending) }, "", nil},
		{"denied", func(b *books) { b.park(shop.PurchaseDenied, shop.ApprovalDenied) }, "", nil},
		{"approved and not carried out", func(b *books) { b.park(shop.PurchasePendingApproval, shop.ApprovalApproved) }, "it is pending_approval, its approval is approved", []string{asItIs}},
		{"denied and still pending", func(b *books) { b.park(shop.PurchasePendingApproval, shop.ApprovalDenied) }, "it is pending_approval, its approval is denied", []string{asItIs}},
		{"parked and paid", func(b *books) {
			b.park(shop.PurchasePendingApproval, shop.ApprovalPending)
			b.book(shop.EntryPurchase, "purchase:pur_x", -1)
		}, "it is pending_approval, and was carried out", []string{paidOnce}},
		{"a question that holds its money", func(b *books) { b.hold(shop.PurchasePendingApproval, shop.ApprovalPending) }, "", nil},
		{"one that was denied", func(b *books) { b.hold(shop.PurchaseDenied, shop.ApprovalDenied) }, "", nil},
		{"one that is over", func(b *books) { b.hold(shop.PurchaseExpired, shop.ApprovalExpired).DecidedBy = "" }, "", nil},
		{"one that holds nothing", func(b *books) {
			b.hold(shop.PurchasePendingApproval, shop.ApprovalPending)
			b.Entries[len(b.Entries)-1].Kind, b.Entries[len(b.Entries)-1].Cause = shop.EntryAdjustment, "x"
		}, "it is pending_approval and holds $0.01, booked is 0", []string{paidOnce}},
		{"one that was denied and still holds", func(b *books) {
			b.hold(shop.PurchaseDenied, shop.ApprovalDenied)
			b.Entries[len(b.Entries)-1].Kind, b.Entries[len(b.Entries)-1].Cause = shop.EntryAdjustment, "x"
		}, "$0.01 is owed, booked is 0", []string{refundOnce}},
		{"one that came back while it is open", func(b *books) {
			b.hold(shop.PurchasePendingApproval, shop.ApprovalPending)
			b.book(shop.EntryRefund, "refund:pur_x", 1)
		}, "it was refunded without a failure", []string{refundOnce}},
		{"one that is not counted", func(b *books) {
			b.hold(shop.PurchasePendingApproval, shop.ApprovalPending)
			b.Budgets[0].Spending.LiveServices--
		}, "and should 3 live services", []string{counts}},
		{"one whose approval does not know", func(b *books) {
			b.hold(shop.PurchasePendingApproval, shop.ApprovalPending).Held = false
		}, "it holds its price: true, its approval: false", []string{asItIs}},
		{"one that is over for long", func(b *books) {
			b.hold(shop.PurchasePendingApproval, shop.ApprovalPending).ExpiresAt = b.now.Add(-15 * time.Minute)
		}, "it holds its price, and is over", []string{released}},
		{"one that is stored as over and held nothing", func(b *books) {
			b.park(shop.PurchaseExpired, shop.ApprovalExpired).DecidedBy = ""
		}, "it is stored as expired, and held nothing", []string{byMember}},
		{"parked without a question", func(b *books) {
			b.park(shop.PurchasePendingApproval, shop.ApprovalPending)
			b.Purchases[1].Approval, b.Approvals = nil, nil
		}, "nobody was asked", []string{asItIs}},
		{"a question of no purchase", func(b *books) {
			b.park(shop.PurchasePendingApproval, shop.ApprovalPending)
			b.Purchases, b.Records = b.Purchases[:1], b.Records[:len(b.Records)-1]
		}, "the purchase pur_x does not name it", []string{asItIs}},

		{"an agent that sees its own, with its list", func(b *books) { b.own() }, "", nil},
		{"no copy of the purchase", func(b *books) { b.own(); b.OwnPurchases = nil }, "it is not there", []string{inOwnList}},
		{"no copy of a service", func(b *books) { b.own(); b.OwnServices = b.OwnServices[1:] }, "it is not there", []string{inOwnList}},
		{"a purchase twice in the list", func(b *books) { b.own(); b.OwnPurchases = append(b.OwnPurchases, b.OwnPurchases[0]) }, "it is there, and is not its own", []string{inOwnList}},
		{"an old copy of the purchase", func(b *books) { b.own(); b.OwnPurchases[0].Version-- }, "there it is", []string{inOwnList}},
		{"a copy of a service with another status", func(b *books) { b.own(); b.OwnServices[0].Status = "x" }, "there it is", []string{inOwnList}},
		{"a copy for an agent that sees the account", func(b *books) { b.OwnPurchases = b.Purchases }, "it is there, and is not its own", []string{inOwnList}},
		{"a service with a label", func(b *books) { b.label(1) }, "", nil},
		{"a service that its label does not find", func(b *books) { b.label(0) }, "in 0 lists of 1", []string{byLabel}},
		{"a label that is gone", func(b *books) { b.label(1); b.Labelings[0].Gone = true }, "in 0 lists of 1", []string{byLabel}},
		{"a service that a label finds that it lost", func(b *books) { b.label(1); b.Services[0].Labels = nil }, "it does not have the label", []string{byLabel}},
		{"a label of an agent that sees its own", func(b *books) { b.label(2); b.own() }, "", nil},
		{"a label that only the account finds", func(b *books) { b.label(1); b.own() }, "in 1 lists of 2", []string{byLabel}},

		{"a service that is found by its status", func(b *books) { b.list(1) }, "", nil},
		{"a service that its status does not find", func(b *books) { b.list(0) }, "in 0 lists of 1", []string{byLabel}},
		{"a service that another status finds", func(b *books) { b.list(1); b.Labelings[0].Label = "~suspended" }, "in 0 lists of 1", []string{byLabel, byLabel}},
		{"a service that its agent does not find", func(b *books) { b.list(1); b.Labelings = b.Labelings[:1] }, `by "" in 0 lists of 1`, []string{byLabel}},
		{"its own list", func(b *books) { b.own(); b.list(2) }, "", nil},
		{"a status that only the account finds", func(b *books) { b.own(); b.list(1) }, "in 1 lists of 2", []string{byLabel}},

		{"a cancellation of many", func(b *books) { b.many(shop.MatchOpen, 0) }, "", nil},
		{"one that nobody works on", func(b *books) { b.many(shop.MatchOpen, 0).DueAt = time.Time{} }, "1 services are open, and", []string{manySettle}},
		{"one that never ends", func(b *books) { b.many(shop.MatchOpen, shop.FinalWithin+2*time.Hour) }, "are open since", []string{manySettle}},
		{"one that says that a service has ended", func(b *books) { b.many(shop.MatchEnded, 0).DueAt = time.Time{} }, "which is active", []string{manySettle}},

		{"an agent that is called so", func(b *books) {
			b.Agents = []shop.Agent{{ID: ownAgent, Sees: shop.SeesOwn}, {ID: b.Purchases[0].Agent, Sees: shop.SeesAccount}}
		}, "", nil},
		{"an agent that is called otherwise", func(b *books) { b.Agents = []shop.Agent{{ID: ownAgent, Sees: shop.SeesAccount}} }, `it sees "account"`, []string{calledSo}},
		{"an agent that sees less than it is called", func(b *books) {
			b.Agents = []shop.Agent{{ID: b.Purchases[0].Agent, Sees: shop.SeesOwn}}
		}, `it sees "own"`, []string{calledSo}},

		{"no server", func(b *books) { b.Holdings = b.Holdings[:1] }, "it has none", []string{hasServer}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := fresh(t)
			tt.harm(&b)
			var promises []string
			findings := verify.Account(b.Books, b.now, b.grace)
			for _, f := range findings {
				promises = append(promises, f.Promise)
			}
			if diff := cmp.Diff(tt.want, promises); diff != "" {
				t.Errorf("promises (-want +got):\n%s", diff)
			}
			if len(findings) > 0 && !strings.Contains(findings[0].String(), tt.detail) {
				t.Errorf("the finding is %q, want %q in it", findings[0], tt.detail)
			}
		})
	}
}

// An account that never did anything has nothing to find fault with.
func TestNothing(t *testing.T) {
	t.Parallel()
	if findings := verify.Account(shop.Books{Account: "acc_1"}, time.Time{}, 0); findings != nil {
		t.Errorf("it finds %v", findings)
	}
}
