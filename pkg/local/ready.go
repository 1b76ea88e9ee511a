package local

import (
	"context"
	"errors"

	"agentstore/pkg/app"
	"agentstore/pkg/shop"
)

// Ready returns why the database cannot be used, or nil if it can.
func (d Database) Ready(ctx context.Context) error {
	if d.Engine != nil {
		return d.Engine.Failed()
	}
	_, err := d.Wallet(ctx, demoAgent.Account()) // a small read, whatever it finds
	if errors.Is(err, shop.ErrNotFound) {
		return nil
	}
	return err
}

// demoKey is the key of the demo account: the one that is kept, where there is a
// folder for it, or a new one.
func (d Database) demoKey(ctx context.Context, c app.Config) (string, error) {
	if d.Folder == "" {
		return DemoKey(ctx, c, d)
	}
	return d.Folder.DemoKey(ctx, c, d)
}
