package local

import (
	"context"
	"errors"

	"agentstore/pkg/app"
	"agentstore/pkg/shop"
)

// Ready returns why the database cannot be used, if it cannot.
func (db Database) Ready(ctx context.Context) error {
	if db.Engine != nil {
		return db.Engine.Failed()
	}
	_, err := db.Wallet(ctx, demoAgent.Account()) // a small read, whatever it finds
	if errors.Is(err, shop.ErrNotFound) {
		return nil
	}
	return err
}

// demoKey is the key of the demo account: the one that is kept, where there is a
// folder for it, or a new one.
func (db Database) demoKey(ctx context.Context, c app.Config) (string, error) {
	if db.Folder == "" {
		return DemoKey(ctx, c, db)
	}
	return db.Folder.DemoKey(ctx, c, db)
}
