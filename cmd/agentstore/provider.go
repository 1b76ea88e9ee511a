package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"agentstore/pkg/app/provision"
)

func provider(in invocation) *cobra.Command {
	cmd := &cobra.Command{Use: "provider", Short: "try the providers that servers come from", Args: cobra.ArbitraryArgs, RunE: incomplete}
	cmd.AddCommand(&cobra.Command{
		Use: "check", Short: "say what would be sold from where, at which price and cost; it changes nothing", Args: noWords, RunE: in.act(checkProviders),
	})
	return cmd
}

// checkProviders asks each project about what the catalog sells from it.
func checkProviders(ctx context.Context, in invocation) error {
	c, err := in.environment(trial)
	if err != nil {
		return err
	}
	goods, err := in.loadCatalog()
	if err != nil {
		return err
	}
	projects, err := provision.Check(ctx, c, goods, newLog(c))
	if err != nil {
		return err
	}
	if len(projects) == 0 {
		return errors.New("there is no token of a provider: set HCLOUD_TOKEN or HCLOUD_TOKEN_FILE, as docs/providers.md says")
	}
	problems := 0
	for _, project := range projects {
		problems += in.printProject(project)
	}
	if problems > 0 {
		return fmt.Errorf("%d problems", problems)
	}
	fmt.Fprintln(in.out, "Everything that the catalog sells from there can be delivered. Nothing was changed.")
	return nil
}

// printProject prints what a project would deliver, and counts what is wrong.
func (in invocation) printProject(p provision.Checked) (problems int) {
	fmt.Fprintf(in.out, "%s: %d servers, %d of them this store's; %d of %d calls are left this hour.\n", p.Name, p.Servers, p.Own, p.Remaining, p.Limit)
	wrong := func(problem string) {
		problems++
		fmt.Fprintln(in.out, "  PROBLEM "+problem)
	}
	if !p.Writes {
		wrong("the token may only read: make one that may read and write")
	}
	if len(p.Items) == 0 {
		wrong("the catalog sells nothing from it")
	}
	for _, item := range p.Items {
		sold := p.Sold[item.Item]
		length := "a month"
		if sold.Hourly() {
			length = "an hour"
		}
		fmt.Fprintf(in.out, "  %s sells at %s %s\n", item.Item, sold.Price, length)
		for _, region := range item.RegionsOf() {
			cost := item.Costs[region]
			fmt.Fprintf(in.out, "    %s costs %s %s net a month, and %s for its address\n", region, decimal(cost.Server), cost.Currency, decimal(cost.Address))
		}
		for _, problem := range item.Problems {
			wrong(problem)
		}
	}
	return problems
}

// decimal is a decimal without the zeros that say nothing.
func decimal(text string) string {
	whole, part, found := strings.Cut(text, ".")
	if !found {
		return text
	}
	for len(part) > 2 && strings.HasSuffix(part, "0") {
		part = part[:len(part)-1]
	}
	return whole + "." + part
}
