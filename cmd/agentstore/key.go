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
	name := flags.String("name", "key", "")
	scopeText := flags.String("scopes", "", "")
	endText := flags.String("expires", "", "")
	if err := flags.Parse(in.args); err != nil || flags.NArg() > 0 {
		return errors.New("use: agentstore key create [-agent agt_…] [-name …] [-scopes catalog:read,quotes:write,…] [-expires 30d|2027-01-01T00:00:00Z|never]; without -agent there is a new account with a new agent, without -scopes the key has all, without -expires it ends after 90 days")
	}
	agent := id.Agent(*agentText)
	if agent == "" {
		agent = app.IDs().Agent(app.IDs().Account())
	} else if !id.ValidAgent(agent) {
		return fmt.Errorf("%q is not the id of an agent: it is agt_ and 32 characters", agent)
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
	key, err := local.IssueKey(ctx, c, db, agent, called, scopes)
	if err != nil {
		return err
	}
	fmt.Fprintf(in.out, `A new %s key of the agent %s is in the %s.
%s
It is shown this once; give it to the agent:

  export AGENT_STORE_AGENT_API_KEY=%s

Revoke it with: agentstore key revoke %s
Fund its account with: agentstore fund -account %s -amount 50000 -reference …
`, c.KeyMode, agent, db.Place, endWords(end), key, keyID(key), agent.Account())
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
