package main

import (
	"context"
	"fmt"

	"agentstore/pkg/app"
	"agentstore/pkg/local"
)

// verify is what an operator runs after something has happened to the data.
func verify(ctx context.Context, in invocation) error {
	return in.withStore(ctx, func(c app.Config, db local.Database) error { return in.verified(ctx, c, db) })
}

// verified says what can be read, and what the books are. A promise that is broken is
// an error.
func (in invocation) verified(ctx context.Context, c app.Config, db local.Database) error {
	if err := in.readable(ctx, db); err != nil {
		return fmt.Errorf("the %s cannot be used: %w", db.Place, err)
	}
	fmt.Fprintln(in.out, "Checking its books; the store should be quiet meanwhile.")
	report, err := local.Verify(ctx, c, db)
	if err != nil {
		return err
	}
	fmt.Fprintf(in.out, "%d accounts, %d purchases, %d services, %d ledger entries, %d servers.\n",
		report.Accounts, report.Purchases, report.Services, report.Entries, report.Servers)
	for _, finding := range report.Findings {
		fmt.Fprintln(in.out, "  "+finding.String())
	}
	if n := len(report.Findings); n > 0 {
		return fmt.Errorf("%d promises are broken", n)
	}
	fmt.Fprintln(in.out, "Every promise is kept.")
	return nil
}

// readable reads the files of a store that has some, or whatever is needed to know
// that the table is there.
func (in invocation) readable(ctx context.Context, db local.Database) error {
	if err := db.Ready(ctx); err != nil {
		return err
	}
	if db.Engine == nil {
		fmt.Fprintf(in.out, "The %s can be read.\n", db.Place)
		return nil
	}
	items, err := db.ReadFiles(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(in.out, "The %s can be read: %d items.\n", db.Place, items)
	return nil
}
