// Package rest serves operations over HTTP: it decodes, authenticates, calls and
// encodes, and knows nothing of what an operation does.
package rest

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"

	"agentstore/pkg/api"
	"agentstore/pkg/fault"
	"agentstore/pkg/shop"
)

// Server holds what every handler needs.
type Server struct {
	Shop *shop.Shop
	// Authenticate reads who asks from the Authorization headers. It may go on
	// checking after it returns: Confirm of the caller waits for the verdict.
	Authenticate func(ctx context.Context, authorization []string, scope shop.Scope) (shop.Caller, error)
	// RequestID names a request in its answer and in the log.
	RequestID func(context.Context) string
	Log       *slog.Logger
}

// Operation serves one operation.
func (s Server) Operation(o api.Operation) http.Handler {
	e := endpoint{s, o, pathNames(o.Path)}
	return s.wrap(o.Name, e.serve)
}

type endpoint struct {
	Server
	operation api.Operation
	pathNames []string
}

func (e endpoint) serve(w http.ResponseWriter, r *http.Request, entry *entry) error {
	caller, err := e.Authenticate(r.Context(), r.Header.Values("Authorization"), e.operation.Scope)
	if err != nil {
		return err
	}
	entry.agent = caller.Agent
	answer, err := e.call(w, r, caller)
	// Whether the caller is who they claim comes before anything else they may learn.
	if denied := caller.Confirm(r.Context()); denied != nil {
		return denied
	}
	if err != nil {
		return err
	}
	if answer.Replayed {
		w.Header().Set("Idempotent-Replayed", "true")
	}
	write(w, answer.Status, "application/json", answer.Body)
	return nil
}

func (e endpoint) call(w http.ResponseWriter, r *http.Request, caller shop.Caller) (api.Answer, error) {
	key, err := idempotencyKey(r.Header, e.operation)
	if err != nil {
		return api.Answer{}, err
	}
	values, err := e.values(w, r)
	if err != nil {
		return api.Answer{}, err
	}
	args, err := e.operation.Arguments(values, key)
	if err != nil {
		return api.Answer{}, err
	}
	return e.operation.Call(r.Context(), e.Shop, caller, args)
}

// Document serves a fixed JSON document.
func (s Server) Document(name string, body []byte) http.Handler {
	return s.wrap(name, func(w http.ResponseWriter, _ *http.Request, _ *entry) error {
		w.Header().Set("Cache-Control", "public, max-age=300")
		write(w, http.StatusOK, "application/json", body)
		return nil
	})
}

func write(w http.ResponseWriter, status int, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = w.Write(body) // a caller who has gone cannot be helped
}

// refuse writes an error as problem details.
func refuse(w http.ResponseWriter, e *fault.Error, requestID string) {
	if e.Code == fault.Unauthenticated {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	if seconds := api.RetryAfterSeconds(e); seconds > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(seconds))
	}
	write(w, e.Code.Status(), "application/problem+json", api.Problem(e, requestID))
}
