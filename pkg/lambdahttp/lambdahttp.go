// Package lambdahttp lets any http.Handler answer the events of an API Gateway
// HTTP API (payload format 2.0). It is the only package that knows Lambda.
//
// A handler cannot tell it from net/http: requests arrive and answers leave as
// they would on a connection of an http.Server. What differs:
//
//   - An answer is held back until the handler returns, so the ResponseWriter is
//     no http.Flusher, and a panic becomes a whole 500 even after a first Write.
//   - 101 Switching Protocols is ignored like every other 1xx: there is no
//     connection to switch.
//   - Nothing is stripped from the path. A stage other than $default puts its
//     name in front of it ("/prod/v1/…"), so deploy to $default.
//   - API Gateway may have decoded percent-escapes of the path before it makes
//     the event. The path is taken as it is found in rawPath: an escape that is
//     still there, such as %2F, is kept, and a bare "?" is part of the path.
//
// The conversion rests on github.com/awslabs/aws-lambda-go-api-proxy, whose
// faults are mended here and written down in library_test.go. It is archived, so
// proxy.go holds the whole use of it: replacing it means writing the two small
// functions of that file again.
package lambdahttp

import (
	"context"
	"net/http"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
)

// Serve answers the events of this Lambda function with h. It does not return.
func Serve(h http.Handler) {
	lambda.Start(Handler(h))
}

// Handler makes h a Lambda handler. The context of the requests that h sees is
// the one of the invocation, with its deadline.
//
// The error is always nil, because API Gateway would turn it into an answer with
// neither a cause nor a request id. The two failures of its own are answers as
// application/problem+json (RFC 9457): 400 invalid_input for an event that is no
// HTTP request, and 500 internal when h panics, http.ErrAbortHandler included.
// The value of the panic and its stack go to the default slog logger alone.
func Handler(h http.Handler) func(context.Context, events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
	return func(ctx context.Context, event events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
		return answer(ctx, h, &event), nil
	}
}

func answer(ctx context.Context, h http.Handler, event *events.APIGatewayV2HTTPRequest) (a events.APIGatewayV2HTTPResponse) {
	defer func() {
		// A panic that leaves a Lambda handler ends the process, and the next
		// request would pay for a cold start.
		if v := recover(); v != nil {
			a = panicked(ctx, event, v)
		}
	}()
	r, err := newRequest(ctx, event)
	if err != nil {
		return refused(event, err)
	}
	w := newResponse(r.Method)
	h.ServeHTTP(w, r)
	return w.answer()
}
