package main

import (
	"context"
	"fmt"

	"agentstore/pkg/app"
	"agentstore/pkg/local"
)

// runStore is for trying out: it gives away money and believes everybody, on this
// machine alone.
func runStore(ctx context.Context, in invocation) error {
	c, err := in.environment(trial)
	if err != nil {
		return err
	}
	if err := local.CheckTrial(c); err != nil {
		return err
	}
	return in.serve(ctx, c, c.DynamoDBEndpoint != "", false)
}

func serveTeam(ctx context.Context, in invocation) error {
	c, err := in.environment(team)
	if err != nil {
		return err
	}
	if err := local.CheckTeam(c); err != nil {
		return err
	}
	return in.serve(ctx, c, in.onDynamoDB(), true)
}

func (in invocation) serve(ctx context.Context, c app.Config, onDynamoDB, forTeam bool) error {
	goods, err := in.loadCatalog()
	if err != nil {
		return err
	}
	db, err := openOrMake(ctx, c, onDynamoDB)
	if err != nil {
		return err
	}
	return local.Store{
		Config: c, DB: db, Catalog: goods, Team: forTeam, Command: in.receive(c, db),
		Notify: in.getenv("NOTIFY_SOCKET"), Out: in.out, Log: newLog(c),
	}.Serve(ctx)
}

func openOrMake(ctx context.Context, c app.Config, onDynamoDB bool) (local.Database, error) {
	if onDynamoDB {
		return local.Open(ctx, c)
	}
	return local.Embedded(c)
}

func seed(ctx context.Context, in invocation) error {
	goods, err := in.loadCatalog()
	if err != nil {
		return err
	}
	return in.withStore(ctx, func(_ app.Config, db local.Database) error {
		done, err := db.Seed(ctx, goods)
		if err != nil {
			return err
		}
		fmt.Fprintf(in.out, "The catalog is in the %s: %d written, %d unchanged, %d removed.\n",
			db.Place, done.Written, done.Unchanged, done.Removed)
		fmt.Fprintln(in.out, "Next: make a key for an agent with agentstore key create.")
		return nil
	})
}

// work does what the provisioner function does, where there is none: beside
// sam local. A store that runs works by itself.
func work(ctx context.Context, in invocation) error {
	return in.opened(ctx, func(c app.Config, db local.Database) error {
		fmt.Fprintf(in.out, "Working on due jobs of the %s. Ctrl-C stops.\n", db.Place)
		log := newLog(c)
		worker := app.Worker(c, db.Table, log)
		if c.SecretsKey != "" { // a key of this process would open nothing elsewhere
			ring, err := local.Secrets(ctx, c, db)
			if err != nil {
				return err
			}
			worker.SealSecret = ring.Seal
		}
		local.Work(ctx, worker, app.Reconciler(c, db.Table, log), db.Sweep, log)
		return nil
	})
}
