package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"agentstore/pkg/app"
	"agentstore/pkg/catalog"
	"agentstore/pkg/local"
	"agentstore/pkg/shop"
)

func runStore(ctx context.Context, in invocation) error {
	c, err := environment(in)
	if err != nil {
		return err
	}
	goods, err := loadCatalog(in)
	if err != nil {
		return err
	}
	var db local.Database
	if c.DynamoDBEndpoint == "" {
		db, err = local.Embedded(c)
	} else {
		db, err = local.Open(ctx, c)
	}
	if err != nil {
		return err
	}
	defer db.Close()
	return local.Serve(ctx, c, db, goods, in.out, newLog(c))
}

func seed(ctx context.Context, in invocation) error {
	_, db, err := remote(ctx, in)
	if err != nil {
		return err
	}
	goods, err := loadCatalog(in)
	if err != nil {
		return err
	}
	done, err := db.Seed(ctx, goods)
	if err != nil {
		return err
	}
	fmt.Fprintf(in.out, "The catalog is in the %s: %d written, %d unchanged, %d removed.\n",
		db.Place, done.Written, done.Unchanged, done.Removed)
	fmt.Fprintln(in.out, "Next: make a key for an agent with agentstore key create.")
	return nil
}

// work does what the provisioner function does, where there is none: beside
// sam local.
func work(ctx context.Context, in invocation) error {
	c, db, err := remote(ctx, in)
	if err != nil {
		return err
	}
	fmt.Fprintf(in.out, "Working on due jobs of the %s. Ctrl-C stops.\n", db.Place)
	log := newLog(c)
	local.Work(ctx, app.Worker(c, db.Table, log), app.Reconciler(c, db.Table, log), log)
	return nil
}

// environment reads the configuration. The store on a laptop deals in test keys,
// and gives a new account something to try out with, unless it is told otherwise.
func environment(in invocation) (app.Config, error) {
	usual := map[string]string{"KEY_MODE": "test", "DEMO_CREDIT_MINOR": "100000"}
	return app.Environment(func(name string) string {
		return cmp.Or(in.getenv(name), usual[name])
	})
}

// remote opens the table that the environment names. A tool that works on a
// table in memory would leave nothing behind.
func remote(ctx context.Context, in invocation) (app.Config, local.Database, error) {
	if in.getenv("DYNAMODB_ENDPOINT") == "" && in.getenv("TABLE_NAME") == "" {
		return app.Config{}, local.Database{}, errors.New(
			"which table? Set DYNAMODB_ENDPOINT for DynamoDB Local, such as http://127.0.0.1:8000, or TABLE_NAME for one at AWS")
	}
	c, err := environment(in)
	if err != nil {
		return c, local.Database{}, err
	}
	db, err := local.Open(ctx, c)
	return c, db, err
}

func loadCatalog(in invocation) (shop.Catalog, error) {
	path := in.getenv("CATALOG_FILE")
	if path == "" {
		return catalog.Load()
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return shop.Catalog{}, fmt.Errorf("CATALOG_FILE is %q: there is no such file", path)
	}
	if err != nil {
		return shop.Catalog{}, fmt.Errorf("CATALOG_FILE is %q: it cannot be read: %w", path, errors.Unwrap(err))
	}
	return catalog.Parse(text)
}

func newLog(c app.Config) *slog.Logger {
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{
		Level: c.LogLevel,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.String(a.Key, a.Value.Time().Format(time.TimeOnly))
			}
			return a
		},
	}))
}
