package web

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"unicode/utf8"

	"agentstore/pkg/api"
	"agentstore/pkg/fault"
)

// Write sends a whole answer. Its length is said, so that HEAD says it too.
func Write(w http.ResponseWriter, status int, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // a caller who has gone cannot be helped
}

// MaxAnswer is the most bytes that the body of an answer may have as the JSON string
// that it becomes on its way out of Lambda, which allows 6 MB (Lambda quotas,
// "Invocation payload").
const MaxAnswer = 5_000_000

// CheckSize returns payload_too_large for a body that is larger than MaxAnswer.
func CheckSize(body []byte) error {
	if stringSize(body) <= MaxAnswer {
		return nil
	}
	return fault.New(fault.PayloadTooLarge, "The answer would have more than %d bytes.", MaxAnswer).
		Fix("Ask for less at once: a smaller limit, a narrower filter, or fewer calls in a batch.")
}

// stringSize is the length of a text as encoding/json writes it, or as base64 if it
// is not a text.
func stringSize(text []byte) int {
	if !utf8.Valid(text) {
		return base64.StdEncoding.EncodedLen(len(text))
	}
	size := len(text) + len(`""`)
	for i, c := range text {
		switch {
		case c == '"', c == '\\', c == '\n', c == '\r', c == '\t', c == '\b', c == '\f':
			size++
		case c < ' ', c == '<', c == '>', c == '&':
			size += len(`\u0000`) - 1
		case c == 0xe2 && text[i+1] == 0x80 && text[i+2]&^1 == 0xa8: // U+2028 and U+2029
			size += len(`\u2028`) - 3
		}
	}
	return size
}

// refuse writes an error as problem details.
func (f Frame) refuse(w http.ResponseWriter, r *http.Request, e *fault.Error, entry *Entry) {
	f.Challenge(w.Header(), r, e, "/")
	Write(w, e.Code.Status(), "application/problem+json", api.Problem(e, entry.RequestID))
}

// Challenge sets the headers that go with an error: how to authenticate (RFC 6750,
// section 3; RFC 9728, section 5.1), and when to retry. The resource is the path
// that the key opens.
func (f Frame) Challenge(header http.Header, r *http.Request, e *fault.Error, resource string) {
	if e.Code == fault.Unauthenticated {
		header.Set("WWW-Authenticate", `Bearer resource_metadata="`+MetadataURL(f.Origin(r), resource)+`"`)
	}
	if seconds := api.RetryAfterSeconds(e); seconds > 0 {
		header.Set("Retry-After", strconv.Itoa(seconds))
	}
}
