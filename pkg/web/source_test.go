package web_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"agentstore/pkg/lambdahttp"
	"agentstore/pkg/web"
)

// hearsay is what headers say of where a request comes from.
var hearsay = []string{"forwarded", "x-forwarded-for", "x-real-ip", "true-client-ip", "cf-connecting-ip", "x-client-ip", "x-cluster-client-ip"}

func TestSource(t *testing.T) {
	t.Parallel()
	for peer, want := range map[string]string{
		"192.0.2.7:443":             "192.0.2.7",
		"[2001:db8::1]:443":         "2001:db8::1",
		"[2001:DB8:0:0::1]:443":     "2001:db8::1",
		"[::ffff:192.0.2.7]:443":    "192.0.2.7",
		"[fe80::1%eth0]:443":        "fe80::1",
		"[::ffff:192.0.2.7%1]:443":  "192.0.2.7",
		":0":                        "",
		"":                          "",
		"@":                         "", // a Unix socket
		"store.example.com:443":     "",
		"192.0.2.7":                 "",
		"192.0.2.7, 203.0.113.9:80": "",
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = peer
		for _, name := range hearsay {
			r.Header.Set(name, "203.0.113.9")
		}
		if got := web.Source(r); got != want {
			t.Errorf("the source of %q is %q, want %q", peer, got, want)
		}
	}
}

// On Lambda it is what API Gateway says in the context of the request, and a
// header of the caller says nothing.
func TestSourceOnLambda(t *testing.T) {
	t.Parallel()
	for gateway, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "2001:db8::1": "2001:db8::1", "::ffff:192.0.2.7": "192.0.2.7", "": "", "test-invoke-source-ip": "",
	} {
		event := events.APIGatewayV2HTTPRequest{RawPath: "/", Headers: make(map[string]string)}
		event.RequestContext.HTTP.Method, event.RequestContext.HTTP.SourceIP = http.MethodGet, gateway
		for _, name := range hearsay {
			event.Headers[name] = "203.0.113.9"
		}
		got := "not asked"
		h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = web.Source(r) })
		if _, err := lambdahttp.Handler(h)(t.Context(), event); err != nil || got != want {
			t.Errorf("the source of %q is %q, want %q: %v", gateway, got, want, err)
		}
	}
}
