package verify

import (
	"context"
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// Store reads what a table holds.
type Store interface {
	// Accounts are those that ever moved money.
	Accounts(context.Context) ([]id.Account, error)
	// Books returns everything about one account. It is a snapshot only while nobody
	// writes.
	Books(context.Context, id.Account) (shop.Books, error)
}

// Report says what was checked in a whole store, and what was found.
type Report struct {
	Accounts, Purchases, Services, Entries, Servers int
	Findings                                        []Finding
}

// Everything checks every account that ever moved money, and what providers run.
// Grace is that of Account.
func Everything(ctx context.Context, store Store, holdings []shop.Holding, now time.Time, grace time.Duration) (Report, error) {
	accounts, err := store.Accounts(ctx)
	if err != nil {
		return Report{}, err
	}
	r := Report{Servers: len(holdings)}
	byAccount := make(map[id.Account][]shop.Holding)
	for _, h := range holdings {
		byAccount[h.Account] = append(byAccount[h.Account], h)
	}
	for _, account := range accounts {
		books, err := store.Books(ctx, account)
		if err != nil {
			return r, err
		}
		books.Holdings = byAccount[account]
		delete(byAccount, account)
		r.add(books, now, grace)
	}
	// What is left runs for accounts that never had money.
	for account, left := range byAccount {
		r.add(shop.Books{Account: account, Holdings: left}, now, grace)
	}
	return r, nil
}

func (r *Report) add(b shop.Books, now time.Time, grace time.Duration) {
	r.Accounts++
	r.Purchases += len(b.Purchases)
	r.Services += len(b.Services)
	r.Entries += len(b.Entries)
	r.Findings = append(r.Findings, Account(b, now, grace)...)
}
