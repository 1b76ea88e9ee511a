package lambdahttp

import (
	"maps"
	"net/http"

	"github.com/aws/aws-lambda-go/events"
	"github.com/awslabs/aws-lambda-go-api-proxy/core"
)

// decode makes a request of a body, and of a method that is a token. The caller
// sets everything else. The error says that the body is not base64 as promised.
//
// The library's conversion of HTTP API events takes the host from GO_API_HOST, and
// fails and prints when that is no address; it cannot be told not to. Its
// conversion of load balancer events leaves the environment alone, and the fields
// used here mean the same in both.
func decode(method, body string, isBase64 bool) (*http.Request, error) {
	var accessor core.RequestAccessorALB
	return accessor.EventToRequest(events.ALBTargetGroupRequest{
		HTTPMethod:      method,
		Body:            body,
		IsBase64Encoded: isBase64,
	})
}

// encode makes an answer of a status from 200 to 999, a header whose names have
// one value each, but for Set-Cookie, and a body, which travels as base64 unless
// it is UTF-8.
func encode(status int, header http.Header, body []byte) events.APIGatewayV2HTTPResponse {
	w := core.NewProxyResponseWriterV2()
	w.WriteHeader(status)
	maps.Copy(w.Header(), header)
	w.Write(body)
	if header.Get("Content-Type") == "" {
		// Write has guessed one, even for an empty body. The caller knows better.
		delete(w.Header(), "Content-Type")
	}
	// The only error is a status that was never set.
	answer, _ := w.GetProxyResponse()
	return answer
}
