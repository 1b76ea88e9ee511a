package local

import (
	"context"
	"crypto/rand"
	"time"

	"agentstore/pkg/app"
	"agentstore/pkg/auth"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
)

// demoAgent belongs to the demo account. It is always the same, so that a store
// with lasting data finds its purchases again.
const demoAgent id.Agent = "agt_01JDEM00000000000000000000AGENT1"

// DemoKey issues a new key, with every scope and without end, of the demo agent.
func DemoKey(ctx context.Context, c app.Config, db Database) (string, error) {
	return IssueKey(ctx, c, db, demoAgent, "demo", shop.Scopes(), time.Time{})
}

// demoFunds is what the wallet of the demo account starts with, in cents.
const demoFunds = 100_000

// FundDemo fills the wallet of the demo account, once in the life of a table.
func FundDemo(ctx context.Context, s *shop.Shop) (shop.Wallet, error) {
	credit := money.Money{Minor: demoFunds, Currency: "usd"}
	w, _, err := s.Fund(ctx, demoAgent.Account(), credit, "demo", "Demo credit")
	return w, err
}

// IssueKey issues a key of an agent and returns it as its owner sees it, once. The
// zero end is never.
func IssueKey(ctx context.Context, c app.Config, db Database, agent id.Agent, name string, scopes []shop.Scope, end time.Time) (string, error) {
	credential, text, err := auth.Issue(c.KeyMode, app.IDs(), rand.Reader, agent, name, scopes)
	if err != nil {
		return "", err
	}
	credential.ExpiresAt = end
	return text, db.PutCredential(ctx, credential)
}
