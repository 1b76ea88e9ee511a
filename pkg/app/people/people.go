// Package people wires what people open in their browsers. It is separate from
// package app, as package full is, because Go's linker keeps what a package
// initializes: only this function pays for OpenID Connect and for pages.
package people

import (
	"net/http"
	"time"

	"agentstore/pkg/app"
	"agentstore/pkg/auth/oidc"
	"agentstore/pkg/dashboard"
	"agentstore/pkg/product"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// Dashboard runs functions/dashboard, the entrance for people: login, session and
// landing page belong together, and share their permissions.
func Dashboard() { app.ForPeople(Handler) }

// Handler serves only what people open.
func Handler(c app.Config, sessions web.Sessions, s *shop.Shop) http.Handler {
	return web.Routes(sessions.NotFound(nil), Routes(c, sessions, s, app.Shelf())...)
}

// Routes are what people open. They log in at the issuer of the configuration.
func Routes(c app.Config, sessions web.Sessions, s *shop.Shop, shelf product.Shelf) []web.Route {
	site := dashboard.Site{Sessions: sessions, Shop: s, Shelf: shelf}
	if c.OIDCIssuer != "" {
		client := &oidc.Client{
			Issuer: c.OIDCIssuer, ID: c.OIDCClientID, Secret: c.OIDCClientSecret, Now: sessions.People.Now,
			AuthTimeClaim: c.AuthTimeClaim, MFAClaim: c.MFAClaim, MFAValues: c.MFAValues,
			HTTP: &http.Client{Timeout: issuerTimeout},
		}
		site.Login = dashboard.Login{Begin: client.Begin, Finish: client.Finish, Lifetime: oidc.AttemptLifetime}
	}
	return dashboard.Routes(site)
}

// issuerTimeout is how long a request to the issuer may take. A first login makes
// three, which must fit into the time of a function.
const issuerTimeout = 3 * time.Second
