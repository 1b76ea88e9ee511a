package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"syscall"
	"time"

	"agentstore/pkg/app"
	"agentstore/pkg/app/full"
	"agentstore/pkg/shop"
)

const (
	// kickBudget is how long a purchase waits for its servers.
	kickBudget = 2 * time.Second
	// tick is how often the store looks for due jobs, as the schedule does on AWS.
	tick = 250 * time.Millisecond
	// reconcileEvery is how often it compares the provider with the table.
	reconcileEvery = time.Minute
	// shutdownTime is how long requests may go on after the store was told to stop.
	shutdownTime = 5 * time.Second
)

// Serve runs the store until the context ends: it seeds the catalog, makes a
// demo key, prints what to do next to out, and serves. Errors are sentences for
// people.
func Serve(ctx context.Context, c app.Config, db Database, catalog shop.Catalog, out io.Writer, log *slog.Logger) error {
	listener, err := listen(c.Addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	if _, err := db.Seed(ctx, catalog); err != nil {
		return err
	}
	key, err := DemoKey(ctx, c, db)
	if err != nil {
		return err
	}
	worker := app.Worker(c, db.Table, log)
	s := app.Shop(c, db)
	app.Administer(c, s, db, app.People(c, db))
	funds, err := FundDemo(ctx, s, c.DemoCredit)
	if err != nil {
		return err
	}
	s.Kick, s.Turns = kick(worker, log), new(shop.Turns)
	pages, err := pages(c, s, listener.Addr(), log)
	if err != nil {
		return err
	}
	server := newServer(full.Handler(app.Web(c, s, db, requestID, log), pages...), log)

	ctx, stop := context.WithCancel(ctx)
	defer stop()
	working := make(chan struct{})
	go func() {
		defer close(working)
		Work(ctx, worker, app.Reconciler(c, db.Table, log), log)
	}()
	fmt.Fprint(out, welcome(c, listener.Addr(), key, funds, db, catalog))
	err = serve(ctx, server, listener)
	stop()
	<-working
	fmt.Fprint(out, goodbye(db))
	return err
}

func newServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
}

// serve returns when the context has ended and the requests under way are done.
func serve(ctx context.Context, server *http.Server, listener net.Listener) error {
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
		defer cancel()
		stopped <- server.Shutdown(limited)
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}

// listen explains what is wrong with an address.
func listen(addr string) (net.Listener, error) {
	_, port, err := net.SplitHostPort(addr)
	number, notNumber := strconv.ParseUint(port, 10, 16)
	if err != nil || notNumber != nil {
		return nil, fmt.Errorf("ADDR is %q: use an address with a port from 0 to 65535, such as 127.0.0.1:3000", addr)
	}
	listener, err := net.Listen("tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("the address %s is in use: stop what listens there, or choose another, such as ADDR=127.0.0.1:%d", addr, number+1)
	case errors.Is(err, os.ErrPermission):
		return nil, fmt.Errorf("the port %s needs more rights: choose one above 1023, such as ADDR=127.0.0.1:3000", port)
	case err != nil:
		return nil, fmt.Errorf("cannot listen on %s: %w", addr, errors.Unwrap(err))
	}
	return listener, nil
}

// kick tries new jobs at once. What is not done within the budget goes on by
// the ticker.
func kick(worker *shop.Worker, log *slog.Logger) func(context.Context, []shop.JobRef) {
	return func(ctx context.Context, jobs []shop.JobRef) {
		// A caller who hangs up must not stop half-done work.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), kickBudget)
		defer cancel()
		for _, job := range jobs {
			if _, err := worker.Run(ctx, job); err != nil {
				log.Error("job", "jobId", string(job.Job), "error", err.Error())
			}
		}
	}
}

// Work looks for due jobs, and compares provider and table, until the context
// ends. What was begun is finished first.
func Work(ctx context.Context, worker *shop.Worker, reconciler *shop.Reconciler, log *slog.Logger) {
	jobs, drift := time.NewTicker(tick), time.NewTicker(reconcileEvery)
	defer jobs.Stop()
	defer drift.Stop()
	going := context.WithoutCancel(ctx)
	for ctx.Err() == nil {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-jobs.C:
			_, err = worker.RunDue(going)
		case <-drift.C:
			_, err = reconciler.Run(going)
		}
		if err != nil {
			log.Error("work", "error", err.Error())
		}
	}
}

func requestID(context.Context) string { return "req_" + app.IDs().ULID() }
