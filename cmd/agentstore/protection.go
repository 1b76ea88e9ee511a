package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"

	"agentstore/pkg/app"
	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// protect has a member approve before an agent reinstalls a server.
func protect(ctx context.Context, in invocation) error {
	return setProtection(ctx, in, "protect", shop.Protectable(), "%s (%s) is protected: its agents cannot reinstall it unless a member approves.\n")
}

func unprotect(ctx context.Context, in invocation) error {
	return setProtection(ctx, in, "unprotect", nil, "%s (%s) is not protected: its agents can reinstall it.\n")
}

func setProtection(ctx context.Context, in invocation, command string, protection []shop.ActionType, done string) error {
	flags := flag.NewFlagSet(command, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	account := flags.String("account", "", "")
	service := flags.String("service", "", "")
	err := flags.Parse(in.args)
	if err != nil || flags.NArg() > 0 || !id.ValidAccount(id.Account(*account)) || !id.ValidService(id.Service(*service)) {
		return errors.New("use: agentstore " + command + " -account acc_… -service svc_…")
	}
	c, db, err := remote(ctx, in)
	if err != nil {
		return err
	}
	s, err := app.Shop(c, db).Protect(ctx, id.Account(*account), id.Service(*service), protection)
	if fault.Is(err, fault.NotFound) {
		return fmt.Errorf("the account %s has no service %s", *account, *service)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(in.out, done, s.ID, s.DisplayName)
	return nil
}
