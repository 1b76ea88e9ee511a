package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"agentstore/pkg/app"
	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/local"
	"agentstore/pkg/shop"
)

// protection is what a command makes of the protection of a service: against
// everything that it can be protected against, or against nothing.
type protection struct {
	command, short string
	all            bool
	done           string
}

func protect(in invocation) *cobra.Command {
	return protection{
		"protect", "require a member's approval before an agent destroys the data of a service", true,
		"%s (%s) is protected: unless a member approves, no agent can %s it.\n",
	}.cobra(in)
}

func unprotect(in invocation) *cobra.Command {
	return protection{
		"unprotect", "let agents do everything to a service again", false,
		"%s (%s) is not protected%s: its agents can do everything that their keys allow.\n",
	}.cobra(in)
}

func (p protection) cobra(in invocation) *cobra.Command {
	var account, service string
	cmd := ofStore(&cobra.Command{
		Use: p.command, Short: p.short, Args: noWords,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.set(cmd.Context(), in, id.Account(account), id.Service(service))
		},
	})
	cmd.Flags().StringVar(&account, "account", "", "whose server it is, as acc_…")
	cmd.Flags().StringVar(&service, "service", "", "the server, as svc_…")
	return cmd
}

func (p protection) set(ctx context.Context, in invocation, account id.Account, service id.Service) error {
	if !id.ValidAccount(account) || !id.ValidService(service) {
		return fmt.Errorf("use: agentstore %s --account acc_… --service svc_…", p.command)
	}
	return in.withStore(ctx, func(c app.Config, db local.Database) error {
		s, err := app.Shop(c, db).Protect(ctx, account, service, p.all)
		if fault.Is(err, fault.NotFound) {
			return fmt.Errorf("the account %s has no service %s", account, service)
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(in.out, p.done, s.ID, s.DisplayName, p.list(s.Protection))
		return nil
	})
}

// list names actions as people say them.
func (protection) list(actions []shop.ActionName) string {
	words := make([]string, len(actions))
	for i, action := range actions {
		words[i] = string(action)
	}
	return strings.Join(words, " or ")
}
