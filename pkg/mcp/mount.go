package mcp

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"agentstore/pkg/fault"
	"agentstore/pkg/web"
)

// MaxBody is the largest message that is read, in bytes.
const MaxBody = 1 << 20

// Mount serves an MCP server as one Lambda function can: each request stands
// alone, and its answer is one JSON document. It checks what is the same for all
// methods, and turns what the SDK says in plain text into JSON-RPC errors.
func Mount(s web.Store, server *sdk.Server) http.Handler {
	server.AddReceivingMiddleware(refuseStreams)
	g := gate{s, sdk.NewStreamableHTTPHandler(func(*http.Request) *sdk.Server { return server }, &sdk.StreamableHTTPOptions{
		Stateless: true, JSONResponse: true, PropagateRequestCancellation: true, MaxRequestBodyBytes: MaxBody,
		DisableLocalhostProtection: true, // the frame checks the host of every request
	})}
	return s.Wrap("mcp", s.ForPages(g.serve))
}

type gate struct {
	web.Store
	next http.Handler
}

// serve lets a request in. A refusal of its own has the form of an answer to the
// message, because that is what a client reads.
func (g gate) serve(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	body, err := read(w, r)
	var x *exchange
	passed, isVeiled := body, false
	if err == nil {
		err = web.CheckCoding(w, r)
	}
	if err == nil {
		err = checkMessage(body, r.Header.Get("Mcp-Protocol-Version"))
	}
	if err == nil {
		passed, isVeiled = veil(body)
		x, err = g.begin(r, passed, entry)
	}
	if err != nil {
		g.refuse(w, r, body, entry, err)
		return nil
	}
	answer := &buffer{header: make(http.Header), veiled: isVeiled}
	g.next.ServeHTTP(answer, x.request)
	x.note(entry)
	if denied := x.confirm(r.Context()); denied != nil {
		g.refuse(w, r, body, entry, denied)
		return nil
	}
	if err := web.CheckSize(answer.body.Bytes()); err != nil {
		g.refuse(w, r, body, entry, err)
		return nil
	}
	answer.flush(w, body, entry)
	return nil
}

// begin checks where the request comes from and starts to check from whom.
func (g gate) begin(r *http.Request, body []byte, entry *web.Entry) (*exchange, error) {
	if err := g.checkOrigin(r); err != nil {
		return nil, err
	}
	claim, err := g.Claim(r)
	if err != nil {
		return nil, err
	}
	x := &exchange{store: g.Store, claim: claim, requestID: entry.RequestID}
	x.request = r.Clone(context.WithValue(r.Context(), exchangeKey{}, x))
	// The SDK refuses who does not accept streams as well, which never come.
	x.request.Header.Set("Accept", "application/json, text/event-stream")
	x.request.Body = io.NopCloser(bytes.NewReader(body))
	if claim != nil {
		entry.Agent = claim("", "").Agent
	}
	return x, nil
}

// checkOrigin refuses the pages of other sites (MCP 2025-11-25, Streamable HTTP,
// "Security Warning").
func (g gate) checkOrigin(r *http.Request) error {
	origins := r.Header.Values("Origin")
	if len(origins) == 0 || len(origins) == 1 && g.MayRead(r, origins[0]) {
		return nil
	}
	return fault.New(fault.OriginNotAllowed, "Pages of this origin may not use the store.").
		Fix("Connect from a program instead of a web page of another site.")
}

func read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, fault.New(fault.PayloadTooLarge, "The body has more than %d bytes.", MaxBody).Fix("Send a smaller body.")
	case err != nil:
		return nil, fault.InvalidParam("$", "could not be read to its end").
			Fix("Send the whole body, then keep the connection open for the answer.")
	default:
		return body, nil
	}
}

// refuseStreams ends a subscription at once: it would occupy a function for as long
// as it lasts, and nothing here changes that a client could wait for.
func refuseStreams(next sdk.MethodHandler) sdk.MethodHandler {
	return func(ctx context.Context, method string, r sdk.Request) (sdk.Result, error) {
		switch method {
		case "subscriptions/listen", "resources/subscribe", "resources/unsubscribe", "logging/setLevel":
			return nil, &jsonrpc.Error{Code: jsonrpc.CodeMethodNotFound, Message: method}
		default:
			return next(ctx, method, r)
		}
	}
}
