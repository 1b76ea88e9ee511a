package local

import (
	"context"

	"agentstore/pkg/app"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// AuditReport is what an audit of a whole table looked at, and found.
type AuditReport struct {
	Accounts, Purchases, Services, Entries, Servers int
	Findings                                        []shop.Finding
}

// Audit checks every account that ever moved money, and what the provider runs.
func Audit(ctx context.Context, c app.Config, db Database) (AuditReport, error) {
	var r AuditReport
	accounts, err := db.Accounts(ctx)
	if err != nil {
		return r, err
	}
	holdings, err := app.Servers(c, db.Table, app.Now).Holdings(ctx)
	if err != nil {
		return r, err
	}
	r.Servers = len(holdings)
	byAccount := make(map[id.Account][]shop.Holding)
	for _, h := range holdings {
		byAccount[h.Account] = append(byAccount[h.Account], h)
	}
	for _, account := range accounts {
		books, err := db.Books(ctx, account)
		if err != nil {
			return r, err
		}
		books.Holdings = byAccount[account]
		delete(byAccount, account)
		r.add(books)
	}
	// What is left runs for accounts that never had money.
	for account, left := range byAccount {
		r.add(shop.Books{Account: account, Holdings: left})
	}
	return r, nil
}

func (r *AuditReport) add(b shop.Books) {
	r.Accounts++
	r.Purchases += len(b.Purchases)
	r.Services += len(b.Services)
	r.Entries += len(b.Entries)
	r.Findings = append(r.Findings, shop.Audit(b, app.Now(), app.Grace)...)
}
