package app

import (
	"net/http"

	"agentstore"
	"agentstore/pkg/api"
	"agentstore/pkg/rest"
	"agentstore/pkg/web"
)

// openAPIPath is where the OpenAPI document is served.
const openAPIPath = "/openapi.json"

// Handler serves every route of the store in one process.
func Handler(s web.Store) http.Handler {
	var routes []web.Route
	for _, o := range api.Operations() {
		routes = append(routes, rest.Route(s, o))
	}
	routes = append(routes, openAPIRoute(s.Frame))
	return web.Routes(notFound(s.Frame), routes...)
}

// openAPI serves the OpenAPI document alone.
func openAPI(f web.Frame) http.Handler {
	return web.Routes(f.NotFound(nil), openAPIRoute(f))
}

func openAPIRoute(f web.Frame) web.Route {
	text := func(string) []byte { return agentstore.OpenAPI }
	return web.Route{Method: http.MethodGet, Path: openAPIPath, Handler: f.Document("openapi", "application/json", text)}
}

func notFound(f web.Frame) http.Handler {
	methods := map[string][]string{openAPIPath: {http.MethodGet}}
	for _, o := range api.Operations() {
		methods[o.Path] = append(methods[o.Path], o.Method)
	}
	return f.NotFound(methods)
}
