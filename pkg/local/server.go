package local

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"

	"agentstore/pkg/app"
	"agentstore/pkg/web"
)

// shutdownTime is how long requests may go on after the store was told to stop. It
// is longer than a request may take.
const shutdownTime = 8 * time.Second

// httpServer is the store as HTTP reaches it.
type httpServer struct {
	http http.Server
	// gate is held open by each request under way. Once it is closed, no more are let
	// in.
	gate sync.RWMutex
}

func newServer(h http.Handler, serving app.Serving, log *slog.Logger) (*httpServer, error) {
	s := &httpServer{http: http.Server{
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}}
	h = web.Forwarded(serving.Proxies, h)
	s.http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.gate.TryRLock() {
			http.Error(w, "The store is stopping.", http.StatusServiceUnavailable)
			return
		}
		defer s.gate.RUnlock()
		h.ServeHTTP(w, r)
	})
	if serving.CertFile != "" {
		c, err := newCertificate(serving.CertFile, serving.KeyFile, time.Now, log)
		if err != nil {
			return nil, err
		}
		s.http.TLSConfig = &tls.Config{GetCertificate: c.get}
	}
	return s, nil
}

// serve returns when the context has ended and the requests under way are done or
// were cut off. It calls stopping when it begins to stop.
func (s *httpServer) serve(ctx context.Context, listener net.Listener, stopping func()) error {
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		stopping()
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
		defer cancel()
		stopped <- s.shutdown(limited)
	}()
	serve := s.http.Serve
	if s.http.TLSConfig != nil {
		serve = func(l net.Listener) error { return s.http.ServeTLS(l, "", "") }
	}
	if err := serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}

func (s *httpServer) shutdown(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		_ = s.http.Close() // which ends the contexts of requests
		err = fmt.Errorf("requests took longer than the %v that they are given when the store stops, and were cut off", shutdownTime)
	}
	s.gate.Lock() // permanently: nothing uses the database any more
	return err
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
		return nil, fmt.Errorf("the port %s needs more privileges: choose one above 1023, such as ADDR=127.0.0.1:3000", port)
	case err != nil:
		return nil, fmt.Errorf("cannot listen on %s: %w", addr, errors.Unwrap(err))
	}
	return listener, nil
}
