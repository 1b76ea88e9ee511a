// Package verify checks what a store holds against what it promises: docs/reliability.md
// lists the promises. It computes everything from the start, so that an error in the
// business is not repeated here.
package verify

import (
	"fmt"
	"time"

	"agentstore/pkg/shop"
)

// Finding is a broken promise.
type Finding struct {
	Promise string // in a few words
	Subject string // the id of what breaks it
	Detail  string
}

func (f Finding) String() string { return f.Promise + ": " + f.Subject + ": " + f.Detail }

// Account checks the books of an account. Grace is how old a server must be before it
// counts as an orphan.
func Account(b shop.Books, now time.Time, grace time.Duration) []Finding {
	a := account{Books: b, now: now, grace: grace, entries: make(map[string]shop.Entry)}
	a.ledger()
	a.holds()
	a.records()
	a.quotes()
	for _, p := range b.Purchases {
		a.purchase(p)
	}
	a.debits()
	a.refunds()
	a.bills()
	a.services()
	a.personal()
	a.actions()
	a.renewals()
	a.credits()
	a.approvals()
	a.questions()
	a.budgets()
	a.holdings()
	a.own()
	a.labels()
	a.cancellations()
	return a.findings
}

type account struct {
	shop.Books
	now      time.Time
	grace    time.Duration
	entries  map[string]shop.Entry // by cause
	findings []Finding
}

// want reports a promise that is not kept.
func (a *account) want(kept bool, promise, subject, format string, args ...any) {
	if !kept {
		a.findings = append(a.findings, Finding{promise, subject, fmt.Sprintf(format, args...)})
	}
}
