package dashboard

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// resumed is a form that was sent without a session, or is too long to wait in a cookie.
// The page that answers it carries what was written, and nothing else keeps it: who sends
// it is unknown, so the store must not. The person logs in beside it, and goes on from
// there to the form, which is filled in and was not sent.
type resumed struct {
	action string
	login  string
	fields url.Values
}

// resume shows that page, and leads on at once where nothing was written.
func (s Site) resume(w http.ResponseWriter, r *http.Request, login string) error {
	fields, err := form(w, r)
	if err != nil {
		return err
	}
	if s.forms[formPattern(r)] == nil {
		return s.toLogin(w, r, web.LoginPath)
	}
	if len(fields) == 0 {
		return s.toLogin(w, r, login)
	}
	return render(w, r, http.StatusUnauthorized, resumePage(resumed{r.URL.Path + "?" + againName, beside(login), fields}))
}

// elsewhere is the value of the parameter again for who logs in beside their form.
const elsewhere = "elsewhere"

// beside has a login end at a page that says where the form is.
func beside(login string) string {
	path, query, _ := strings.Cut(login, "?")
	parameters, _ := url.ParseQuery(query) // the store wrote it
	parameters.Set("return", link(web.HomePath, againName, elsewhere))
	return path + "?" + parameters.Encode()
}

// shown are the fields that a person wrote, by name.
func (f resumed) shown() []string {
	var names []string
	for name, values := range f.fields {
		if name != keyName && name != "token" && strings.Join(values, "") != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

type resumedKey struct{}

// fillIn shows the page of a form with what was sent, and does nothing else.
func (s Site) fillIn(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	fields, err := form(w, r)
	if err != nil {
		return err
	}
	page := s.forms[formPattern(r)]
	if page == nil {
		http.Redirect(w, r, web.HomePath, http.StatusSeeOther)
		return nil
	}
	path, query, _ := strings.Cut(pageOf(r), "?")
	get := r.Clone(context.WithValue(r.Context(), resumedKey{}, heldForm{Page: r.URL.Path, Fields: fields}))
	get.Method, get.URL.Path, get.URL.RawPath, get.URL.RawQuery = http.MethodGet, path, "", query
	return page(w, get, entry)
}

// sent is the form that somebody has sent who sees a page: with this request, before they
// logged in again, or with a login that was too old. It is empty for nobody else.
func (s Site) sent(r *http.Request, caller shop.Caller) heldForm {
	if form, is := r.Context().Value(resumedKey{}).(heldForm); is {
		return form
	}
	if r.Method == http.MethodPost {
		return heldForm{Page: r.URL.Path, Fields: r.PostForm}
	}
	return s.kept(r, caller)
}

// was is what a field of a form held that was sent, else what it holds at first. A page
// has several forms: the action says which.
func (f *frame) was(action, name, first string) string {
	if f.sent.Page == action && f.sent.Fields.Has(name) {
		return f.sent.Fields.Get(name)
	}
	return first
}

// ticked reports whether a box of a form was ticked, as was says what a field held.
func (f *frame) ticked(action, name, value string, first bool) bool {
	if f.sent.Page == action {
		return slices.Contains(f.sent.Fields[name], value)
	}
	return first
}
