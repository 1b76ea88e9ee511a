// Package rest serves operations over HTTP: it decodes, authenticates, calls and
// encodes, and knows nothing of what an operation does.
package rest

import (
	"net/http"

	"agentstore/pkg/api"
	"agentstore/pkg/fault"
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
	if r.Method != e.operation.Method {
		return e.otherMethod(w)
	}
	answer, err := web.Do(r.Context(), e.Store, web.Call[api.Answer]{
		Operation: e.operation,
		Caller:    func() (shop.Caller, error) { return e.caller(r, entry) },
		Arguments: func() (api.Arguments, error) { return e.arguments(w, r) },
		Answer: func(caller shop.Caller, args api.Arguments) (api.Answer, error) {
			return e.operation.Call(r.Context(), e.Shop, caller, args)
		},
	})
	if err != nil {
		return err
	}
	if err := web.CheckSize(answer.Body); err != nil {
		return err
	}
	if answer.Replayed {
		w.Header().Set("Idempotent-Replayed", "true")
	}
	web.Write(w, answer.Status, "application/json", answer.Body)
	return nil
}

// otherMethod refuses HEAD, which ServeMux takes for GET and API Gateway does not: it
// would read what can be read once, and has no room for it.
func (e endpoint) otherMethod(w http.ResponseWriter) error {
	w.Header().Set("Allow", e.operation.Method)
	return fault.New(fault.MethodNotAllowed, "This path takes %s.", e.operation.Method).
		Fix("Send the request with the method %s.", e.operation.Method)
}

func (e endpoint) caller(r *http.Request, entry *web.Entry) (shop.Caller, error) {
	if e.operation.Role != "" {
		return e.Member(r, entry, e.operation)
	}
	claim, err := e.Claim(r)
	if err != nil {
		return shop.Caller{}, err
	}
	caller, err := e.Caller(r, claim, e.operation)
	caller.RequestID = entry.RequestID
	entry.Agent = caller.Agent
	return caller, err
}

func (e endpoint) arguments(w http.ResponseWriter, r *http.Request) (api.Arguments, error) {
	key, err := idempotencyKey(r.Header, e.operation)
	if err != nil {
		return api.Arguments{}, err
	}
	values, err := e.values(w, r)
	if err != nil {
		return api.Arguments{}, err
	}
	return e.operation.Arguments(values, key)
}
