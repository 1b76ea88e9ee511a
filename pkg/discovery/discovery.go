// Package discovery serves what the store says about itself to machines that know
// only its address: docs/discovery.md shows the documents. They are the same for
// everybody, and need no key.
package discovery

import (
	"context"
	"net/http"

	"agentstore/pkg/strictjson"
	"agentstore/pkg/web"
)

// Where the documents are. The metadata of protected resources are where
// web.MetadataURL says.
const (
	storePath = "/.well-known/agentstore.json"
	cardPath  = "/.well-known/mcp/server-card.json"
	llmsPath  = "/llms.txt"
)

// apiPath is where the API for agents is.
const apiPath = "/v1/agent"

// document is one of them.
type document struct {
	path        string
	contentType string
	write       writer
}

// writer makes the document of a store that is reached at the origin. Its errors
// are those of a shop.Store.
type writer func(ctx context.Context, s web.Store, origin string) ([]byte, error)

func documents() []document {
	const json = "application/json"
	return []document{
		{storePath, json, writeStore},
		{cardPath, "application/mcp-server-card+json", asJSON(newCard)},
		{web.MetadataURL("", "/"), json, asJSON(storeResource)},
		{web.MetadataURL("", web.MCPPath), json, asJSON(mcpResource)},
		{llmsPath, "text/plain; charset=utf-8", writeLLMs},
	}
}

// asJSON writes what needs no reading.
func asJSON[T any](describe func(s web.Store, origin string) T) writer {
	return func(_ context.Context, s web.Store, origin string) ([]byte, error) {
		return strictjson.Encode(describe(s, origin))
	}
}

// Paths lists the paths of the documents. Each takes only GET.
func Paths() []string {
	var paths []string
	for _, d := range documents() {
		paths = append(paths, d.path)
	}
	return paths
}

// Routes serves the documents of a store.
func Routes(s web.Store) []web.Route {
	var routes []web.Route
	for _, d := range documents() {
		routes = append(routes, web.Route{Method: http.MethodGet, Path: d.path, Handler: d.handler(s)})
	}
	return routes
}

// handler serves the document. Its addresses depend on the host that was asked,
// and Vary need not say so: a cache keeps answers by their whole address (RFC
// 9111, section 2). Pages of any origin may read it, as the draft of server cards
// demands (experimental-ext-server-card, docs/discovery.md, "CORS Requirements"):
// there is nothing in it that is not public.
func (d document) handler(s web.Store) http.Handler {
	return s.Wrap("discovery", func(w http.ResponseWriter, r *http.Request, _ *web.Entry) error {
		text, err := d.write(r.Context(), s, s.Origin(r))
		if err != nil {
			return err
		}
		header := w.Header()
		header.Set("Access-Control-Allow-Origin", "*")
		header.Set("Access-Control-Allow-Methods", http.MethodGet)
		return web.Show(w, r, d.contentType, web.Briefly, text)
	})
}
