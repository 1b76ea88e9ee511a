package web

import (
	"context"
	"net/http"
)

// Where monitoring asks about the store. It may know the store by an address that is
// not its own.
const (
	HealthPath = "/healthz"
	ReadyPath  = "/readyz"
)

// Health is the route of HealthPath: whether the process answers. It depends on
// nothing: a store whose table cannot be reached still answers here, and reports 503
// elsewhere.
func (f Frame) Health() Route {
	return Route{http.MethodGet, HealthPath, f.wrap("healthz", func(w http.ResponseWriter, _ *http.Request, _ *Entry) error {
		sayPlainly(w, http.StatusOK, "ok")
		return nil
	})}
}

// Ready is the route of ReadyPath: whether the store can be used, 200 or 503. The
// cause goes only into the log, because anybody may ask.
func (f Frame) Ready(check func(context.Context) error) Route {
	return Route{http.MethodGet, ReadyPath, f.wrap("readyz", func(w http.ResponseWriter, r *http.Request, entry *Entry) error {
		if entry.Error = check(r.Context()); entry.Error != nil {
			sayPlainly(w, http.StatusServiceUnavailable, "the store cannot be used; its log says why")
			return nil
		}
		sayPlainly(w, http.StatusOK, "ok")
		return nil
	})}
}

func sayPlainly(w http.ResponseWriter, status int, words string) {
	Write(w, status, "text/plain; charset=utf-8", []byte(words+"\n"))
}
