// Package dashboard has the pages for people: they log in, see their accounts and
// sessions, answer approvals, and accept invitations.
//
// Pages contain no scripts. Everything that changes something is a form, and is
// accepted only from the store's own pages.
package dashboard

//go:generate go tool templ generate -log-level error

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"agentstore/pkg/product"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// Site is the store as people see it.
type Site struct {
	web.Sessions
	Shop *shop.Shop
	// Shelf is what the shop sells, with the texts of its products.
	Shelf product.Shelf
	Login Login
}

// Login is how people prove who they are, at an issuer elsewhere. Begin is nil
// where the store has none.
type Login struct {
	// Begin starts a login that ends at the redirect address. With a maxAge the issuer
	// must have checked recently who it is. The browser opens the address that it
	// returns, and keeps the attempt until then, for Lifetime at most.
	Begin func(ctx context.Context, redirect, target string, maxAge time.Duration) (address, attempt string, err error)
	// Finish reads the issuer's answer, and tells who it is and where they were going.
	// It also tells who it is with reauthentication_required, which refuses a login
	// that is older than was asked for.
	Finish   func(ctx context.Context, redirect, attempt string, answer url.Values) (shop.Identity, string, error)
	Lifetime time.Duration
}

// Routes are all pages, and the actions of their forms.
func Routes(s Site) []web.Route {
	return []web.Route{
		{Method: http.MethodGet, Path: web.HomePattern, Handler: s.page("home", s.home)},
		{Method: http.MethodGet, Path: web.LoginPath, Handler: s.page("login", s.login)},
		{Method: http.MethodGet, Path: web.CallbackPath, Handler: s.page("login_callback", s.callback)},
		{Method: http.MethodPost, Path: web.LogoutPath, Handler: s.page("logout", s.logout)},
		{Method: http.MethodPost, Path: web.SwitchPath, Handler: s.page("account_switch", s.switchAccount)},
		{Method: http.MethodGet, Path: web.SessionsPath, Handler: s.page("sessions", s.sessions)},
		{Method: http.MethodPost, Path: web.SessionsPath, Handler: s.page("session_end_all", s.endSessions)},
		{Method: http.MethodPost, Path: web.SessionPath, Handler: s.page("session_end", s.endSession)},
		{Method: http.MethodGet, Path: web.InvitationPath, Handler: s.page("invitation", s.invitation)},
		{Method: http.MethodPost, Path: web.InvitationPath, Handler: s.page("invitation_accept", s.accept)},
		{Method: http.MethodGet, Path: web.ApprovalPath, Handler: s.page("approval", s.approval)},
		{Method: http.MethodPost, Path: web.ApprovalPath, Handler: s.page("approval_decide", s.decide)},
	}
}
