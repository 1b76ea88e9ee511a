package stack

import (
	"flag"
	"testing"

	"agentstore/internal/test/storetest/contract"
)

// What `make stack` has built.
var (
	built        = flag.String("built", "", "the template that sam build has written, for TestStack")
	architecture = flag.String("architecture", "x86_64", "the processor that it was built for")
)

// TestStack is the life of a deployed store: it is deployed and seeded as docs/deploy.md
// says, agents and members use it, and it is deleted.
func TestStack(t *testing.T) {
	if *built == "" {
		t.Skip("make stack runs this: it builds all functions first")
	}
	f := newFront(t)
	c := newCloud(t, f.certificates(t))
	d := c.deploy(t, *built, *architecture, f)
	d.expectLeft(t, "APIs", "functions", "log groups", "metrics", "queues", "roles", "schedules", "stream mappings", "tables")
	d.expectFiles(t, true)

	o := d.operator(t)
	o.run(t, "seed")
	key := o.fundedKey(t)
	t.Run("agent over REST", func(t *testing.T) { contract.Replay(t, contract.REST(f.Client(), f.URL, key)) })
	t.Run("agent over MCP", func(t *testing.T) {
		client := contract.Client{Base: f.URL, Key: o.fundedKey(t), Transport: f.Client().Transport}
		contract.Replay(t, contract.MCP(client.Connect(t)))
	})
	t.Run("member", func(t *testing.T) { memberFlow(t, f) })
	t.Run("gateway", func(t *testing.T) { f.expectSame(t) })
	t.Run("provisioning", func(t *testing.T) { d.expectProvisioning(t, f, key) })

	d.delete(t)
	d.expectLeft(t, "tables") // which holds wallets, and is kept
	d.call(t, "POST", "dynamodb", "/", "DynamoDB_20120810.DeleteTable", map[string]any{"TableName": d.id(t, "Table")})
	d.expectLeft(t)
	d.expectFiles(t, false)
	d.expectKey(t, "PendingDeletion")
}
