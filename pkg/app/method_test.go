package app_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"
)

// as is the event with another method.
func (e event) as(tb testing.TB, method string) []byte {
	tb.Helper()
	var request events.APIGatewayV2HTTPRequest
	decodeStrictly(tb, e.payload, &request)
	request.RequestContext.HTTP.Method, request.Body = method, ""
	payload, err := json.Marshal(request)
	if err != nil {
		tb.Fatal(err)
	}
	return payload
}

func (e event) method(tb testing.TB) string {
	tb.Helper()
	var request events.APIGatewayV2HTTPRequest
	decodeStrictly(tb, e.payload, &request)
	return request.RequestContext.HTTP.Method
}

// TestFunctionsAnswerHEAD: a function that is sent HEAD where it is sent GET answers
// with the same headers, the length of the body that is not there among them.
func TestFunctionsAnswerHEAD(t *testing.T) {
	t.Parallel()
	s := prepared(t)
	for _, e := range allEvents(t) {
		if e.function == provisioner || e.function == "dashboard" || e.function == "not_found" || e.method(t) != http.MethodGet {
			continue
		}
		get, head := invoke(t, e.handler(t, s), e.payload), invoke(t, e.handler(t, s), e.as(t, http.MethodHead))
		get.Headers["Content-Length"] = strconv.Itoa(len(get.Body)) // API Gateway says it
		if diff := cmp.Diff(get.Headers, head.Headers); diff != "" || head.StatusCode != get.StatusCode || head.Body != "" {
			t.Errorf("%s/%s: %d and not %d, %q (-GET +HEAD):\n%s", e.function, e.name, head.StatusCode, get.StatusCode, head.Body, diff)
		}
	}
}

// TestMethodsWithoutARoute: the function of members' operations gets whatever is sent
// below their path, and that of everything else gets the rest.
func TestMethodsWithoutARoute(t *testing.T) {
	t.Parallel()
	s := prepared(t)
	allow := map[string]string{"account/other_site": "GET, HEAD, OPTIONS, POST", "account/no_key": "GET, HEAD, OPTIONS", "not_found/wrong_method": "OPTIONS, POST"}
	for _, e := range allEvents(t) {
		want, tried := allow[e.function+"/"+e.name]
		if !tried {
			continue
		}
		delete(allow, e.function+"/"+e.name)
		for method, status := range map[string]int{http.MethodOptions: http.StatusNoContent, http.MethodPatch: http.StatusMethodNotAllowed} {
			if a := invoke(t, e.handler(t, s), e.as(t, method)); a.StatusCode != status || a.Headers["Allow"] != want {
				t.Errorf("%s %s/%s: %d, Allow %q, want %q: %s", method, e.function, e.name, a.StatusCode, a.Headers["Allow"], want, a.Body)
			}
		}
	}
	if len(allow) > 0 {
		t.Errorf("there are no events %v", allow)
	}
}
