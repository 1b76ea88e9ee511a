package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"agentstore/pkg/app"
	"agentstore/pkg/id"
	"agentstore/pkg/local"
	"agentstore/pkg/shop"
)

func keyCreate(ctx context.Context, in invocation) error {
	flags := flag.NewFlagSet("key create", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	agentText := flags.String("agent", "", "")
	name := flags.String("name", "key", "")
	scopeText := flags.String("scopes", "", "")
	if err := flags.Parse(in.args); err != nil || flags.NArg() > 0 {
		return errors.New("use: agentstore key create [-agent agt_…] [-name …] [-scopes catalog:read,quotes:write,…]; without -agent there is a new account with a new agent, without -scopes the key has all")
	}
	agent := id.Agent(*agentText)
	if agent == "" {
		agent = app.IDs().Agent(app.IDs().Account())
	} else if !id.ValidAgent(agent) {
		return fmt.Errorf("%q is not the id of an agent: it is agt_ and 32 characters", agent)
	}
	scopes, err := parseScopes(*scopeText)
	if err != nil {
		return err
	}
	c, db, err := remote(ctx, in)
	if err != nil {
		return err
	}
	key, err := local.IssueKey(ctx, c, db, agent, *name, scopes)
	if err != nil {
		return err
	}
	fmt.Fprintf(in.out, `A new %s key of the agent %s is in the %s.
It is shown this once; give it to the agent:

  export AGENT_STORE_AGENT_API_KEY=%s

Revoke it with: agentstore key revoke %s
Fund its account with: agentstore fund -account %s -amount 50000 -reference …
`, c.KeyMode, agent, db.Place, key, keyID(key), agent.Account())
	return nil
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
