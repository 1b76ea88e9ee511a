package app

import (
	"bytes"
	"maps"
	"net/http"
	"slices"
	"sync"

	"agentstore"
	"agentstore/pkg/api"
	"agentstore/pkg/discovery"
	"agentstore/pkg/product"
	"agentstore/pkg/rest"
	"agentstore/pkg/web"
)

// Routes is every route of the store except those of package full.
func Routes(s web.Store) []web.Route {
	var routes []web.Route
	for _, o := range api.Operations(s.Shelf) {
		routes = append(routes, rest.Route(s, o))
	}
	routes = append(append(routes, accountRoutes(s)...), openAPIRoute(s.Frame))
	return append(routes, discovery.Routes(s)...)
}

// accountHandler serves only the API for members, and answers for all paths below it:
// its function is given every request to one of them.
func accountHandler(s web.Store) http.Handler {
	routes := accountRoutes(s)
	return web.Routes(s.NotFound(web.Methods(routes)), routes...)
}

func accountRoutes(s web.Store) []web.Route {
	var routes []web.Route
	for _, o := range api.AccountOperations(s.Shelf) {
		routes = append(routes, rest.Route(s, o))
	}
	return append(routes, rest.Exports(s)...)
}

// openAPIHandler serves only the OpenAPI document.
func openAPIHandler(f web.Frame) http.Handler {
	return web.Routes(f.NotFound(nil), openAPIRoute(f))
}

// openAPIRoute serves the document of a store that is reached over TLS, or, of one on
// this machine, with the name that the cookie has there.
func openAPIRoute(f web.Frame) web.Route {
	deployed := web.CookieName("https://", web.SessionCookie)
	here := sync.OnceValue(func() []byte {
		return bytes.Replace(agentstore.OpenAPI, []byte(`"`+deployed+`"`), []byte(`"`+web.SessionCookie+`"`), 1)
	})
	text := func(origin string) []byte {
		if web.CookieName(origin, web.SessionCookie) == deployed {
			return agentstore.OpenAPI
		}
		return here()
	}
	return web.Route{Method: http.MethodGet, Path: web.OpenAPIPath, Handler: f.Document("openapi", "application/json", text)}
}

// discoveryHandler serves only the documents that the store is found by.
func discoveryHandler(s web.Store) http.Handler {
	return web.Routes(s.NotFound(nil), discovery.Routes(s)...)
}

// Fallback answers for every path that is not a route of the store, and whether the
// store is up.
func Fallback(f web.Frame, shelf product.Shelf) http.Handler {
	methods := map[string][]string{
		web.OpenAPIPath: {http.MethodGet}, web.HealthPath: {http.MethodGet},
	}
	for _, path := range web.MCPPaths() {
		methods[path] = []string{http.MethodPost}
	}
	for _, o := range api.All(shelf) {
		methods[o.Path] = append(methods[o.Path], o.Method)
	}
	maps.Copy(methods, web.PeoplePaths())
	for _, path := range slices.Concat(discovery.Paths(), rest.ExportPaths()) {
		methods[path] = []string{http.MethodGet}
	}
	return web.Routes(f.NotFound(methods), f.Health())
}
