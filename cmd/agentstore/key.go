package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"agentstore/pkg/app"
	"agentstore/pkg/id"
	"agentstore/pkg/local"
	"agentstore/pkg/shop"
)

// keyFlags say what a new key should be.
type keyFlags struct{ agent, account, sees, name, scopes, expires string }

func keyCreate(in invocation) *cobra.Command {
	var f keyFlags
	cmd := ofStore(&cobra.Command{
		Use: "create", Short: "make an agent, or another key for an agent, and print the key once", Args: noWords,
		RunE: func(cmd *cobra.Command, _ []string) error { return createKey(cmd.Context(), in, f) },
	})
	flags := cmd.Flags()
	flags.StringVar(&f.agent, "agent", "", "the agent to make another key for, as agt_…; a new agent by default")
	flags.StringVar(&f.account, "account", "", "the account of a new agent, as acc_…; a new account by default")
	flags.StringVar(&f.sees, "sees", "", "what a new agent sees, account or own; account by default")
	flags.StringVar(&f.name, "name", "key", "what people call the key")
	flags.StringVar(&f.scopes, "scopes", "", "what it may do, as catalog:read,quotes:write; everything by default")
	flags.StringVar(&f.expires, "expires", "", "when it ends, as 30d, 2027-01-01T00:00:00Z or never; after 90 days by default")
	return cmd
}

func createKey(ctx context.Context, in invocation, f keyFlags) error {
	agent, err := agentOf(id.Agent(f.agent), id.Account(f.account), shop.Sees(f.sees))
	if err != nil {
		return err
	}
	called, err := readable("--name", f.name, shop.MaxName)
	if err != nil {
		return err
	}
	scopes, err := parseScopes(f.scopes)
	if err != nil {
		return err
	}
	end, err := parseEnd(f.expires, app.Now())
	if err != nil {
		return err
	}
	return in.withStore(ctx, func(c app.Config, db local.Database) error {
		key, err := local.IssueKey(ctx, c, db, agent, called, scopes, end)
		if err != nil {
			return err
		}
		fmt.Fprintf(in.out, `A new %s key of the agent %s is in the %s.
The agent sees %s. %s
The key is shown only once; give it to the agent:

  export AGENT_STORE_AGENT_API_KEY=%s

Revoke it with: agentstore key revoke %s
Fund its account with: agentstore fund --account %s --amount 50000 --reference …
`, c.KeyMode, agent, db.Place, sights[shop.SeenBy(agent)], endWords(end), key, keyID(key), agent.Account())
		return nil
	})
}

// agentOf is the agent that a key is made for: the named one, or a new one that sees
// as given, in the given account or in a new one.
func agentOf(agent id.Agent, account id.Account, sees shop.Sees) (id.Agent, error) {
	switch {
	case account != "" && !id.ValidAccount(account):
		return "", fmt.Errorf("%q is not the id of an account: it is acc_ and 26 characters", account)
	case account != "" && agent != "":
		return "", errors.New("--agent names an agent, which has its account; --account is for a new one")
	case sees != "" && sees != shop.SeesAccount && sees != shop.SeesOwn:
		return "", fmt.Errorf("--sees is %q; an agent sees account or own", sees)
	case agent != "" && !id.ValidAgent(agent):
		return "", fmt.Errorf("%q is not the id of an agent: it is agt_ and 32 characters", agent)
	case agent != "" && sees != "" && sees != shop.SeenBy(agent):
		return "", fmt.Errorf("the agent %s sees %s: that was chosen when it was made, and cannot be changed", agent, shop.SeenBy(agent))
	case agent != "":
		return agent, nil
	case account == "":
		account = app.IDs().Account()
	}
	return shop.NewAgentID(app.IDs(), account, sees), nil
}

// sights say what an agent sees.
var sights = map[shop.Sees]string{
	shop.SeesAccount: "what all agents of its account have bought",
	shop.SeesOwn:     "what it has bought itself, and nothing from the other agents of its account",
}

func parseScopes(text string) ([]shop.Scope, error) {
	all := app.Shelf().Rules().Scopes()
	if text == "" {
		return all, nil
	}
	var scopes []shop.Scope
	for _, word := range strings.Split(text, ",") {
		scope := shop.Scope(strings.TrimSpace(word))
		if !slices.Contains(all, scope) {
			return nil, fmt.Errorf("%q is not a scope; the scopes are %v", scope, all)
		}
		scopes = append(scopes, scope)
	}
	return scopes, nil
}

// parseEnd is when a key made now ends; zero is never.
func parseEnd(text string, now time.Time) (time.Time, error) {
	switch text {
	case "":
		return now.Add(shop.KeyLifetime), nil
	case "never":
		return time.Time{}, nil
	}
	end, err := time.Parse(time.RFC3339, text)
	if number, isDays := strings.CutSuffix(text, "d"); isDays {
		days, notNumber := strconv.ParseUint(number, 10, 16)
		end, err = now.AddDate(0, 0, int(days)), notNumber
	}
	if err != nil || !end.After(now) {
		return time.Time{}, fmt.Errorf("%q is not a valid end of a key: use a number of days, as 30d, a time in the future, as 2027-01-01T00:00:00Z, or never", text)
	}
	return end.UTC().Truncate(time.Millisecond), nil
}

func endWords(end time.Time) string {
	if end.IsZero() {
		return "It does not end by itself."
	}
	return "It ends on " + end.Format(time.RFC1123) + "."
}

// keyID is the part of a key that is not secret.
func keyID(key string) string {
	public, _, _ := strings.Cut(key, ".")
	return public[strings.LastIndexByte(public, '_')+1:]
}

func keyRevoke(in invocation) *cobra.Command {
	return ofStore(&cobra.Command{
		Use: "revoke KEYID", Short: "revoke a key at once", Args: oneWord("<keyId>; the key's id is the part between ask_live_ and the dot"),
		Long: "revoke ends a key at once. Its id is the part between ask_live_ and the dot.",
		RunE: func(cmd *cobra.Command, args []string) error { return revokeKey(cmd.Context(), in, args[0]) },
	})
}

func revokeKey(ctx context.Context, in invocation, text string) error {
	key, ok := id.ParseKey(text)
	if !ok {
		return fmt.Errorf("%q is not the id of a key: it is 38 characters, as printed by agentstore key create", text)
	}
	return in.withStore(ctx, func(c app.Config, db local.Database) error {
		credential, err := db.Credential(ctx, key)
		if errors.Is(err, shop.ErrNotFound) {
			return fmt.Errorf("there is no key %s in the %s", key, db.Place)
		}
		if err != nil {
			return err
		}
		if !credential.RevokedAt.IsZero() {
			fmt.Fprintf(in.out, "The key %s was already revoked.\n", key)
			return nil
		}
		s := app.Shop(c, db)
		s.Admin = db
		if _, err := s.RevokeKey(ctx, shop.Caller{Account: key.Account()}, key); err != nil {
			return err
		}
		fmt.Fprintf(in.out, "The key %s is revoked. Requests with it get 401 from now on.\n", key)
		return nil
	})
}
