package lambdahttp_test

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"
)

// FuzzEvent answers events made of arbitrary JSON, and of JSON's strings replaced
// by arbitrary bytes, with a handler that looks at everything and sends it back.
func FuzzEvent(f *testing.F) {
	whole, err := json.Marshal(newEvent("POST", "/v1/agent/quotes/qte_1%2F2"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole, "POST", "/a%2Fb", "q=1,2", "idempotency-key", "a, b", "a=1; b", "Ym9keQ==", true, 200)
	f.Add(whole, "HEAD", "//host/%", "#?", "Host", "[::1]:443", "\xff", "\xff\xd8", false, 204)
	f.Add(whole, "get", "*", "%zz", "set-cookie", "a\r\nb: c", "", "not base64", true, 101)
	f.Add([]byte(`{"requestContext":{"http":{"method":"GET","sourceIp":"fe80::1%eth0"}}}`), "", "", "", "", "", "", "", false, 304)
	f.Add([]byte(`{"headers":null,"cookies":[""],"isBase64Encoded":true}`), "GET", "/", "", "content-length", "-1", "", "=", true, 99)
	f.Add([]byte(`{}`), "CONNECT", "/\x00", "", "cookie", "\t", "", "", false, -1)
	f.Add([]byte(`[]`), "L\u0131ST", "/ \u00fc", "", "transfer-encoding", "chunked", "", "", false, 1000)

	f.Fuzz(func(t *testing.T, raw []byte, method, path, query, name, value, cookie, body string, isBase64 bool, status int) {
		var event events.APIGatewayV2HTTPRequest
		if json.Unmarshal(raw, &event) != nil {
			event = newEvent("GET", "/")
		}
		checkAnswer(t, answerTo(t, event, mirror(t, status)))

		event.RequestContext.HTTP.Method = method
		event.RawPath, event.RawQueryString = path, query
		event.Headers = map[string]string{name: value}
		event.Cookies = append(event.Cookies, cookie)
		event.Body, event.IsBase64Encoded = body, isBase64
		checkAnswer(t, answerTo(t, event, mirror(t, status)))
	})
}

// mirror sends the request back, under the given status, which need not be one.
func mirror(t *testing.T, status int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if _, _, err := net.SplitHostPort(r.RemoteAddr); err != nil {
			t.Errorf("RemoteAddr: %v", err)
		}
		if !strings.HasPrefix(r.URL.Path, "/") || !strings.HasPrefix(r.RequestURI, "/") {
			t.Errorf("path %q of %q", r.URL.Path, r.RequestURI)
		}
		body, err := io.ReadAll(r.Body)
		if err != nil || int64(len(body)) != r.ContentLength {
			t.Errorf("body of %d bytes, ContentLength %d, %v", len(body), r.ContentLength, err)
		}
		for name, values := range r.Header {
			w.Header()[name] = values
		}
		w.Header()["X-Target"] = []string{r.Host, r.URL.Path, r.URL.RawQuery}
		for _, c := range r.Cookies() {
			http.SetCookie(w, c)
		}
		w.WriteHeader(status)
		w.Write(body)
	}
}

func checkAnswer(t *testing.T, answer events.APIGatewayV2HTTPResponse) {
	t.Helper()
	if answer.StatusCode < 200 || answer.StatusCode > 999 {
		t.Errorf("status %d", answer.StatusCode)
	}
	bodyOf(t, answer)
	if !answer.IsBase64Encoded && !utf8.ValidString(answer.Body) {
		t.Errorf("the body %q cannot travel as JSON", answer.Body)
	}
	for name, value := range answer.Headers {
		if name == "" || strings.ContainsAny(name+value, "\r\n") {
			t.Errorf("header %q: %q", name, value)
		}
	}
	if _, err := json.Marshal(answer); err != nil {
		t.Errorf("the answer has no JSON form: %v", err)
	}
}
