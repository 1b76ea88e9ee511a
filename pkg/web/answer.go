package web

import (
	"net/http"
	"strconv"

	"agentstore/pkg/api"
	"agentstore/pkg/fault"
)

// Write sends a whole answer.
func Write(w http.ResponseWriter, status int, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = w.Write(body) // a caller who has gone cannot be helped
}

// refuse writes an error as problem details.
func (f Frame) refuse(w http.ResponseWriter, r *http.Request, e *fault.Error, entry *Entry) {
	f.Challenge(w.Header(), r, e, "/")
	Write(w, e.Code.Status(), "application/problem+json", api.Problem(e, entry.RequestID))
}

// Challenge sets the headers that go with an error: how to authenticate (RFC
// 6750, section 3; RFC 9728, section 5.1), and when to come back. The resource is
// the path that the key opens.
func (f Frame) Challenge(header http.Header, r *http.Request, e *fault.Error, resource string) {
	if e.Code == fault.Unauthenticated {
		header.Set("WWW-Authenticate", `Bearer resource_metadata="`+MetadataURL(f.Origin(r), resource)+`"`)
	}
	if seconds := api.RetryAfterSeconds(e); seconds > 0 {
		header.Set("Retry-After", strconv.Itoa(seconds))
	}
}
