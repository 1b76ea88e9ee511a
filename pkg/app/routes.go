package app

import (
	"net/http"

	"agentstore"
	"agentstore/pkg/api"
	"agentstore/pkg/rest"
)

// openAPIPath is where the OpenAPI document is served.
const openAPIPath = "/openapi.json"

// Handler serves every route of the store in one process.
func Handler(s rest.Server) http.Handler {
	var routes []rest.Route
	for _, o := range api.Operations() {
		routes = append(routes, rest.Route{Method: o.Method, Path: o.Path, Handler: s.Operation(o)})
	}
	routes = append(routes, openAPIRoute(s))
	return rest.Routes(notFound(s), routes...)
}

// openAPI serves the OpenAPI document alone.
func openAPI(s rest.Server) http.Handler {
	return rest.Routes(s.NotFound(nil), openAPIRoute(s))
}

func openAPIRoute(s rest.Server) rest.Route {
	return rest.Route{Method: http.MethodGet, Path: openAPIPath, Handler: s.Document("openapi", agentstore.OpenAPI)}
}

func notFound(s rest.Server) http.Handler {
	methods := map[string][]string{openAPIPath: {http.MethodGet}}
	for _, o := range api.Operations() {
		methods[o.Path] = append(methods[o.Path], o.Method)
	}
	return s.NotFound(methods)
}
