package release

import (
	"context"
	"fmt"
)

// Seeded is what a client of the release saw in its store before it ended: each key,
// and the services that are seen with it.
type Seeded struct {
	Key      string   `json:"key"`
	Services []string `json:"services"` // their ids
}

// Seed uses a new store as people and agents do, so that its folder has something
// of nearly everything.
func (s *Store) Seed(ctx context.Context) ([]Seeded, error) {
	key, err := s.seedAccount(ctx)
	if err != nil {
		return nil, err
	}
	var seeded []Seeded
	if err := s.Agent(key).ask(ctx); err != nil {
		return nil, err
	}
	for _, key := range []string{s.Key, key} {
		agent := s.Agent(key)
		if err := agent.buyAndUse(ctx); err != nil {
			return nil, err
		}
		services, err := agent.Services(ctx)
		if err != nil {
			return nil, err
		}
		if len(services) != 2 {
			return nil, fmt.Errorf("the agent bought two services, and sees %q", services)
		}
		seeded = append(seeded, Seeded{key, services})
	}
	return seeded, nil
}

// seedAccount has somebody log in for an account of their own, write a policy and make a
// key.
func (s *Store) seedAccount(ctx context.Context) (string, error) {
	// Who comes first owns the account of the demo agent.
	if _, err := s.Person(ctx, "first@example.com"); err != nil {
		return "", err
	}
	ada, err := s.Person(ctx, "ada@example.com")
	if err != nil {
		return "", err
	}
	limits := []map[string]any{{"currency": "usd", "perDayMinor": 50_000, "approvalAboveMinor": 10_000}}
	if err := ada.Put(ctx, "/v1/account/policy", map[string]any{"limits": limits}, nil); err != nil {
		return "", err
	}
	var made struct {
		Agent  struct{ ID string }
		Secret string
	}
	if err := ada.Post(ctx, "/v1/account/agents", map[string]any{"name": "deployer"}, &made); err != nil {
		return "", err
	}
	scopes := []string{"quotes:write", "purchases:write", "services:read", "servers:restart", "servers:reinstall"}
	err = ada.Post(ctx, "/v1/account/agents/"+made.Agent.ID+"/keys", map[string]any{"name": "first", "scopes": scopes}, &made)
	if err != nil {
		return "", err
	}
	return made.Secret, ada.Post(ctx, "/v1/account/invitations", map[string]any{"email": "grace@example.com", "role": "viewer"}, nil)
}

// Order is what Buy buys.
func Order(hostname string) map[string]any {
	return map[string]any{"catalogItemId": "cat_vps_micro", "configuration": map[string]any{
		"hostname": hostname, "region": "eu-west", "image": "ubuntu-24.04", "billingTermMonths": 1, "backupsEnabled": true,
		"sshKeys": []string{"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO4P3MvI1rrsxcFij3twcAoc6kBAgyKanMmH1BJ1Xh6b ada@example.com"},
	}}
}

// Buy buys a server by a quote, and returns the id of its service.
func (c *Caller) Buy(ctx context.Context, hostname string) (string, error) {
	var quoted struct{ Quote struct{ ID string } }
	if err := c.Post(ctx, "/v1/agent/quotes", Order(hostname), &quoted); err != nil {
		return "", err
	}
	var bought struct{ Service struct{ ID string } }
	err := c.Post(ctx, "/v1/agent/purchases", map[string]any{"quoteId": quoted.Quote.ID, "idempotencyKey": "buy-" + hostname}, &bought)
	return bought.Service.ID, err
}

// Restart restarts a server once for the idempotency key.
func (c *Caller) Restart(ctx context.Context, service, key string) error {
	return c.Post(ctx, "/v1/agent/services/"+service+"/server/restart", map[string]any{"idempotencyKey": key}, nil)
}

// Services lists the ids of all services that the caller sees on one page.
func (c *Caller) Services(ctx context.Context) ([]string, error) {
	var list struct{ Services []struct{ ID string } }
	err := c.Get(ctx, "/v1/agent/services?limit=100", &list)
	var ids []string
	for _, service := range list.Services {
		ids = append(ids, service.ID)
	}
	return ids, err
}

// ask wants to buy what a member must approve.
func (c *Caller) ask(ctx context.Context) error {
	order := Order("dear")
	order["configuration"].(map[string]any)["billingTermMonths"] = 12
	order["idempotencyKey"] = "ask"
	var asked struct{ Purchase struct{ Status string } }
	err := c.Post(ctx, "/v1/agent/purchases", order, &asked)
	if got := asked.Purchase.Status; err == nil && got != "pending_approval" {
		err = fmt.Errorf("what a member must approve is %s", got)
	}
	return err
}

// buyAndUse leaves a quote, two purchases, and two actions that have ended.
func (c *Caller) buyAndUse(ctx context.Context) error {
	if err := c.Post(ctx, "/v1/agent/quotes", Order("only-quoted"), nil); err != nil {
		return err
	}
	if _, err := c.Buy(ctx, "untouched"); err != nil {
		return err
	}
	service, err := c.Buy(ctx, "used")
	if err != nil {
		return err
	}
	if err := c.Restart(ctx, service, "restart"); err != nil {
		return err
	}
	return c.Post(ctx, "/v1/agent/services/"+service+"/server/reinstall", map[string]any{"image": "debian-12", "idempotencyKey": "reinstall"}, nil)
}
