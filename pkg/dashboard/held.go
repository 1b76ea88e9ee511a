package dashboard

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
	"agentstore/pkg/strictjson"
	"agentstore/pkg/web"
)

// formCookie is the cookie that holds the contents of a form while its person logs
// in again.
const formCookie = "agentstore_form"

const (
	// heldFor is how long a form waits.
	heldFor = 15 * time.Minute
	// maxHeld is the most bytes of it, which with its name stays below what browsers
	// accept as a cookie (RFC 6265, section 6.1).
	maxHeld = 3900
)

// heldForm is a form that was sent with a login that is too old. It is never sent
// automatically: the person finds it filled in, and presses the button again. The
// browser keeps it, for one person and one page, and its contents are trusted no
// more than those of any form.
type heldForm struct {
	Person id.Person  `json:"person"`
	Page   string     `json:"page"`
	At     int64      `json:"at"` // in seconds since 1970
	Fields url.Values `json:"fields"`
}

// hold makes the browser keep a form, and leads to the login. One that does not fit into
// a cookie is kept by the page that answers it.
func (s Site) hold(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	caller, err := s.Caller(r, entry)
	if err != nil {
		return err
	}
	fields, err := form(w, r)
	if err != nil {
		return err
	}
	text, err := strictjson.Encode(heldForm{caller.Person, r.URL.Path, s.People.Now().Unix(), fields})
	if err != nil {
		return err
	}
	value := base64.RawURLEncoding.EncodeToString(text)
	if len(value) > maxHeld {
		return s.resume(w, r, loginAgain(pageOf(r)))
	}
	s.SetCookie(w, r, formCookie, value, heldFor)
	return s.toLogin(w, r, loginAgain(pageOf(r)))
}

// kept is the form that the browser keeps; empty if there is none, and for everybody
// else.
func (s Site) kept(r *http.Request, caller shop.Caller) (form heldForm) {
	text, err := base64.RawURLEncoding.DecodeString(s.Cookie(r, formCookie))
	if err != nil || json.Unmarshal(text, &form) != nil || form.Person != caller.Person ||
		!s.People.Now().Before(time.Unix(form.At, 0).Add(heldFor)) {
		return heldForm{}
	}
	return form
}

// written is what the form of a page contained before the person logged in again; nil if
// there is none.
func (f *frame) written() url.Values {
	if f.sent.Page != f.path {
		return nil
	}
	return f.sent.Fields
}

// heldButton is the button that was pressed.
func heldButton(fields url.Values) string {
	switch fields.Get("decision") {
	case "approve":
		return "Approve"
	case "deny":
		return "Deny"
	default:
		return "the button"
	}
}
