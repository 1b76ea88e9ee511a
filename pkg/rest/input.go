package rest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"agentstore/pkg/api"
	"agentstore/pkg/fault"
	"agentstore/pkg/sorting"
	"agentstore/pkg/strictjson"
	"agentstore/pkg/web"
)

// MaxBody is the largest body that is read, in bytes.
const MaxBody = 256 << 10

var pathName = regexp.MustCompile(`\{(\w+)\}`)

// pathNames are the arguments that a path holds.
func pathNames(path string) []string {
	var names []string
	for _, match := range pathName.FindAllStringSubmatch(path, -1) {
		names = append(names, match[1])
	}
	return names
}

// values gathers the arguments of a request from its path, its query and its
// body into one object, as an MCP client would send it.
func (e endpoint) values(w http.ResponseWriter, r *http.Request) (map[string]any, error) {
	values, err := e.body(w, r)
	if err != nil {
		return nil, err
	}
	if err := e.query(r.URL.RawQuery, values); err != nil {
		return nil, err
	}
	for _, name := range e.pathNames {
		if _, given := values[name]; given {
			return nil, fault.InvalidParam("$."+name, "is in the path already").
				Fix("Leave out $.%s: the path names it.", name)
		}
		value := r.PathValue(name)
		if !utf8.ValidString(value) {
			return nil, fault.InvalidParam("$."+name, "is not UTF-8").Fix("Percent-encode the path as UTF-8 (RFC 3986, section 2.5).")
		}
		values[name] = value
	}
	return values, nil
}

// body reads a JSON object. A request of a method without a body, or with
// nothing in it, has no arguments there.
func (e endpoint) body(w http.ResponseWriter, r *http.Request) (map[string]any, error) {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, fault.New(fault.PayloadTooLarge, "The body has more than %d bytes.", MaxBody).
			Fix("Send a smaller body.")
	}
	if err != nil {
		return nil, fault.InvalidParam("$", "could not be read to its end").
			Fix("Send the whole body, then keep the connection open for the answer.")
	}
	if len(text) == 0 {
		return map[string]any{}, nil
	}
	if e.operation.Method == http.MethodGet {
		return nil, fault.InvalidParam("$", "must be in the query: a GET request has no body").
			Fix("Send the arguments in the query of the address, and no body.")
	}
	if err := web.CheckCoding(w, r); err != nil {
		return nil, err
	}
	if wrong := wrongMediaType(r.Header.Values("Content-Type")); wrong != "" {
		w.Header().Set("Accept", mediaType)
		return nil, fault.New(fault.UnsupportedMediaType, "%s", wrong).
			Fix("Send the header Content-Type: %s, once.", mediaType)
	}
	if !e.operation.NeedsBody() && string(bytes.TrimSpace(text)) == "null" {
		return map[string]any{}, nil // what openapi-generator for Java sends for no body
	}
	return api.Decode(text)
}

const mediaType = "application/json"

// wrongMediaType says which part of a Content-Type is wrong; empty for none. Two
// headers may have been joined into one on their way (RFC 9110, section 5.3).
func wrongMediaType(values []string) string {
	if len(values) == 0 {
		return "The header Content-Type is missing."
	}
	found, params, err := mime.ParseMediaType(values[0])
	charset, given := params["charset"]
	switch {
	case len(values) > 1, err != nil && strings.Contains(values[0], ","):
		return "The header Content-Type is given more than once."
	case err != nil:
		return fmt.Sprintf("The header Content-Type says %+.80q, which is not a media type.", values[0])
	case found != mediaType:
		return fmt.Sprintf("The header Content-Type says %+.80q, but the body must be %s.", found, mediaType)
	case given && !strings.EqualFold(charset, "utf-8"):
		return fmt.Sprintf("The header Content-Type says the charset %+.40q, but JSON is in UTF-8 (RFC 8259, section 8.1).", charset)
	}
	return ""
}

// query adds the arguments of the query. Only operations that read have any.
func (e endpoint) query(raw string, values map[string]any) error {
	query, err := url.ParseQuery(raw)
	if err != nil {
		return fault.InvalidParam("$", "has a query that is not well-formed").
			Fix("Write the query as name=value pairs with & between, percent-encoded.")
	}
	var problems []fault.Problem
	for name, texts := range query {
		value, problem, fix := e.queryValue(name, texts)
		if problem != "" {
			param := "$" + strictjson.Member(strings.ToValidUTF8(name, "�"))
			problems = append(problems, fault.Problem{Code: fault.InvalidInput, Param: param, Detail: problem, Fix: strings.ReplaceAll(fix, "$", param)})
			continue
		}
		values[name] = value
	}
	if len(problems) == 0 {
		return nil
	}
	sorting.By(problems, func(a, b fault.Problem) int { return strings.Compare(a.Param, b.Param) })
	return fault.Invalid(problems...)
}

// queryValue reads one argument of the query, or says what is wrong with it, and what
// to do: $ stands for it.
func (e endpoint) queryValue(name string, texts []string) (value any, problem, fix string) {
	member, known := e.operation.Input.Properties[name]
	text := texts[0]
	switch {
	case e.operation.Method != http.MethodGet && known:
		return nil, "is not a known query parameter", "Send $ in the body."
	case !known || slices.Contains(e.pathNames, name):
		return nil, "is not a known query parameter", "Leave out $" + e.knownInQuery() + "."
	case len(texts) > 1:
		return nil, "is given twice", "Send $ once."
	case !utf8.ValidString(text):
		return nil, "is not UTF-8", "Percent-encode $ as UTF-8 (RFC 3986, section 2.5)."
	case member.Type == "integer":
		if n, err := strconv.ParseInt(text, 10, 32); err == nil {
			return float64(n), "", ""
		}
		return nil, "must be an integer", "Send $ as a whole number, in digits."
	default:
		return text, "", ""
	}
}

// knownInQuery names the arguments that the query can hold.
func (e endpoint) knownInQuery() string {
	var names []string
	for _, name := range e.operation.Input.PropertyOrder {
		if e.operation.Method == http.MethodGet && !slices.Contains(e.pathNames, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return ": no query parameter is known here"
	}
	return ": the known query parameters are " + strings.Join(names, ", ")
}

// idempotencyKey reads the Idempotency-Key header: a quoted string as the IETF
// draft has it (draft-ietf-httpapi-idempotency-key-header, a string of RFC
// 9651), or the bare key that most clients send. A bare key has no comma: two
// headers may have been joined into one on their way.
func idempotencyKey(header http.Header, o api.Operation) (string, error) {
	values := header.Values("Idempotency-Key")
	if len(values) == 0 || !o.Keyed() {
		return "", nil
	}
	key, ok := unquote(values[0])
	if len(values) > 1 || !ok || !api.ValidKey(key) {
		return "", fault.InvalidParam("$.idempotencyKey", "must be one Idempotency-Key header of 1 to 255 printable ASCII characters").
			Fix("Send the header Idempotency-Key once, with 1 to 255 printable ASCII characters, or idempotencyKey in the body.")
	}
	return key, nil
}

func unquote(text string) (string, bool) {
	text = strings.TrimSpace(text)
	if !strings.HasPrefix(text, `"`) {
		return text, !strings.ContainsAny(text, `",`)
	}
	var key strings.Builder
	for i := 1; i < len(text); i++ {
		switch c := text[i]; c {
		case '"':
			return key.String(), i == len(text)-1
		case '\\':
			i++
			if i == len(text) || text[i] != '"' && text[i] != '\\' {
				return "", false
			}
			key.WriteByte(text[i])
		default:
			key.WriteByte(c)
		}
	}
	return "", false
}
