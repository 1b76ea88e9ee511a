package web

import (
	"net/http"
	"strings"
	"time"
)

// SessionCookie is what browsers call the cookie that holds a session.
const SessionCookie = "agentstore_session"

// Cookie is the value that the browser holds under the name; empty if it holds none.
func (f Frame) Cookie(r *http.Request, name string) string {
	c, err := r.Cookie(f.cookieName(r, name))
	if err != nil {
		return ""
	}
	return c.Value
}

// SetCookie makes the browser hold a value, and send it only to this store: scripts
// cannot read it, and pages of other sites can cause it to be sent only by links. A
// life of zero makes the browser forget it.
//
// The prefix __Host- keeps other hosts of the same domain from setting it (RFC
// 6265bis, section 4.1.3.2). It needs TLS, which a store on this machine does not
// have.
func (f Frame) SetCookie(w http.ResponseWriter, r *http.Request, name, value string, life time.Duration) {
	age := int(life / time.Second)
	if age <= 0 {
		age = -1
	}
	http.SetCookie(w, &http.Cookie{
		Name: f.cookieName(r, name), Value: value, Path: "/", MaxAge: age,
		HttpOnly: true, Secure: secure(f.Origin(r)), SameSite: http.SameSiteLaxMode,
	})
}

func (f Frame) cookieName(r *http.Request, name string) string {
	return CookieName(f.Origin(r), name)
}

// CookieName is what browsers that reach the store at the origin call the cookie.
func CookieName(origin, name string) string {
	if secure(origin) {
		return "__Host-" + name
	}
	return name
}

// secure reports whether browsers reach the store over TLS: always, except for a store
// on this machine.
func secure(origin string) bool {
	host, plain := strings.CutPrefix(origin, "http://")
	return !plain || !IsLoopback(host)
}
