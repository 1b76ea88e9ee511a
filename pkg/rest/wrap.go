package rest

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// entry is what the log line of a request says besides its outcome.
type entry struct{ agent id.Agent }

type serve func(http.ResponseWriter, *http.Request, *entry) error

// wrap gives a handler what all have in common: a request id, the headers of
// every answer, errors as problem details, no panics, and one line in the log.
func (s Server) wrap(name string, next serve) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		requestID := s.RequestID(r.Context())
		header := w.Header()
		header.Set("X-Request-Id", requestID)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Cache-Control", "no-store")
		seen := &recorder{ResponseWriter: w}
		entry := &entry{}
		err := fault.Guard(func() error { return next(seen, r, entry) })
		if err != nil {
			refuse(seen, translate(r.Context(), err), requestID)
		}
		s.log(r, name, requestID, entry, seen.status, time.Since(started), err)
	})
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

// translate words the errors that nobody below could: of the request's own end.
func translate(ctx context.Context, err error) *fault.Error {
	var known *fault.Error
	if !errors.As(err, &known) && ctx.Err() != nil {
		return fault.Wrap(fault.ProviderUnavailable, err, "The request ran out of time.").
			Fix("Send the same request again, with the same idempotency key: it cannot happen twice.").
			After(2 * time.Second)
	}
	return fault.From(err)
}

func (s Server) log(r *http.Request, name, requestID string, entry *entry, status int, took time.Duration, err error) {
	attrs := make([]slog.Attr, 0, 8)
	attrs = append(attrs,
		slog.String("requestId", requestID), slog.String("operation", name),
		slog.Int("status", status), slog.Float64("durationMs", float64(took.Microseconds())/1000))
	if entry.agent != "" {
		attrs = append(attrs, slog.String("claimedAgent", string(entry.agent)))
	}
	level := slog.LevelInfo
	if err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	if status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	s.Log.LogAttrs(r.Context(), level, "request", attrs...)
}
