package web

import "net/http"

// Document serves a document that is the same for everybody. The text may name the
// origin of the store.
func (f Frame) Document(name, contentType string, text func(origin string) []byte) http.Handler {
	return f.Wrap(name, func(w http.ResponseWriter, r *http.Request, _ *Entry) error {
		return Show(w, r, contentType, Briefly, text(f.Origin(r)))
	})
}
