package web

import (
	"net/http"

	"agentstore/pkg/api"
	"agentstore/pkg/fault"
	"agentstore/pkg/shop"
)

// The paths that people open. They stand here because not everything that names
// them may link the pages.
const (
	HomePath       = "/"
	HomePattern    = "/{$}" // of net/http, which takes / for every path
	LoginPath      = shop.LoginPath
	CallbackPath   = "/login/callback"
	LogoutPath     = "/logout"
	SwitchPath     = "/accounts/switch"
	SessionsPath   = "/sessions"
	SessionPath    = "/sessions/{sessionId}"
	InvitationPath = shop.InvitationPath + "{token}"
	ApprovalPath   = shop.ApprovalPath + "{approvalId}"
)

// PeoplePaths lists the methods that each of them takes, by pattern.
func PeoplePaths() map[string][]string {
	return map[string][]string{
		HomePattern:    {http.MethodGet},
		LoginPath:      {http.MethodGet},
		CallbackPath:   {http.MethodGet},
		LogoutPath:     {http.MethodPost},
		SwitchPath:     {http.MethodPost},
		SessionsPath:   {http.MethodGet, http.MethodPost},
		SessionPath:    {http.MethodPost},
		InvitationPath: {http.MethodGet, http.MethodPost},
		ApprovalPath:   {http.MethodGet, http.MethodPost},
	}
}

// Sessions tells who comes to the store with a browser.
type Sessions struct {
	Frame
	People *shop.People
}

// Caller is the person who makes a request, by the session in its cookie. It returns
// unauthenticated. Require of the caller checks whether they are a member of an
// account.
func (s Sessions) Caller(r *http.Request, entry *Entry) (shop.Caller, error) {
	caller, err := s.People.Visit(r.Context(), s.Browser(r, entry))
	caller.Origin = s.Origin(r)
	return caller, err
}

// Member is the person as the caller of an operation of members: the one place where
// role, second factor and the age of the login are checked, whether a page asks or
// the API. If they do not suffice, the caller that was refused is returned too. It
// returns unauthenticated, insufficient_role, mfa_required and
// reauthentication_required.
func (s Sessions) Member(r *http.Request, entry *Entry, o api.Operation) (shop.Caller, error) {
	caller, err := s.Caller(r, entry)
	if err != nil {
		return shop.Caller{}, err
	}
	caller, err = caller.For(o.Role)
	if err == nil && o.FreshLogin {
		err = caller.RequireFresh()
	}
	return caller, err
}

// Browser is what a request says about the browser that makes it.
func (s Sessions) Browser(r *http.Request, entry *Entry) shop.Browser {
	return shop.Browser{Token: s.Session(r), UserAgent: r.UserAgent(), RequestID: entry.RequestID, Source: Source(r)}
}

// Session is the token of the session that a request carries.
func (s Sessions) Session(r *http.Request) string { return s.Cookie(r, SessionCookie) }

// SameOrigin returns origin_not_allowed if a page of another site has made a request
// that may change something (net/http.CrossOriginProtection). The cookie would come
// with it, so every route that relies on one calls this.
func (f Frame) SameOrigin(r *http.Request) error {
	protection := http.NewCrossOriginProtection()
	if f.PublicURL != "" {
		// Behind a proxy the store's own pages have a different origin than the Host says.
		if err := protection.AddTrustedOrigin(f.PublicURL); err != nil {
			return err
		}
	}
	if err := protection.Check(r); err != nil {
		return fault.Wrap(fault.OriginNotAllowed, err, "Another site's page has sent this request.").
			Fix("Open the store itself, and try again there.")
	}
	return nil
}
