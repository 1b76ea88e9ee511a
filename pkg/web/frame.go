// Package web is what all handlers of the store have in common, whatever they
// speak: a request id, the headers of every answer, errors as problem details,
// no panics, one line in the log, and one spelling of each path.
package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// Frame is what goes around a handler.
type Frame struct {
	// RequestID names a request in its answer and in the log.
	RequestID func(context.Context) string
	Log       *slog.Logger
	// PublicURL is the address of the store, such as https://store.example.com, in its
	// canonical form; empty means wherever a request has reached it.
	PublicURL string
	// TimeLimit is how long a request may take; zero is no limit.
	TimeLimit time.Duration
}

// hsts makes browsers reach the store only over TLS for a year (RFC 6797). It does
// not cover subdomains, which may belong to somebody else.
const hsts = "max-age=31536000"

// Entry is what the log line of a request says besides its outcome.
type Entry struct {
	RequestID string
	Operation string
	Agent     id.Agent
	// Error is for a request that was refused with a status of success.
	Error error
	// met is what its writes have met.
	met shop.Meter
}

// Handler serves a request, or returns the error that refuses it.
type Handler func(http.ResponseWriter, *http.Request, *Entry) error

// Wrap puts the frame around a handler, which sees no request for another host.
// The name is that of the operation in the log, until the handler knows better.
func (f Frame) Wrap(name string, next Handler) http.Handler {
	return f.wrap(name, func(w http.ResponseWriter, r *http.Request, entry *Entry) error {
		if err := f.checkHost(r); err != nil {
			return err
		}
		return next(w, r, entry)
	})
}

func (f Frame) wrap(name string, next Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		entry := &Entry{Operation: name}
		ctx, done := f.bound(shop.Metered(r.Context(), &entry.met))
		defer done()
		r = r.WithContext(ctx)
		requestID := f.RequestID(r.Context())
		header := w.Header()
		header.Set("X-Request-Id", requestID)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Cache-Control", "no-store")
		if strings.HasPrefix(f.Origin(r), "https://") {
			header.Set("Strict-Transport-Security", hsts)
		}
		seen := &recorder{ResponseWriter: w}
		entry.RequestID = requestID
		err := fault.Guard(func() error { return next(seen, r, entry) })
		if err != nil {
			f.refuse(seen, r, Translate(r.Context(), err), entry)
			entry.Error = err
		}
		f.log(r, entry, seen.status, time.Since(started))
	})
}

// bound gives a request the work and the time that one may take.
func (f Frame) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx = shop.OneRequest(ctx)
	if f.TimeLimit == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, f.TimeLimit)
}

// recorder remembers the status for the log.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// Translate gives a message to the errors that nothing below could: the end of the
// request itself.
func Translate(ctx context.Context, err error) *fault.Error {
	var known *fault.Error
	if !errors.As(err, &known) && ctx.Err() != nil {
		return fault.Wrap(fault.ProviderUnavailable, err, "The request ran out of time.").
			Fix("Send the same request again, with the same idempotency key: it cannot happen twice.").
			After(2 * time.Second)
	}
	return fault.From(err)
}
