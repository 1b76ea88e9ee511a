package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"

	"agentstore/pkg/app"
	"agentstore/pkg/app/full"
	"agentstore/pkg/control"
	"agentstore/pkg/shop"
)

// Store is a whole store in one process.
type Store struct {
	Config  app.Config
	DB      Database
	Catalog shop.Catalog
	// Team: it is for more people than the one who started it. It has nothing for
	// trying out.
	Team bool
	// Command carries out the commands that arrive while the store runs.
	Command control.Command
	// Notify is the socket of the service manager, or empty.
	Notify string
	// Out is where people are told what to do next.
	Out io.Writer
	Log *slog.Logger
}

// Serve runs the store until the context ends, and then closes its database. Errors
// are sentences for people.
func (s Store) Serve(ctx context.Context) error {
	collectLess()
	return errors.Join(s.serve(ctx), s.DB.Close())
}

// canDeliver finds items whose provider this store does not reach: who bought one would
// wait, and get their money back.
func (s Store) canDeliver() error {
	providers := app.Servers(s.Config, s.DB.Table, app.Now).Providers
	for _, item := range s.Catalog.Items {
		if item.Provider != "" && providers[item.Provider] == nil {
			return fmt.Errorf("the catalog sells %s from the provider %s, which has no token: set HCLOUD_TOKEN or HCLOUD_TOKEN_FILE, as docs/providers.md says", item.ID, item.Provider)
		}
	}
	return nil
}

func (s Store) serve(ctx context.Context) error {
	listener, err := listen(s.Config.Addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	if err := s.canDeliver(); err != nil {
		return err
	}
	if _, err := s.DB.Seed(ctx, s.Catalog); err != nil {
		return err
	}
	worker := app.Worker(s.Config, s.DB.Table, s.Log)
	sells := app.Shop(s.Config, s.DB)
	app.Administer(s.Config, sells, s.DB, app.People(s.Config, s.DB))
	sells.Kick, sells.Remote = kick(worker, s.Log), worker.Read
	ring, err := Secrets(ctx, s.Config, s.DB)
	if err != nil {
		return err
	}
	worker.SealSecret, sells.OpenSecret = ring.Seal, ring.Open
	greeting, err := s.greet(ctx, listener.Addr(), sells)
	if err != nil {
		return err
	}
	server, err := s.server(listener.Addr(), sells)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(shop.Metered(ctx, s.DB.Meter))
	defer stop()
	server.http.BaseContext = func(net.Listener) context.Context { return context.WithoutCancel(ctx) }
	if s.DB.Engine != nil { // nobody else has it open
		if err := worker.SettleAllHolds(ctx); err != nil {
			return err
		}
	}
	commands := s.takeCommands(ctx)
	working := make(chan struct{})
	go func() {
		defer close(working)
		Work(ctx, worker, app.Reconciler(s.Config, s.DB.Table, s.Log), s.DB.Sweep, s.Log)
	}()
	fmt.Fprint(s.Out, greeting)
	s.tell("READY=1")
	err = server.serve(ctx, listener, func() {
		s.tell("STOPPING=1")
		fmt.Fprint(s.Out, "\nagentstore is stopping: it finishes what it has accepted.\n")
	})
	stop()
	<-working
	<-commands
	fmt.Fprint(s.Out, goodbye(s.DB))
	return err
}

// greet prepares what only a store for trying out needs, and says what to do next.
func (s Store) greet(ctx context.Context, at net.Addr, sells *shop.Shop) (string, error) {
	if s.Team {
		return teamWelcome(s.Config, at, s.DB, s.Catalog), nil
	}
	key, err := s.DB.demoKey(ctx, s.Config)
	if err != nil {
		return "", err
	}
	funds, err := FundDemo(ctx, sells, s.Config.DemoCredit)
	if err != nil {
		return "", err
	}
	return welcome(s.Config, at, key, funds, s.DB, s.Catalog), nil
}

func (s Store) server(at net.Addr, sells *shop.Shop) (*httpServer, error) {
	people, err := pages(s.Config, sells, at, s.Log)
	if err != nil {
		return nil, err
	}
	store := app.FullWeb(s.Config, sells, s.DB, requestID, s.Log)
	return newServer(full.Handler(store, append(people, store.Ready(s.DB.Ready))...), s.Config.Serving, s.Log)
}

// takeCommands lets other processes of the operator's work with the store while it
// runs. The channel is closed when none does any more.
func (s Store) takeCommands(ctx context.Context) <-chan struct{} {
	ended := make(chan struct{})
	if s.DB.Folder == "" {
		close(ended)
		return ended
	}
	listener, err := control.Listen(s.DB.Folder.Socket())
	if err != nil {
		s.Log.Warn("no other command can work with this store while it runs", "error", err.Error())
		close(ended)
		return ended
	}
	go func() {
		defer close(ended)
		control.Serve(ctx, listener, s.Command)
	}()
	return ended
}

// tell tells the service manager; if that does not listen, it is its own affair.
func (s Store) tell(state string) {
	if err := notify(s.Notify, state); err != nil {
		s.Log.Warn("service manager", "error", err.Error())
	}
}

func requestID(context.Context) string { return "req_" + app.IDs().ULID() }
