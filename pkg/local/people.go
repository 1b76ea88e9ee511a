package local

import (
	"log/slog"
	"net"
	"net/http"
	"strconv"

	"agentstore/pkg/app"
	"agentstore/pkg/app/people"
	"agentstore/pkg/auth/issuer"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// pages are what people open. Without an issuer in the configuration the store
// brings one of its own, which people reach and the store too at the origin: so
// the same code runs as with a real one.
func pages(c app.Config, s *shop.Shop, origin string, log *slog.Logger) ([]web.Route, error) {
	var routes []web.Route
	if c.OIDCIssuer == "" {
		own, err := issuer.New(origin, app.Now, redirects(origin, c.PublicURL)...)
		if err != nil {
			return nil, err
		}
		c.OIDCIssuer, c.OIDCClientID = own.URL(), issuer.ClientID
		routes = issuerRoutes(own)
	}
	return append(routes, people.Routes(c, app.Visitors(c, s.People, requestID, log), s)...), nil
}

// issuerRoutes is where the issuer for trying out is.
func issuerRoutes(i *issuer.Issuer) []web.Route {
	const path = issuer.Path + "/{page...}"
	return []web.Route{
		{Method: http.MethodGet, Path: path, Handler: i.Handler()},
		{Method: http.MethodPost, Path: path, Handler: i.Handler()},
	}
}

// redirects are the addresses of one store, as people on its machine spell it.
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

// originOf is how this machine reaches the store: one that listens everywhere
// listens on the loopback address too.
func originOf(addr net.Addr) string {
	if tcp, ok := addr.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		return "http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(tcp.Port))
	}
	return "http://" + addr.String()
}
