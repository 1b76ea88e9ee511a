package web

import "net/http"

// HealthPath is where whoever watches the store asks whether it answers. They may
// know it by an address that is not its own.
const HealthPath = "/healthz"

// Health is the route of HealthPath. It depends on nothing: a store whose table
// cannot be reached still answers, and says by 503 elsewhere what is wrong.
func (f Frame) Health() Route {
	return Route{http.MethodGet, HealthPath, f.wrap("healthz", func(w http.ResponseWriter, _ *http.Request, _ *Entry) error {
		Write(w, http.StatusOK, "text/plain; charset=utf-8", []byte("ok\n"))
		return nil
	})}
}
