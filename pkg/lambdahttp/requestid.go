package lambdahttp

import "context"

type requestIDKey struct{}

// RequestID is the id that API Gateway gave to the request of this context
// (requestContext.requestId), which is also in the gateway's access log. It is ""
// outside Lambda.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

func withRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestIDKey{}, id)
}
