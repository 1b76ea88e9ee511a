package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"agentstore/pkg/app"
	"agentstore/pkg/id"
	"agentstore/pkg/local"
	"agentstore/pkg/shop"
)

func keyCreate(ctx context.Context, in invocation) error {
	flags := flag.NewFlagSet("key create", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	agentText := flags.String("agent", "", "")
	account := flags.String("account", "", "")
	sees := flags.String("sees", "", "")
	name := flags.String("name", "key", "")
	scopeText := flags.String("scopes", "", "")
	endText := flags.String("expires", "", "")
	if err := flags.Parse(in.args); err != nil || flags.NArg() > 0 {
		return errors.New("use: agentstore key create [-agent agt_…] [-account acc_…] [-sees account|own] [-name …] [-scopes catalog:read,quotes:write,…] [-expires 30d|2027-01-01T00:00:00Z|never]; without -agent there is a new agent, without -account in a new account, without -scopes the key has all, without -expires it ends after 90 days")
	}
	agent, err := agentOf(id.Agent(*agentText), id.Account(*account), shop.Sees(*sees))
	if err != nil {
		return err
	}
	called, err := readable("-name", *name, shop.MaxName)
	if err != nil {
		return err
	}
	scopes, err := parseScopes(*scopeText)
	if err != nil {
		return err
	}
	end, err := parseEnd(*endText, app.Now())
	if err != nil {
		return err
	}
	c, db, err := remote(ctx, in)
	if err != nil {
		return err
	}
	key, err := local.IssueKey(ctx, c, db, agent, called, scopes, end)
	if err != nil {
		return err
	}
	fmt.Fprintf(in.out, `A new %s key of the agent %s is in the %s.
The agent sees %s. %s
The key is shown this once; give it to the agent:

  export AGENT_STORE_AGENT_API_KEY=%s

Revoke it with: agentstore key revoke %s
Fund its account with: agentstore fund -account %s -amount 50000 -reference …
`, c.KeyMode, agent, db.Place, sights[shop.SeenBy(agent)], endWords(end), key, keyID(key), agent.Account())
	return nil
}

// agentOf is the agent that a key is made of: the one that is named, or a new one
// that sees so much, of the account or of a new one.
func agentOf(agent id.Agent, account id.Account, sees shop.Sees) (id.Agent, error) {
	switch {
	case account != "" && !id.ValidAccount(account):
		return "", fmt.Errorf("%q is not the id of an account: it is acc_ and 26 characters", account)
	case account != "" && agent != "":
		return "", errors.New("-agent names an agent, which has its account; -account is for a new one")
	case sees != "" && sees != shop.SeesAccount && sees != shop.SeesOwn:
		return "", fmt.Errorf("-sees is %q; an agent sees account or own", sees)
	case agent != "" && !id.ValidAgent(agent):
		return "", fmt.Errorf("%q is not the id of an agent: it is agt_ and 32 characters", agent)
	case agent != "" && sees != "" && sees != shop.SeenBy(agent):
		return "", fmt.Errorf("the agent %s sees %s: that was chosen when it was made, and stays", agent, shop.SeenBy(agent))
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
	shop.SeesOwn:     "what it has bought itself, and nothing of other agents of its account",
}

func parseScopes(text string) ([]shop.Scope, error) {
	if text == "" {
		return shop.Scopes(), nil
	}
	var scopes []shop.Scope
	for _, word := range strings.Split(text, ",") {
		scope := shop.Scope(strings.TrimSpace(word))
		if !slices.Contains(shop.Scopes(), scope) {
			return nil, fmt.Errorf("%q is not a scope; the scopes are %v", scope, shop.Scopes())
		}
		scopes = append(scopes, scope)
	}
	return scopes, nil
}

// parseEnd is when a key ends that is made now; zero is never.
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
		return time.Time{}, fmt.Errorf("%q is no end of a key: use a number of days, as 30d, a time to come, as 2027-01-01T00:00:00Z, or never", text)
	}
	return end.UTC().Truncate(time.Millisecond), nil
}

func endWords(end time.Time) string {
	if end.IsZero() {
		return "It does not end by itself."
	}
	return "It ends on " + end.Format(time.RFC1123) + "."
}

// keyID is the part of a key that is no secret.
func keyID(key string) string {
	public, _, _ := strings.Cut(key, ".")
	return public[strings.LastIndexByte(public, '_')+1:]
}

func keyRevoke(ctx context.Context, in invocation) error {
	if len(in.args) != 1 {
		return errors.New("use: agentstore key revoke <keyId>; the key's id is what stands between ask_live_ and the dot")
	}
	key, ok := id.ParseKey(in.args[0])
	if !ok {
		return fmt.Errorf("%q is not the id of a key: it is 38 characters, as printed by agentstore key create", in.args[0])
	}
	c, db, err := remote(ctx, in)
	if err != nil {
		return err
	}
	credential, err := db.Credential(ctx, key)
	if errors.Is(err, shop.ErrNotFound) {
		return fmt.Errorf("there is no key %s in the %s", key, db.Place)
	}
	if err != nil {
		return err
	}
	if !credential.RevokedAt.IsZero() {
		fmt.Fprintf(in.out, "The key %s was revoked before.\n", key)
		return nil
	}
	s := app.Shop(c, db)
	s.Admin = db
	if _, err := s.RevokeKey(ctx, shop.Caller{Account: key.Account()}, key); err != nil {
		return err
	}
	fmt.Fprintf(in.out, "The key %s is revoked. Requests with it get 401 from now on.\n", key)
	return nil
}
