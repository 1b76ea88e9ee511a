package local

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"agentstore/pkg/app"
	"agentstore/pkg/auth"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
)

// demoAgent belongs to the demo account. It is always the same, so that a store with
// lasting data finds its purchases again.
const demoAgent id.Agent = "agt_01JDEM00000000000000000000AGENT1"

// DemoKey issues a new key for the demo agent, with every scope and without end.
func DemoKey(ctx context.Context, c app.Config, db Database) (string, error) {
	return IssueKey(ctx, c, db, demoAgent, "demo", app.Shelf().Rules().Scopes(), time.Time{})
}

// FundDemo gives the wallet of the demo account what every new account starts with,
// once in the life of a table. A credit of zero leaves it as it is.
func FundDemo(ctx context.Context, s *shop.Shop, credit money.Money) (shop.Wallet, error) {
	account := demoAgent.Account()
	if credit.Minor == 0 {
		w, err := s.Store.Wallet(ctx, account)
		if errors.Is(err, shop.ErrNotFound) {
			return shop.Wallet{Account: account}, nil
		}
		return w, err
	}
	w, _, err := s.Fund(ctx, account, credit, "demo", "Demo credit")
	if err != nil {
		return w, fmt.Errorf("the wallet of the demo account cannot take %s: %w", credit, err)
	}
	return w, nil
}

// IssueKey issues a key for an agent and returns it as its owner sees it, once. A
// zero end means never.
func IssueKey(ctx context.Context, c app.Config, db Database, agent id.Agent, name string, scopes []shop.Scope, end time.Time) (string, error) {
	credential, text, err := auth.Issue(c.KeyMode, app.IDs(), rand.Reader, agent, name, scopes)
	if err != nil {
		return "", err
	}
	credential.ExpiresAt = end
	return text, db.PutCredential(ctx, credential)
}
