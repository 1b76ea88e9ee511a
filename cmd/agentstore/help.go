package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// match tells whether the arguments begin with the words of a command.
func match(args []string, name string) (rest []string, ok bool) {
	words := strings.Fields(name)
	if len(args) < len(words) || !slices.Equal(args[:len(words)], words) {
		return nil, false
	}
	return args[len(words):], true
}

func help(_ context.Context, in invocation) error {
	fmt.Fprintf(in.out, "agentstore is a storefront for AI agents.\n\nUsage: agentstore [command]\n\n")
	for _, c := range commands() {
		fmt.Fprintf(in.out, "  %-12s %s\n", c.name, c.words)
	}
	fmt.Fprint(in.out, `
The environment says the rest:

  ADDR               where run listens (127.0.0.1:3000)
  DYNAMODB_ENDPOINT  where the table is; run keeps it in memory without one
  TABLE_NAME         the table (agentstore)
  CATALOG_FILE       a catalog of your own
  QUOTE_LIFETIME     how long a quote binds (15m)
  APPROVAL_LIFETIME  how long a member may think about a question (24h)
  MOCK_LATENCY       how long the mock provider takes (0s)
  MOCK_FAILURES      how often it fails, as create:0.5,restart:refuse
  KEY_MODE           live or test; which keys are made and taken
  KEY_USE            how coarsely the last use of a key is kept (1h); 0s keeps none
  LOG_LEVEL          debug, info, warn or error
  PUBLIC_URL         where callers reach the store, as https://store.example.com
  OIDC_ISSUER        who says who people are; run brings an issuer for trying out
  OIDC_CLIENT_ID     what the store is called there
  OIDC_CLIENT_SECRET its secret; none is a public client
  DEMO_CREDIT_MINOR  what a new account and the demo account start with, in cents (100000)
  DEMO_CREDIT_CURRENCY  its currency (usd)

What mcp needs:

  AGENT_STORE_API_BASE_URL   the address of a store's API, which ends in /v1/agent
  AGENT_STORE_AGENT_API_KEY  the key of the agent
`)
	return nil
}
