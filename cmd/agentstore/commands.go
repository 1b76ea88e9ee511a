package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// environmentWords are what help prints below the commands.
const environmentWords = `
Environment variables:

  DATA_DIR           the folder of the store (./data); memory keeps nothing
  ADDR               where the store listens (127.0.0.1:3000)
  CATALOG_FILE       a catalog of your own
  QUOTE_LIFETIME     how long a quote binds (15m)
  APPROVAL_LIFETIME  how long a member may think about a question (24h)
  MOCK_LATENCY       how long the mock provider takes (0s)
  MOCK_FAILURES      how often it fails, as create:0.5,restart:refuse
  HCLOUD_TOKEN       a token of Hetzner Cloud, for items whose provider is hetzner
  HCLOUD_TOKEN_FILE  a file with it, or with lines as hetzner-2=TOKEN for several projects
  KEY_MODE           live or test; which keys are made and accepted (run: test, serve: live)
  KEY_USE            how coarsely the last use of a key is kept (1h); 0s keeps none
  LOG_LEVEL          debug, info, warn or error
  PUBLIC_URL         where callers reach the store, as https://store.example.com
  OIDC_ISSUER        who says who people are; run brings an issuer for trying it out
  OIDC_CLIENT_ID     what the store is called there
  OIDC_CLIENT_SECRET its secret; without one it is a public client
  AUTH_TIME_CLAIM, MFA_CLAIM, MFA_VALUES  what that issuer says about a login (auth_time, amr, mfa)

Also for serve:

  TLS_CERT_FILE      a certificate with its chain, as PEM; read again when it changes
  TLS_KEY_FILE       its private key, as PEM
  TRUSTED_PROXIES    whose X-Forwarded-For is read, as 127.0.0.1,10.0.0.0/8

Also for run:

  DEMO_CREDIT_MINOR  what a new account and the demo account start with, in cents (100000)
  DEMO_CREDIT_CURRENCY  its currency (usd)

A DynamoDB table replaces the folder:

  DYNAMODB_ENDPOINT  where it is, as http://127.0.0.1:8000
  SECRETS_KEY        the AWS KMS key for what providers give in confidence
  TABLE_NAME         its name (agentstore); on AWS, if there is no endpoint
  SPREAD_SINCE       which of its accounts are spread over partitions: always, never, or those made since a time
  AWS_REGION and the other variables of AWS

For mcp:

  AGENT_STORE_API_BASE_URL   the address of a store's API, which ends in /v1/agent
  AGENT_STORE_AGENT_API_KEY  the key of the agent
`

// commands is all of them. It is made for each invocation: what a command was told
// is in its flags.
func commands(in invocation) *cobra.Command {
	root := &cobra.Command{
		Use: "agentstore", Short: "a storefront for AI agents",
		Long: "agentstore is a storefront for AI agents. The default command is run.",
		Args: knownCommand, RunE: in.act(runStore),
		SilenceErrors: true, SilenceUsage: true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		PersistentPreRunE: in.mayHere, SuggestionsMinimumDistance: 2,
	}
	key := &cobra.Command{Use: "key", Short: "make and revoke keys", Args: cobra.ArbitraryArgs, RunE: incomplete}
	key.AddCommand(keyCreate(in), keyRevoke(in))
	root.AddCommand(
		&cobra.Command{Use: "run", Short: "try out the whole store on this machine (the default)", Args: noWords, RunE: in.act(runStore)},
		&cobra.Command{Use: "serve", Short: "serve a store to a team", Args: noWords, RunE: in.act(serveTeam)},
		ofStore(&cobra.Command{Use: "seed", Short: "write the catalog to a store", Args: noWords, RunE: in.act(seed)}),
		&cobra.Command{Use: "work", Short: "work on due provisioning jobs of a table until stopped", Args: noWords, RunE: in.act(work)},
		key, protect(in), unprotect(in), provider(in),
		&cobra.Command{Use: "mcp", Short: "speak MCP on standard input and output, for a store elsewhere", Args: noWords, RunE: in.act(speakMCP)},
		fund(in),
		&cobra.Command{Use: "openapi", Short: "print the OpenAPI document", Args: noWords, RunE: in.act(printOpenAPI)},
		backup(in), restore(in),
		ofStore(&cobra.Command{Use: "verify", Short: "read all data of a store, and check its books against every promise", Args: noWords, RunE: in.act(verify)}),
		ofStore(&cobra.Command{Use: "metrics", Short: "print what the writes of a running store have met, for Prometheus", Args: noWords, RunE: in.act(metrics)}),
		&cobra.Command{Use: "reset", Short: "remove the store in the folder, with everything that was bought", Args: noWords, RunE: in.act(reset)},
		&cobra.Command{Use: "version", Short: "print the version of this program", Args: noWords, RunE: in.act(printVersion)},
	)
	root.SetHelpCommand(&cobra.Command{Use: "help [command]", Short: "print this, or what a command takes", RunE: help})
	of := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		if of(cmd, args); !cmd.HasParent() {
			fmt.Fprint(in.out, environmentWords)
		}
	})
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return badFlag(cmd, in.args, err) })
	return root
}

