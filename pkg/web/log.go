package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// log writes the one line of a request.
func (f Frame) log(r *http.Request, entry *Entry, status int, took time.Duration) {
	if hungUp(r.Context(), entry.Error) {
		status = clientClosedRequest
	}
	level := slog.LevelInfo
	if status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	attrs := make([]slog.Attr, 0, 8)
	attrs = append(attrs,
		slog.String("requestId", entry.RequestID), slog.String("operation", entry.Operation),
		slog.Int("status", status), slog.Float64("durationMs", float64(took.Microseconds())/1000))
	if entry.Agent != "" {
		attrs = append(attrs, slog.String("claimedAgent", string(entry.Agent)))
	}
	attrs = append(attrs, entry.met.Attrs()...)
	if entry.Error != nil {
		attrs = append(attrs, slog.String("error", clip(entry.Error.Error())))
	}
	f.Log.LogAttrs(r.Context(), level, "request", attrs...)
}

// clientClosedRequest is what nginx writes into its log for a request whose client
// did not wait for the answer. Nobody receives it.
const clientClosedRequest = 499

// hungUp reports whether an error is only that the caller has gone. The end of the
// time that a request may take is another.
func hungUp(ctx context.Context, err error) bool {
	return errors.Is(ctx.Err(), context.Canceled) && errors.Is(err, context.Canceled)
}

// Afterwards is for what is written down about a request whose caller may have gone:
// nobody escapes the audit trail by hanging up.
func Afterwards(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
}

// clip bounds the length of an error in the log, which may quote what was sent.
func clip(text string) string {
	const longest = 1500 // bytes
	if len(text) <= longest {
		return text
	}
	return strings.ToValidUTF8(text[:longest], "") + "…"
}
