package lambdahttp_test

import (
	"context"
	"encoding/base64"
	"io"
	"net/http"

	"github.com/aws/aws-lambda-go/events"
	"pgregory.net/rapid"

	"agentstore/pkg/lambdahttp"
)

// newEvent is the least that API Gateway says of a request.
func newEvent(method, path string) events.APIGatewayV2HTTPRequest {
	event := events.APIGatewayV2HTTPRequest{
		Version:  "2.0",
		RouteKey: "$default",
		RawPath:  path,
		Headers:  map[string]string{"host": "store.example.com"},
	}
	event.RequestContext.Stage = "$default"
	event.RequestContext.RequestID = "JKJaXmPLvHcESHA="
	event.RequestContext.DomainName = "store.example.com"
	event.RequestContext.HTTP.Method = method
	event.RequestContext.HTTP.Path = path
	event.RequestContext.HTTP.Protocol = "HTTP/1.1"
	event.RequestContext.HTTP.SourceIP = "192.0.2.7"
	return event
}

// answerTo has h answer the event.
func answerTo(t rapid.TB, event events.APIGatewayV2HTTPRequest, h http.HandlerFunc) events.APIGatewayV2HTTPResponse {
	t.Helper()
	answer, err := lambdahttp.Handler(h)(context.Background(), event)
	if err != nil {
		t.Fatalf("the error is %v, but must always be nil", err)
	}
	return answer
}

// received is the request that a handler gets for the event, and its body.
func received(t rapid.TB, event events.APIGatewayV2HTTPRequest) (r *http.Request, body string) {
	t.Helper()
	answer := answerTo(t, event, func(_ http.ResponseWriter, got *http.Request) {
		r = got
		data, err := io.ReadAll(got.Body)
		if err != nil {
			t.Errorf("the body cannot be read: %v", err)
		}
		body = string(data)
	})
	if r == nil {
		t.Fatalf("the handler was not called; the answer is %d %s", answer.StatusCode, answer.Body)
	}
	return r, body
}

// bodyOf is the body of an answer as the client of the gateway gets it.
func bodyOf(t rapid.TB, answer events.APIGatewayV2HTTPResponse) string {
	t.Helper()
	if !answer.IsBase64Encoded {
		return answer.Body
	}
	body, err := base64.StdEncoding.DecodeString(answer.Body)
	if err != nil {
		t.Fatalf("the body is said to be base64: %v", err)
	}
	return string(body)
}
