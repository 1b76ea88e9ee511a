package web

import (
	"net/http"
	"net/url"
)

// MayRead reports whether a page of an origin may speak to the store from a browser: one
// of the store itself, and one of the reader's own machine, such as the MCP Inspector.
// There it needs a key like everybody: no cookie opens what such a page can reach.
func (f Frame) MayRead(r *http.Request, origin string) bool {
	if origin == f.Origin(r) {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && IsLoopback(u.Host)
}

// allowPages lets such a page read the answer (Fetch Standard, section 3.3), never with
// its credentials, and, before it sends a request, tells its browser what it may send:
// the headers of any client of MCP. The wildcard does not cover Authorization.
func (f Frame) allowPages(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Add("Vary", "Origin")
	origins := r.Header.Values("Origin")
	if len(origins) != 1 || !f.MayRead(r, origins[0]) {
		return
	}
	header.Set("Access-Control-Allow-Origin", origins[0])
	header.Set("Access-Control-Expose-Headers", "Retry-After, WWW-Authenticate, X-Request-Id")
	if r.Method == http.MethodOptions {
		header.Set("Access-Control-Allow-Methods", http.MethodPost)
		header.Set("Access-Control-Allow-Headers", "*, Authorization")
		header.Set("Access-Control-Max-Age", "7200") // seconds, the most that a browser keeps it
	}
}

// ForPages is a handler whose answers such pages may read, refusals among them.
func (f Frame) ForPages(next Handler) Handler {
	return func(w http.ResponseWriter, r *http.Request, entry *Entry) error {
		f.allowPages(w, r)
		return next(w, r, entry)
	}
}
