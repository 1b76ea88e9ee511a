package mcp

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"

	"agentstore/pkg/api"
	"agentstore/pkg/fault"
	"agentstore/pkg/strictjson"
	"agentstore/pkg/web"
)

// buffer keeps an answer until it is certain that it may be given.
type buffer struct {
	header http.Header
	status int
	body   bytes.Buffer
	veiled bool // it answers an id that was veiled
}

func (b *buffer) Header() http.Header { return b.header }

func (b *buffer) WriteHeader(status int) {
	if b.status == 0 {
		b.status = status
	}
}

func (b *buffer) Write(text []byte) (int, error) {
	b.WriteHeader(http.StatusOK)
	return b.body.Write(text)
}

// Flush is for the SDK, which flushes streams.
func (b *buffer) Flush() {}

// flush gives the answer. The SDK refuses malformed messages in plain text, and
// answers to subscriptions as a stream: a client reads JSON-RPC, in one document.
func (b *buffer) flush(w http.ResponseWriter, message []byte, entry *web.Entry) {
	mediaType, _, _ := strings.Cut(b.header.Get("Content-Type"), ";")
	body := b.body.Bytes()
	switch {
	case mediaType == "text/plain" && b.isUnknownNotification(message):
		// Nobody is answered who has not asked (JSON-RPC 2.0, section 4.1).
		b.status, body = http.StatusAccepted, nil
		b.header.Del("Content-Type")
	case mediaType == "text/plain":
		code, words := understand(b.status, message, b.body.String())
		e := fault.New(codeOf(b.status), "%s", words).Fix("Send one JSON-RPC 2.0 message, as the specification of MCP says.")
		entry.Error = e
		body = errorMessage(message, code, e, entry.RequestID)
		b.header.Set("Content-Type", "application/json")
	case mediaType == "text/event-stream":
		body = document(body)
		b.header.Set("Content-Type", "application/json")
	}
	if b.veiled {
		body = unveil(body)
	}
	b.header.Del("Cache-Control") // every answer of the store has one already
	b.header.Del("Connection")    // of the stream
	maps.Copy(w.Header(), b.header)
	w.WriteHeader(cmp.Or(b.status, http.StatusOK))
	_, _ = w.Write(body) // a caller who has gone cannot be helped
}

func (b *buffer) isUnknownNotification(message []byte) bool {
	return strings.HasPrefix(b.body.String(), notHandled) && string(idOf(message)) == "null" && !bytes.HasPrefix(bytes.TrimSpace(message), []byte("["))
}

// notHandled begins what the SDK says to a method that it does not know.
const notHandled = "JSON RPC not handled"

// document is the message of a stream that has ended, or all of them.
func document(stream []byte) []byte {
	var messages [][]byte
	for line := range bytes.Lines(stream) {
		if data, ok := bytes.CutPrefix(bytes.TrimSpace(line), []byte("data: ")); ok {
			messages = append(messages, data)
		}
	}
	if len(messages) == 1 {
		return messages[0]
	}
	return slices.Concat([]byte("["), bytes.Join(messages, []byte(",")), []byte("]"))
}

func codeOf(status int) fault.Code {
	switch status {
	case http.StatusMethodNotAllowed:
		return fault.MethodNotAllowed
	case http.StatusRequestEntityTooLarge:
		return fault.PayloadTooLarge
	case http.StatusUnsupportedMediaType:
		return fault.UnsupportedMediaType
	case http.StatusForbidden:
		return fault.OriginNotAllowed
	case http.StatusNotFound:
		return fault.NotFound
	default:
		return fault.InvalidInput
	}
}

// understand finds the JSON-RPC code and the message for what the SDK refuses. The
// SDK quotes in full whatever it cannot read: that may contain secrets, and the
// message goes to the log.
func understand(status int, message []byte, text string) (code int64, words string) {
	switch {
	case status == http.StatusBadRequest && !json.Valid(message):
		return jsonrpc.CodeParseError, "The body is not JSON."
	case strings.HasPrefix(text, "malformed payload"):
		return jsonrpc.CodeInvalidRequest, "The body is no JSON-RPC 2.0 message."
	case strings.HasPrefix(text, notHandled):
		return jsonrpc.CodeMethodNotFound, "The server has no such method."
	default:
		return jsonrpc.CodeInvalidRequest, sentence(text)
	}
}

// sentence makes one of what the SDK says, and bounds the names that it quotes.
func sentence(text string) string {
	const longest = 200 // bytes
	text = strings.TrimSuffix(strings.TrimSpace(text), ".")
	if text == "" {
		return "The message is not valid."
	}
	if len(text) > longest {
		text = text[:longest] + "…"
	}
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

// refuse answers a message that is not let in. Its status is that of the error.
func (g gate) refuse(w http.ResponseWriter, r *http.Request, message []byte, entry *web.Entry, err error) {
	entry.Error = err
	e := web.Translate(r.Context(), err)
	g.Challenge(w.Header(), r, e, web.MCPPath)
	web.Write(w, e.Code.Status(), "application/json", errorMessage(message, codeRefused, e, entry.RequestID))
}

// codeRefused is of the range that JSON-RPC 2.0 leaves to servers (section 5.1)
// and that MCP does not use.
const codeRefused = -32001

// errorMessage is the JSON-RPC answer to a message, with the error of the store
// as its data.
func errorMessage(message []byte, code int64, e *fault.Error, requestID string) []byte {
	text, _ := strictjson.Encode(struct { // all of it is JSON already, or plain
		Version string          `json:"jsonrpc"`
		ID      json.RawMessage `json:"id"`
		Error   wireError       `json:"error"`
	}{"2.0", idOf(message), wireError{code, e.Detail, api.Problem(e, requestID)}})
	return text
}

type wireError struct {
	Code    int64           `json:"code"`
	Message string          `json:"message"`
	Data    json.RawMessage `json:"data"`
}
