package lambdahttp

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/aws/aws-lambda-go/events"

	"agentstore/pkg/fault"
)

// problem is an answer of this package as problem details (RFC 9457).
type problem struct {
	Type      string     `json:"type"`
	Title     string     `json:"title"`
	Status    int        `json:"status"`
	Code      fault.Code `json:"code"`
	Detail    string     `json:"detail"`
	Retryable bool       `json:"retryable"`
	RequestID string     `json:"requestId"`
}

// refused answers an event that could not be served for the reason of err.
func refused(event *events.APIGatewayV2HTTPRequest, err error) events.APIGatewayV2HTTPResponse {
	f := fault.From(err)
	// Marshal cannot fail: strings that are not UTF-8 are mended, and the other
	// members are numbers and truth values.
	body, _ := json.Marshal(problem{
		Type:      "urn:agentstore:error:" + string(f.Code),
		Title:     f.Code.Title(),
		Status:    f.Code.Status(),
		Code:      f.Code,
		Detail:    f.Detail,
		Retryable: f.Code.Retryable(),
		RequestID: event.RequestContext.RequestID,
	})
	w := newResponse(event.RequestContext.HTTP.Method)
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(f.Code.Status())
	w.Write(body)
	return w.answer()
}

// panicked logs the value that the handler panicked with, and tells the client no
// more than the request id by which the log entry is found.
func panicked(ctx context.Context, event *events.APIGatewayV2HTTPRequest, value any) events.APIGatewayV2HTTPResponse {
	slog.ErrorContext(ctx, "the handler panicked",
		"requestId", event.RequestContext.RequestID,
		"route", event.RouteKey,
		"panic", fmt.Sprint(value),
		"stack", string(debug.Stack()))
	return refused(event, fmt.Errorf("panic: %v", value))
}
