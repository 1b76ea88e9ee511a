package dashboard

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// attemptCookie is the cookie that holds a login under way.
const attemptCookie = "agentstore_login"

// login sends the browser to the issuer.
func (s Site) login(w http.ResponseWriter, r *http.Request, _ *web.Entry) error {
	if s.Login.Begin == nil {
		return fault.New(fault.NotFound, "People cannot log in to this store: it has no issuer.").
			Fix("If you operate the store, set OIDC_ISSUER and OIDC_CLIENT_ID; docs/people.md says how.")
	}
	maxAge, err := maxAgeOf(r.URL.Query())
	if err != nil {
		return err
	}
	address, attempt, err := s.Login.Begin(r.Context(), s.redirect(r), localPath(r.URL.Query().Get("return")), maxAge)
	if err != nil {
		return err
	}
	s.SetCookie(w, r, attemptCookie, attempt, s.Login.Lifetime)
	http.Redirect(w, r, address, http.StatusSeeOther)
	return nil
}

// maxAgeOf is how old the requested login may be; zero if nothing is said.
func maxAgeOf(query url.Values) (time.Duration, error) {
	if !query.Has("max_age") {
		return 0, nil
	}
	seconds, err := strconv.Atoi(query.Get("max_age"))
	if age := time.Duration(seconds) * time.Second; err == nil && seconds > 0 && age <= shop.SessionLifetime {
		return age, nil
	}
	return 0, fault.InvalidParam("$.max_age", "must be a number of seconds").
		Fix("Send $.max_age as a whole number from 1 to %.0f, such as %.0f.", shop.SessionLifetime.Seconds(), shop.FreshFor.Seconds())
}

// callback is where the issuer sends the browser back to. It ends the attempt,
// whatever the outcome.
func (s Site) callback(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	if s.Login.Finish == nil {
		return fault.New(fault.NotFound, "No login is under way.").Fix("Begin again at /login.")
	}
	if r.Method == http.MethodHead { // which takes nothing: the issuer's answer is good once
		http.Redirect(w, r, web.HomePath, http.StatusSeeOther)
		return nil
	}
	attempt := s.Cookie(r, attemptCookie)
	s.SetCookie(w, r, attemptCookie, "", 0)
	who, target, err := s.Login.Finish(r.Context(), s.redirect(r), attempt, r.URL.Query())
	if err != nil {
		s.loginFailed(r, entry, who, err)
		return err
	}
	_, token, err := s.People.SignIn(r.Context(), who, s.Browser(r, entry))
	if err != nil {
		return err
	}
	s.SetCookie(w, r, web.SessionCookie, token, shop.SessionLifetime)
	http.Redirect(w, r, localPath(target), http.StatusSeeOther)
	return nil
}

// loginFailed records a failed login: in the log and, if it is known whose it was,
// also in the trail of their account.
func (s Site) loginFailed(r *http.Request, entry *web.Entry, who shop.Identity, refusal error) {
	browser := s.Browser(r, entry)
	s.Log.WarnContext(r.Context(), "login failed",
		"requestId", entry.RequestID, "source", browser.Source, "code", string(fault.From(refusal).Code))
	if who.Subject == "" {
		return
	}
	ctx, done := web.Afterwards(r.Context())
	defer done()
	if err := s.People.SignInRefused(ctx, who, browser, refusal); err != nil {
		s.Log.ErrorContext(ctx, "audit trail", "requestId", entry.RequestID, "error", err.Error())
	}
}

// logout ends the session here. The issuer's own goes on: it may be in use
// elsewhere.
func (s Site) logout(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	if err := s.People.LogOut(r.Context(), s.Browser(r, entry)); err != nil {
		return err
	}
	s.SetCookie(w, r, web.SessionCookie, "", 0)
	s.SetCookie(w, r, formCookie, "", 0)
	http.Redirect(w, r, web.HomePath, http.StatusSeeOther)
	return nil
}

// redirect is the one address that the issuer sends people back to.
func (s Site) redirect(r *http.Request) string { return s.Origin(r) + web.CallbackPath }

// maxTarget keeps the cookie of an attempt below what browsers take.
const maxTarget = 1024

// localPath is a path of this store, and the first page for anything else: a link to
// the store must not lead people elsewhere. Browsers take a backslash for a slash
// and skip control characters (WHATWG URL Standard).
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
