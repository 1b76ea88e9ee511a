package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"agentstore/pkg/app"
	"agentstore/pkg/id"
	"agentstore/pkg/local"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
)

const fundUsage = "use: agentstore fund --account acc_… --amount 50000 --reference …; the amount is in the minor unit of the currency (50000 of usd is $500.00), and the same reference is booked once"

// fundFlags are what is booked, and to whom.
type fundFlags struct{ account, amount, currency, reference string }

func fund(in invocation) *cobra.Command {
	var f fundFlags
	cmd := ofStore(&cobra.Command{
		Use: "fund", Short: "add money to the wallet of an account", Args: noWords,
		RunE: func(cmd *cobra.Command, _ []string) error { return addMoney(cmd.Context(), in, f) },
	})
	flags := cmd.Flags()
	flags.StringVar(&f.account, "account", "", "whose wallet, as acc_…")
	flags.StringVar(&f.amount, "amount", "", "how much, in the minor unit of the currency: 50000 of usd is $500.00")
	flags.StringVar(&f.currency, "currency", "usd", "a lower-case ISO 4217 code")
	flags.StringVar(&f.reference, "reference", "", "what it is for; the same reference is booked once")
	return cmd
}

func addMoney(ctx context.Context, in invocation, f fundFlags) error {
	if f.reference == "" {
		return errors.New(fundUsage)
	}
	why, err := readable("--reference", f.reference, shop.MaxReference)
	if err != nil {
		return err
	}
	account := id.Account(f.account)
	minor, err := strconv.ParseInt(f.amount, 10, 64)
	if err != nil || minor <= 0 || !id.ValidAccount(account) {
		return errors.New(fundUsage)
	}
	currency, err := money.ParseCurrency(f.currency)
	if err != nil {
		return fmt.Errorf("%q is not a currency: use a lower-case ISO 4217 code, such as usd", f.currency)
	}
	return in.withStore(ctx, func(c app.Config, db local.Database) error {
		w, booked, err := app.Shop(c, db).Fund(ctx, account, money.Money{Minor: minor, Currency: currency}, why, "Funded by the operator")
		if errors.Is(err, money.ErrCurrency) {
			return fmt.Errorf("the wallet of %s is in %s", account, w.Balance.Currency)
		}
		if err != nil {
			return err
		}
		if !booked {
			fmt.Fprintf(in.out, "The reference %q was already booked. The wallet of %s holds %s.\n", why, account, w.Balance)
			return nil
		}
		fmt.Fprintf(in.out, "The wallet of %s holds %s.\n", account, w.Balance)
		return nil
	})
}
