package dashboard

import (
	"bytes"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"agentstore/pkg/api"
	"agentstore/pkg/fault"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// policy lets a page load its own files and nothing else, be framed by nobody, and send
// its forms only to the store (CSP Level 3).
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// page wraps a page in what all of them need. A refused request gets a page too, in
// the words of the API.
func (s Site) page(name string, next web.Handler) http.Handler {
	return s.Wrap(name, func(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("Referrer-Policy", "no-referrer")
		err := fault.Guard(func() error {
			if err := s.SameOrigin(r); err != nil {
				return err
			}
			if r.Method != http.MethodPost {
				return next(w, r, entry)
			}
			if r.URL.Query().Has(againName) {
				return s.fillIn(w, r, entry)
			}
			if s.Cookie(r, formCookie) != "" {
				s.SetCookie(w, r, formCookie, "", 0) // what was kept is sent, or is given up for another form
			}
			return next(w, r, entry)
		})
		if err == nil {
			return nil
		}
		entry.Error = err
		return s.refuse(w, r, web.Translate(r.Context(), err), entry)
	})
}

// refuse shows an error. Somebody who is not logged in, or not recently enough, is
// asked to log in: the contents of their form wait until then.
func (s Site) refuse(w http.ResponseWriter, r *http.Request, e *fault.Error, entry *web.Entry) error {
	switch {
	case r.Header.Get("HX-Request") != "":
		// A part of a page: no login is begun for it, which would end one that is under way.
	case e.Code == fault.Unauthenticated && r.Method == http.MethodPost:
		return s.resume(w, r, loginFor(pageOf(r)))
	case e.Code == fault.Unauthenticated:
		return s.toLogin(w, r, loginFor(r.URL.RequestURI()))
	case e.Code == fault.StaleLogin && r.Method == http.MethodPost:
		return s.hold(w, r, entry)
	}
	if seconds := api.RetryAfterSeconds(e); seconds > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(seconds))
	}
	return render(w, r, e.Code.Status(), problemPage(e, entry.RequestID))
}

// toLogin leads to the login. From a form it does so by a page: a browser lets no form
// of the store end at another site, also not by redirects (CSP Level 3, form-action), and
// the issuer may be one.
func (s Site) toLogin(w http.ResponseWriter, r *http.Request, to string) error {
	if r.Method != http.MethodPost {
		http.Redirect(w, r, to, http.StatusSeeOther)
		return nil
	}
	return render(w, r, http.StatusOK, leadPage(to))
}

// formPattern is the pattern of the page that has the form that was sent.
func formPattern(r *http.Request) string {
	_, pattern, _ := strings.Cut(r.Pattern, " ")
	switch pattern {
	case web.RenewalPath, web.LabelsPath, web.ExtendPath:
		return web.ServicePath
	case web.FreezePath, web.RotatePath, web.RevokePath:
		return web.AgentPath
	case web.MemberPath, web.InvitePath, web.UninvitePath:
		return web.MembersPath
	case web.SessionPath, web.SessionsPath:
		return web.SettingsPath
	case web.PricePath:
		return web.ItemPath
	default:
		return pattern
	}
}

// pageOf is where the form is that was sent.
func pageOf(r *http.Request) string {
	pattern := formPattern(r)
	if strings.HasSuffix(r.Pattern, " "+pattern) {
		return r.URL.Path
	}
	for _, name := range []string{"serviceId", "agentId", "catalogItemId"} {
		pattern = strings.Replace(pattern, "{"+name+"}", url.PathEscape(r.PathValue(name)), 1)
	}
	return pattern + "?" + againName
}

// againName is the parameter of a page that somebody comes to after they had to log in
// again to use a button on it.
const againName = "again"

// loginFor is where to log in to come back to the page.
func loginFor(page string) string {
	return web.LoginPath + "?" + url.Values{"return": {page}}.Encode()
}

// loginAgain is where to log in again and come back to the page.
func loginAgain(page string) string {
	return web.LoginPath + "?" + url.Values{
		"max_age": {strconv.Itoa(int(shop.FreshFor.Seconds()))}, "return": {page},
	}.Encode()
}

func render(w http.ResponseWriter, r *http.Request, status int, page templ.Component) error {
	var text bytes.Buffer
	if err := page.Render(r.Context(), &text); err != nil {
		return err
	}
	web.Write(w, status, "text/html; charset=utf-8", text.Bytes())
	return nil
}

// statusOf is that of a page that shows an error, or none.
func statusOf(wrong *fault.Error) int {
	if wrong == nil {
		return http.StatusOK
	}
	return wrong.Code.Status()
}

// maxForm is the most bytes of a form: more than the longest configuration needs, with
// three characters for most bytes (URL Standard, section 5).
const maxForm = 256 << 10

// form reads the fields of a form.
func form(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return nil, fault.Wrap(fault.InvalidInput, err, "The form cannot be read.").
			Fix("Open the page again, and send its form.")
	}
	return r.PostForm, nil
}
