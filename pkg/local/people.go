package local

import (
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"

	"agentstore/pkg/app"
	"agentstore/pkg/app/people"
	"agentstore/pkg/auth/issuer"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// pages are what people open. Without an issuer in the configuration the store
// brings one of its own at the origin, which both people and the store can reach, so
// that the same code runs as with a real one. It believes everybody, and so exists
// only where nobody but this machine is meant to come.
func pages(c app.Config, s *shop.Shop, at net.Addr, log *slog.Logger) ([]web.Route, error) {
	sessions := app.Sessions(c, s.People, requestID, log)
	var routes []web.Route
	if trial(c, at) {
		origin := originOf(at)
		own, err := issuer.New(origin, app.Now, redirects(origin, c.PublicURL)...)
		if err != nil {
			return nil, err
		}
		c.OIDCIssuer, c.OIDCClientID = own.URL(), issuer.ClientID
		routes = issuerRoutes(sessions.Frame, own)
		s.People.Demo = demoAgent
	}
	return append(routes, people.Routes(c, sessions, s, app.Shelf())...), nil
}

// trial reports whether the store brings the issuer for trying it out: no other is
// configured, and this machine is both where the store listens and where it is
// reached.
func trial(c app.Config, at net.Addr) bool {
	tcp, ok := at.(*net.TCPAddr)
	_, public, _ := strings.Cut(c.PublicURL, "://")
	return c.OIDCIssuer == "" && ok && tcp.IP.IsLoopback() && (public == "" || web.IsLoopback(public))
}

// issuerRoutes are the routes of the issuer for trying the store out.
func issuerRoutes(f web.Frame, i *issuer.Issuer) []web.Route {
	const path = issuer.Path + "/{page...}"
	next := i.Handler()
	handler := f.Wrap("local_issuer", func(w http.ResponseWriter, r *http.Request, _ *web.Entry) error {
		next.ServeHTTP(w, r)
		return nil
	})
	return []web.Route{{Method: http.MethodGet, Path: path, Handler: handler}, {Method: http.MethodPost, Path: path, Handler: handler}}
}

// redirects are the redirect addresses of one store, in all spellings used on its
// machine.
func redirects(origins ...string) []string {
	var all []string
	for _, origin := range origins {
		if origin != "" {
			all = append(all, origin+web.CallbackPath)
		}
	}
	if _, port, err := net.SplitHostPort(origins[0][len("http://"):]); err == nil {
		all = append(all, "http://localhost:"+port+web.CallbackPath)
	}
	return all
}

// originOf is how this machine reaches the store: a store that listens everywhere
// listens on the loopback address too.
func originOf(addr net.Addr) string {
	if tcp, ok := addr.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		return "http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(tcp.Port))
	}
	return "http://" + addr.String()
}
