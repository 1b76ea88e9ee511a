package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"agentstore/pkg/app"
	"agentstore/pkg/app/provision"
	"agentstore/pkg/catalog"
	"agentstore/pkg/control"
	"agentstore/pkg/local"
	"agentstore/pkg/shop"
)

// invocation is what a command is given.
type invocation struct {
	args   []string // as they were typed
	out    io.Writer
	getenv func(string) string
	// running is the store that carries the command out for another process; nil in
	// that one.
	running *running
}

// running is a store that runs, and what it was told with the words of a command.
type running struct {
	config app.Config
	db     local.Database
	words  control.Words
}

// trial and team are what the environment leaves out.
var (
	trial = map[string]string{"KEY_MODE": "test", "DEMO_CREDIT_MINOR": "100000"}
	team  = map[string]string{"KEY_MODE": "live"}
)

// environment reads the configuration.
func (in invocation) environment(usual map[string]string) (app.Config, error) {
	c, err := app.Environment(func(name string) string { return cmp.Or(in.getenv(name), usual[name]) })
	if err != nil {
		return c, err
	}
	c.Providers, err = provision.Providers(context.Background(), c, newLog(c))
	return c, err
}

// onDynamoDB reports whether the environment names a table of DynamoDB.
func (in invocation) onDynamoDB() bool {
	return in.getenv("DYNAMODB_ENDPOINT") != "" || in.getenv("TABLE_NAME") != ""
}

// withStore has do work on the data of the store that the environment names: in the
// process that has them open already, or in this one.
func (in invocation) withStore(ctx context.Context, do func(app.Config, local.Database) error) error {
	if in.running != nil {
		return do(in.running.config, in.running.db)
	}
	c, err := in.environment(trial)
	if err != nil {
		return err
	}
	if !in.onDynamoDB() {
		err := in.send(ctx, c)
		if !errors.Is(err, control.ErrNobody) {
			return err
		}
	}
	return in.opened(ctx, do)
}

// opened has do work on the data, which this process opens.
func (in invocation) opened(ctx context.Context, do func(app.Config, local.Database) error) error {
	c, db, err := in.open(ctx)
	if err != nil {
		return err
	}
	return errors.Join(do(c, db), db.Close())
}

func (in invocation) open(ctx context.Context) (app.Config, local.Database, error) {
	c, err := in.environment(trial)
	if err != nil {
		return c, local.Database{}, err
	}
	if in.onDynamoDB() {
		db, err := local.Open(ctx, c)
		return c, db, err
	}
	if c.DataDir == app.InMemory {
		return c, local.Database{}, errors.New("which store? One in memory is gone with its process: set DATA_DIR to its folder, or DYNAMODB_ENDPOINT or TABLE_NAME to its table")
	}
	identity, err := local.Folder(c.DataDir).Identity()
	if err != nil {
		return c, local.Database{}, err
	}
	if c, err = in.environment(map[string]string{"KEY_MODE": string(identity.KeyMode)}); err != nil {
		return c, local.Database{}, err
	}
	db, err := local.Embedded(c)
	return c, db, err
}

// send has the store that runs in the folder carry the command out. It returns
// control.ErrNobody where none does.
func (in invocation) send(ctx context.Context, c app.Config) error {
	here, err := os.Getwd()
	if err != nil {
		return err
	}
	own, err := in.ownCatalog()
	if err != nil {
		return err
	}
	words := control.Words{Args: in.args, Folder: here, Catalog: own}
	return control.Send(ctx, local.Folder(c.DataDir).Socket(), words, in.out)
}

// receive is what a store does with the words of other processes.
func (in invocation) receive(c app.Config, db local.Database) control.Command {
	return func(ctx context.Context, words control.Words, out io.Writer) error {
		return execute(ctx, invocation{args: words.Args, out: out, getenv: in.getenv, running: &running{c, db, words}})
	}
}

// path is a path as whoever typed it means it.
func (in invocation) path(typed string) (string, error) {
	if in.running == nil || filepath.IsAbs(typed) {
		return filepath.Abs(typed)
	}
	return filepath.Join(in.running.words.Folder, typed), nil
}

// loadCatalog is the catalog of whoever has typed the command, or else that of the
// store.
func (in invocation) loadCatalog() (shop.Catalog, error) {
	var text []byte
	var err error
	if in.running != nil {
		text = in.running.words.Catalog
	}
	if text == nil {
		text, err = in.ownCatalog()
	}
	switch {
	case err != nil:
		return shop.Catalog{}, err
	case text == nil:
		return catalog.Load(app.Shelf())
	default:
		return catalog.Parse(text, app.Shelf())
	}
}

// ownCatalog is the text of the catalog that the environment names, if it does.
func (in invocation) ownCatalog() ([]byte, error) {
	path := in.getenv("CATALOG_FILE")
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("CATALOG_FILE is %q: there is no such file", path)
	}
	if err != nil {
		return nil, fmt.Errorf("CATALOG_FILE is %q: it cannot be read: %w", path, errors.Unwrap(err))
	}
	return text, nil
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