// act is a command without flags as the library calls it.
func (in invocation) act(do func(context.Context, invocation) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, _ []string) error { return do(cmd.Context(), in) }
}

// knownCommand refuses what is no command.
func knownCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if near := root.SuggestionsFor(args[0]); len(near) > 0 {
		return fmt.Errorf("there is no command %q: did you mean %s? agentstore help lists them", args[0], strings.Join(near, " or "))
	}
	return fmt.Errorf("there is no command %q: agentstore help lists them", args[0])
}

// incomplete is a command that needs one more word.
func incomplete(cmd *cobra.Command, args []string) error {
	var words []string
	for _, sub := range cmd.Commands() {
		words = append(words, cmd.CommandPath()+" "+sub.Name())
	}
	if len(args) > 0 {
		return fmt.Errorf("there is no command %q: use %s", cmd.CommandPath()+" "+args[0], strings.Join(words, " or "))
	}
	return fmt.Errorf("%s is incomplete: use %s", cmd.CommandPath(), strings.Join(words, " or "))
}

func noWords(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%q is one word too many: agentstore help %s says what it takes", args[0], name(cmd))
	}
	return nil
}

// oneWord is for a command that takes one thing, which it calls so.
func oneWord(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return fmt.Errorf("use: %s %s", cmd.CommandPath(), what)
		}
		return nil
	}
}

func badFlag(cmd *cobra.Command, args []string, err error) error {
	for _, arg := range args {
		word, _, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		if len(word) > 1 && strings.HasPrefix(arg, "-") && !strings.HasPrefix(arg, "--") && cmd.Flags().Lookup(word) != nil {
			return fmt.Errorf("%s: write --%s", arg, word)
		}
	}
	return fmt.Errorf("%w: agentstore help %s says what it takes", err, name(cmd))
}

// name is what stands behind agentstore.
func name(cmd *cobra.Command) string {
	return strings.TrimPrefix(strings.TrimPrefix(cmd.CommandPath(), "agentstore"), " ")
}

func help(cmd *cobra.Command, args []string) error {
	found, rest, err := cmd.Root().Find(args)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return knownCommand(found, []string{strings.Join(args, " ")})
	}
	found.InitDefaultHelpFlag()
	return found.Help()
}

// onStore marks the commands that the store which runs can carry out.
const onStore = "on a store"

func ofStore(cmd *cobra.Command) *cobra.Command {
	cmd.Annotations = map[string]string{onStore: ""}
	return cmd
}

// mayHere keeps a store that runs from being told anything else.
func (in invocation) mayHere(cmd *cobra.Command, _ []string) error {
	if _, marked := cmd.Annotations[onStore]; in.running != nil && !marked {
		return fmt.Errorf("%s cannot be done by a running store", slices.Concat([]string{"agentstore"}, in.args))
	}
	return nil
}
