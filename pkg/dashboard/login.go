package dashboard

import (
	"net/http"
	"net/url"
	"strings"

	"agentstore/pkg/fault"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// attemptCookie is what browsers call the cookie that holds a login under way.
const attemptCookie = "agentstore_login"

// login sends the browser to the issuer.
func (s Site) login(w http.ResponseWriter, r *http.Request, _ *web.Entry) error {
	if s.Login.Begin == nil {
		return fault.New(fault.NotFound, "People cannot log in to this store: it has no issuer.").
			Fix("If you operate the store, set OIDC_ISSUER and OIDC_CLIENT_ID; docs/people.md says how.")
	}
	address, attempt, err := s.Login.Begin(r.Context(), s.redirect(r), localPath(r.URL.Query().Get("return")))
	if err != nil {
		return err
	}
	s.SetCookie(w, r, attemptCookie, attempt, s.Login.Lifetime)
	http.Redirect(w, r, address, http.StatusSeeOther)
	return nil
}

// callback is where the issuer sends the browser back to. An attempt is over,
// however it ends.
func (s Site) callback(w http.ResponseWriter, r *http.Request, _ *web.Entry) error {
	if s.Login.Finish == nil {
		return fault.New(fault.NotFound, "There is no login under way.").Fix("Begin again at /login.")
	}
	attempt := s.Cookie(r, attemptCookie)
	s.SetCookie(w, r, attemptCookie, "", 0)
	who, target, err := s.Login.Finish(r.Context(), s.redirect(r), attempt, r.URL.Query())
	if err != nil {
		return err
	}
	_, token, err := s.People.SignIn(r.Context(), who, s.Session(r))
	if err != nil {
		return err
	}
	s.SetCookie(w, r, web.SessionCookie, token, shop.SessionLifetime)
	http.Redirect(w, r, localPath(target), http.StatusSeeOther)
	return nil
}

// logout ends the session here. The issuer's own goes on: it may be in use
// elsewhere.
func (s Site) logout(w http.ResponseWriter, r *http.Request, _ *web.Entry) error {
	if err := s.People.LogOut(r.Context(), s.Session(r)); err != nil {
		return err
	}
	s.SetCookie(w, r, web.SessionCookie, "", 0)
	http.Redirect(w, r, web.HomePath, http.StatusSeeOther)
	return nil
}

// redirect is the one address that the issuer sends people back to.
func (s Site) redirect(r *http.Request) string { return s.Origin(r) + web.CallbackPath }

// maxTarget keeps the cookie of an attempt below what browsers take.
const maxTarget = 1024

// localPath is a path of this store, and the first page for anything else: who
// follows a link to the store must not end up elsewhere by it. Browsers take a
// backslash for a slash and skip control characters (WHATWG URL Standard).
func localPath(target string) string {
	u, err := url.Parse(target)
	isLocal := err == nil && len(target) <= maxTarget && u.Scheme == "" && u.Host == "" && u.User == nil &&
		strings.HasPrefix(target, "/") && !strings.HasPrefix(target, "//") && !strings.ContainsFunc(target, misread)
	if !isLocal {
		return web.HomePath
	}
	return target
}

func misread(r rune) bool { return r == '\\' || r <= ' ' || r >= 0x7f }
