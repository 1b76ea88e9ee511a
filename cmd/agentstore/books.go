package main

import (
	"context"
	"fmt"

	"agentstore/pkg/app"
	"agentstore/pkg/local"
)

func audit(ctx context.Context, in invocation) error {
	return in.withStore(ctx, func(c app.Config, db local.Database) error {
		fmt.Fprintf(in.out, "Auditing the %s. It should be quiet meanwhile.\n", db.Place)
		return in.audited(ctx, c, db)
	})
}

// verify is what an operator runs after something has happened to the data.
func verify(ctx context.Context, in invocation) error {
	return in.withStore(ctx, func(c app.Config, db local.Database) error { return in.verified(ctx, c, db) })
}

func (in invocation) verified(ctx context.Context, c app.Config, db local.Database) error {
	if err := db.Ready(ctx); err != nil {
		return fmt.Errorf("the %s cannot be used: %w", db.Place, err)
	}
	fmt.Fprintf(in.out, "The %s can be read. Its books:\n", db.Place)
	return in.audited(ctx, c, db)
}

// audited says what an audit finds. A promise that is broken is an error.
func (in invocation) audited(ctx context.Context, c app.Config, db local.Database) error {
	report, err := local.Audit(ctx, c, db)
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
