// Package rest serves operations over HTTP: it decodes, authenticates, calls and
// encodes, and knows nothing of what an operation does.
package rest

import (
	"net/http"

	"agentstore/pkg/api"
	"agentstore/pkg/etag"
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
	return e.answer(w, r, answer)
}

func (e endpoint) answer(w http.ResponseWriter, r *http.Request, a api.Answer) error {
	const contentType = "application/json"
	caching := web.OwnAskFirst
	if e.operation.Public {
		caching = web.AskFirst
	}
	switch {
	case e.operation.Method != http.MethodGet:
		web.Write(w, a.Status, contentType, a.Body)
		return nil
	case a.Once:
		return web.ShowOnce(w, r, contentType, a.Body)
	default:
		return web.Show(w, r, contentType, caching, a.Body)
	}
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
	args, err := e.operation.Arguments(values, key)
	args.Conditions, args.HeadOnly = etag.Read(r.Header), r.Method == http.MethodHead
	return args, err
}
