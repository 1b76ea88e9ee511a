package web

import (
	"net/http"
	"path"
	"slices"
	"strings"

	"agentstore/pkg/fault"
)

// MCPPath is where the Model Context Protocol is spoken. It stands here because
// not everything that names it may link the protocol.
const MCPPath = "/mcp"

// OpenAPIPath is where the OpenAPI document is.
const OpenAPIPath = "/openapi.json"

// Route is a method and a path, as net/http.ServeMux reads it, and what serves it.
type Route struct {
	Method  string
	Path    string
	Handler http.Handler
}

// Routes serves the routes, and passes everything else to other. Unlike a bare
// ServeMux it never redirects: an API has one spelling of each path.
func Routes(other http.Handler, routes ...Route) http.Handler {
	mux := http.NewServeMux()
	for _, route := range routes {
		mux.Handle(route.Method+" "+route.Path, route.Handler)
	}
	return exactly(mux, other)
}

// exactly serves clean paths with mux, and everything else with other.
func exactly(mux *http.ServeMux, other http.Handler) http.Handler {
	mux.Handle("/", other)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != path.Clean(r.URL.Path) || r.Method == http.MethodConnect {
			other.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// NotFound answers for every path that is not a route of the store: 405 if the path
// exists with another method, otherwise 404. methods lists the methods of each path.
func (f Frame) NotFound(methods map[string][]string) http.Handler {
	mux := http.NewServeMux()
	for pattern, allowed := range methods {
		mux.Handle(pattern, f.Wrap("not_found", methodNotAllowed(allowed)))
	}
	return exactly(mux, f.Wrap("not_found", nothingHere))
}

func nothingHere(http.ResponseWriter, *http.Request, *Entry) error {
	return fault.New(fault.NotFound, "There is nothing at this path.").
		Fix("Read %s for the paths of the store.", OpenAPIPath)
}

func methodNotAllowed(allowed []string) Handler {
	slices.Sort(allowed)
	list := strings.Join(allowed, ", ")
	return func(w http.ResponseWriter, _ *http.Request, _ *Entry) error {
		w.Header().Set("Allow", list)
		return fault.New(fault.MethodNotAllowed, "This path takes %s.", list).
			Fix("Send the request with one of these methods: %s.", list)
	}
}
