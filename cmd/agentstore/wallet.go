package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"

	"agentstore/pkg/app"
	"agentstore/pkg/id"
	"agentstore/pkg/local"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
)

const fundUsage = "use: agentstore fund -account acc_… -amount 50000 -reference …; the amount is in the minor unit of the currency, and the same reference is booked once"

func fund(ctx context.Context, in invocation) error {
	flags := flag.NewFlagSet("fund", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	account := flags.String("account", "", "")
	amount := flags.String("amount", "", "")
	currency := flags.String("currency", "usd", "")
	reference := flags.String("reference", "", "")
	if err := flags.Parse(in.args); err != nil || flags.NArg() > 0 || *reference == "" {
		return errors.New(fundUsage)
	}
	why, err := readable("-reference", *reference, shop.MaxReference)
	if err != nil {
		return err
	}
	minor, err := strconv.ParseInt(*amount, 10, 64)
	if err != nil || minor <= 0 || !id.ValidAccount(id.Account(*account)) {
		return errors.New(fundUsage)
	}
	parsed, err := money.ParseCurrency(*currency)
	if err != nil {
		return fmt.Errorf("%q is not a currency: use a lower-case ISO 4217 code, such as usd", *currency)
	}
	c, db, err := remote(ctx, in)
	if err != nil {
		return err
	}
	w, booked, err := app.Shop(c, db).Fund(ctx, id.Account(*account), money.Money{Minor: minor, Currency: parsed}, why, "Funded by the operator")
	if errors.Is(err, money.ErrCurrency) {
		return fmt.Errorf("the wallet of %s is in %s", *account, w.Balance.Currency)
	}
	if err != nil {
		return err
	}
	if !booked {
		fmt.Fprintf(in.out, "The reference %q was booked before. The wallet of %s holds %s.\n", why, *account, local.Amount(w.Balance))
		return nil
	}
	fmt.Fprintf(in.out, "The wallet of %s holds %s.\n", *account, local.Amount(w.Balance))
	return nil
}

func audit(ctx context.Context, in invocation) error {
	c, db, err := remote(ctx, in)
	if err != nil {
		return err
	}
	fmt.Fprintf(in.out, "Auditing the %s. It should be quiet meanwhile.\n", db.Place)
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
