package lambdahttp

import (
	"bytes"
	"fmt"
	"net/http"
	"net/textproto"
	"strings"

	"github.com/aws/aws-lambda-go/events"
)

// response is the http.ResponseWriter of one request. It follows the rules of
// net/http and keeps the answer until the handler is done.
type response struct {
	method string
	header http.Header // the handler's own, which it may still change later
	status int         // 0 until it is decided
	sent   http.Header // the header as it was when the status was decided
	typed  bool        // whether it spoke of the Content-Type
	body   bytes.Buffer
}

func newResponse(method string) *response {
	return &response{method: method, header: make(http.Header)}
}

// Header implements http.ResponseWriter.
func (w *response) Header() http.Header { return w.header }

// WriteHeader implements http.ResponseWriter: the first final status counts, with
// the header of that moment. It panics, as net/http does, when status has not
// three digits.
func (w *response) WriteHeader(status int) {
	if w.status != 0 {
		return
	}
	if status < 100 || status > 999 {
		panic(fmt.Sprintf("invalid WriteHeader code %d", status))
	}
	if status < http.StatusOK {
		return
	}
	w.status = status
	w.sent = fields(w.header)
	// An entry without a value is how a handler says that there shall be no type.
	_, w.typed = w.header["Content-Type"]
}

// Write implements http.ResponseWriter. It returns http.ErrBodyNotAllowed for a
// status that has no body.
func (w *response) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if len(p) == 0 {
		return 0, nil
	}
	if !hasBody(w.status) {
		return 0, http.ErrBodyNotAllowed
	}
	return w.body.Write(p)
}

// answer ends the response. The writer must not be used afterwards.
func (w *response) answer() events.APIGatewayV2HTTPResponse {
	w.WriteHeader(http.StatusOK)
	body := w.body.Bytes()
	w.sniff(body)
	w.unframe()
	if w.method == http.MethodHead {
		body = nil
	}
	return encode(w.status, w.sent, body)
}

// sniff adds the Content-Type that net/http would find where the handler was
// silent. It needs the whole body: pages are often written in very small pieces.
func (w *response) sniff(body []byte) {
	if w.typed || len(body) == 0 || w.sent.Get("Content-Encoding") != "" {
		return
	}
	w.sent["Content-Type"] = []string{http.DetectContentType(body)}
}

// unframe takes away what must not be said about a body, or not by us: how the
// message is framed is the business of the gateway.
func (w *response) unframe() {
	delete(w.sent, "Transfer-Encoding")
	if !hasBody(w.status) {
		delete(w.sent, "Content-Length")
	}
	if w.status == http.StatusNotModified {
		delete(w.sent, "Content-Type") // RFC 9110, section 15.4.5
	}
	// Only the answer to HEAD tells the length of a body that is not there.
	if w.method != http.MethodHead {
		delete(w.sent, "Content-Length")
	}
}

func hasBody(status int) bool {
	return status != http.StatusNoContent && status != http.StatusNotModified
}

// fields copies a header in the form that the gateway takes: one line for each
// name but Set-Cookie, whose values cannot be joined (RFC 9110, section 5.3).
// Names that cannot be on the wire are left out, as net/http does.
func fields(h http.Header) http.Header {
	lines := make(http.Header, len(h)+1)
	for name, values := range h {
		if len(values) == 0 || !isToken(name) {
			continue
		}
		clean := make([]string, len(values))
		for i, value := range values {
			clean[i] = oneLine(value)
		}
		if len(clean) > 1 && http.CanonicalHeaderKey(name) != "Set-Cookie" {
			clean = []string{strings.Join(clean, ", ")}
		}
		lines[name] = clean
	}
	return lines
}

var newlineToSpace = strings.NewReplacer("\n", " ", "\r", " ")

// oneLine keeps a value from adding header lines of its own.
func oneLine(value string) string {
	return textproto.TrimString(newlineToSpace.Replace(value))
}
