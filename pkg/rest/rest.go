// Package rest serves operations over HTTP: it decodes, authenticates, calls and
// encodes, and knows nothing of what an operation does.
package rest

import (
	"net/http"

	"agentstore/pkg/api"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// Operation serves one operation of a store.
func Operation(s web.Store, o api.Operation) http.Handler {
	e := endpoint{s, o, pathNames(o.Path)}
	return s.Wrap(o.Name, e.serve)
}

// Route is an operation where the table says that it is.
func Route(s web.Store, o api.Operation) web.Route {
	return web.Route{Method: o.Method, Path: o.Path, Handler: Operation(s, o)}
}

type endpoint struct {
	web.Store
	operation api.Operation
	pathNames []string
}

func (e endpoint) serve(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	claim, err := e.Claim(r)
	if err != nil {
		return err
	}
	caller, err := e.Caller(r, claim, e.operation)
	if err != nil {
		return err
	}
	entry.Agent = caller.Agent
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
	web.Write(w, answer.Status, "application/json", answer.Body)
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
