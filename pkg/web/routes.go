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

// MCPPaths are the patterns of it: people write the address with a slash, too.
func MCPPaths() []string { return []string{MCPPath, MCPPath + "/{$}"} }

// OpenAPIPath is where the OpenAPI document is.
const OpenAPIPath = "/openapi.json"

// Route is a method and a path, as net/http.ServeMux reads it, and what serves it.
type Route struct {
	Method  string
	Path    string
	Handler http.Handler
}

// Routes serves the routes, and passes everything else to other. Unlike a bare
// ServeMux it never redirects: what is no spelling of a path is not there.
func Routes(other http.Handler, routes ...Route) http.Handler {
	mux := http.NewServeMux()
	for _, route := range routes {
		mux.Handle(route.Method+" "+route.Path, route.Handler)
	}
	return exactly(mux, other)
}

// exactly serves clean paths with mux, with a slash at the end if a pattern has one, and
// everything else with other.
func exactly(mux *http.ServeMux, other http.Handler) http.Handler {
	mux.Handle("/", other)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		clean := path.Clean(r.URL.Path)
		if r.URL.Path != clean && r.URL.Path != clean+"/" || r.Method == http.MethodConnect {
			other.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// NotFound answers for every path and method that is not a route of the store: what a
// path takes for OPTIONS, 405 if it exists with another method, otherwise 404. methods
// lists the methods of each path that have a route.
func (f Frame) NotFound(methods map[string][]string) http.Handler {
	mux := http.NewServeMux()
	for pattern, routed := range methods {
		answer := noRoute(routed)
		if slices.Contains(MCPPaths(), pattern) {
			answer = f.ForPages(answer)
		}
		mux.Handle(pattern, f.Wrap("not_found", answer))
	}
	return exactly(mux, f.Wrap("not_found", nothingHere))
}

// Methods lists the methods of each path of the routes.
func Methods(routes []Route) map[string][]string {
	methods := make(map[string][]string)
	for _, route := range routes {
		methods[route.Path] = append(methods[route.Path], route.Method)
	}
	return methods
}

// allowed is what a path takes besides the methods that have a route: HEAD wherever
// GET is (RFC 9110, section 9.3.2), which the handler of GET serves too, and OPTIONS.
func allowed(routed []string) string {
	methods := append(slices.Clone(routed), http.MethodOptions)
	if slices.Contains(routed, http.MethodGet) {
		methods = append(methods, http.MethodHead)
	}
	slices.Sort(methods)
	return strings.Join(methods, ", ")
}

func nothingHere(http.ResponseWriter, *http.Request, *Entry) error {
	return fault.New(fault.NotFound, "There is nothing at this path.").
		Fix("Read %s for the paths of the store.", OpenAPIPath)
}

// noRoute answers OPTIONS, and refuses other methods than those that have a route. One
// that has gets here where a gateway takes a slash at the end for another path; it is
// sent on, with its body (RFC 9110, section 15.4.9).
func noRoute(routed []string) Handler {
	allow := allowed(routed)
	return func(w http.ResponseWriter, r *http.Request, entry *Entry) error {
		if clean := path.Clean(r.URL.Path); clean != r.URL.Path && slices.Contains(routed, r.Method) {
			http.Redirect(w, r, clean, http.StatusPermanentRedirect)
			return nil
		}
		w.Header().Set("Allow", allow)
		if r.Method == http.MethodOptions {
			entry.Operation = "options"
			w.WriteHeader(http.StatusNoContent)
			return nil
		}
		return fault.New(fault.MethodNotAllowed, "This path takes %s.", allow).
			Fix("Send the request with one of these methods: %s.", allow)
	}
}
