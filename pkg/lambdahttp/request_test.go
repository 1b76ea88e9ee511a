package lambdahttp_test

import (
	"bufio"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestEscapesOfThePathAreKept(t *testing.T) {
	t.Parallel()
	event := newEvent("GET", "/v1/items/a%2Fb%20c")
	event.RawQueryString = "q=a+b%20c&q=,&&empty=&%zz;"
	r, _ := received(t, event)
	got := []string{r.URL.Path, r.URL.EscapedPath(), r.URL.RawQuery, r.RequestURI}
	want := []string{"/v1/items/a/b c", event.RawPath, event.RawQueryString, event.RawPath + "?" + event.RawQueryString}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPaths(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]url.URL{
		"":             {Path: "/"},
		"//host/x":     {Path: "//host/x"},
		"/prod/v1":     {Path: "/prod/v1"}, // the stage stays
		"/a b":         {Path: "/a b", RawPath: "/a b"},
		"/\u00fc":      {Path: "/\u00fc", RawPath: "/\u00fc"},
		"/a/../b/./c/": {Path: "/a/../b/./c/"},
	} {
		r, _ := received(t, newEvent("GET", raw))
		if diff := cmp.Diff(want, *r.URL); diff != "" {
			t.Errorf("%q (-want +got):\n%s", raw, diff)
		}
	}
}

// Values must not share memory in a way that lets one header change another.
func TestHeadersAreIndependent(t *testing.T) {
	t.Parallel()
	event := newEvent("GET", "/")
	event.Headers = map[string]string{"x-a": "1", "X-A": "2", "x-b": "3", "x-c": "4"}
	r, _ := received(t, event)
	slices.Sort(r.Header["X-A"])
	r.Header.Add("X-B", "5")
	r.Header.Add("X-C", "6")
	want := http.Header{"X-A": {"1", "2"}, "X-B": {"3", "5"}, "X-C": {"4", "6"}}
	if diff := cmp.Diff(want, r.Header); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
}

func TestBodies(t *testing.T) {
	t.Parallel()
	for _, want := range []string{"", "text", "\u20ac", "\x00\xff\xfe"} {
		for _, isBase64 := range []bool{false, true} {
			event := newEvent("POST", "/")
			event.Body, event.IsBase64Encoded = want, isBase64
			if isBase64 {
				event.Body = base64.StdEncoding.EncodeToString([]byte(want))
			}
			r, body := received(t, event)
			if body != want || r.ContentLength != int64(len(want)) {
				t.Errorf("got %q with length %d, want %q", body, r.ContentLength, want)
			}
		}
	}
	if r, _ := received(t, newEvent("GET", "/")); r.Body != http.NoBody {
		t.Error("the body of a GET is not http.NoBody")
	}
}

// The same request, once as text and once as an event, must be the same request.
func TestRequestsAreThoseOfNetHTTP(t *testing.T) {
	t.Parallel()
	token := rapid.StringMatching("[A-Za-z][A-Za-z0-9-]{0,9}")
	visible := rapid.StringMatching(`[!-~]([ -~]{0,20}[!-~])?`)
	rapid.Check(t, func(t *rapid.T) {
		event := newEvent(
			rapid.SampledFrom([]string{"GET", "POST", "DELETE", "OPTIONS", "lower"}).Draw(t, "method"),
			"/"+rapid.StringMatching(`([a-z;:@&=+$,/._~-]|%2[0-9A-F]|%C3%BC){0,12}`).Draw(t, "path"))
		event.RawQueryString = rapid.StringMatching(`[!-~]{0,20}`).Draw(t, "query")
		event.Cookies = rapid.SliceOfN(rapid.StringMatching(`[a-z]=[a-z0-9,"]{0,9}`), 0, 3).Draw(t, "cookies")
		event.Body = rapid.String().Draw(t, "body")
		for name, value := range rapid.MapOf(token, visible).Draw(t, "headers") {
			event.Headers["x-"+strings.ToLower(name)] = value
		}
		event.Headers["content-length"] = strconv.Itoa(len(event.Body))

		text := textOf(event)
		want, err := http.ReadRequest(bufio.NewReader(strings.NewReader(text)))
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		wantBody, err := io.ReadAll(want.Body)
		if err != nil {
			t.Fatalf("the body cannot be read: %v", err)
		}
		got, gotBody := received(t, event)
		if diff := cmp.Diff(partsOf(want, string(wantBody)), partsOf(got, gotBody)); diff != "" {
			t.Fatalf("%q (-net/http +lambdahttp):\n%s", text, diff)
		}
	})
}

// textOf is the message (RFC 9112) that API Gateway would make the event of.
func textOf(event events.APIGatewayV2HTTPRequest) string {
	var text strings.Builder
	text.WriteString(event.RequestContext.HTTP.Method + " " + event.RawPath)
	if event.RawQueryString != "" {
		text.WriteString("?" + event.RawQueryString)
	}
	text.WriteString(" HTTP/1.1\r\n")
	for name, value := range event.Headers {
		text.WriteString(name + ": " + value + "\r\n")
	}
	if len(event.Cookies) > 0 {
		text.WriteString("cookie: " + strings.Join(event.Cookies, "; ") + "\r\n")
	}
	return text.String() + "\r\n" + event.Body
}

// parts is what a handler can see of a request, without where it came from.
type parts struct {
	Method, RequestURI, Host, Proto, Body string
	URL                                   *url.URL
	Header                                http.Header
	ContentLength                         int64
}

func partsOf(r *http.Request, body string) parts {
	return parts{r.Method, r.RequestURI, r.Host, r.Proto, body, r.URL, r.Header, r.ContentLength}
}

// The domain of a request is the gateway's word. Its Host header is the client's.
func TestTheDomainIsTheLocalAddress(t *testing.T) {
	t.Parallel()
	event := newEvent("GET", "/")
	event.Headers["host"] = "evil.example"
	r, _ := received(t, event)
	at, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok || at.Network() != "https" || at.String() != "store.example.com" || r.Host != "evil.example" {
		t.Errorf("the request was sent to %v, and names %s", at, r.Host)
	}
	event.RequestContext.DomainName = ""
	if r, _ := received(t, event); r.Context().Value(http.LocalAddrContextKey) != nil {
		t.Error("a request that no gateway has taken has an address all the same")
	}
}
