package lambdahttp_test

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestBinaryBodiesAreBase64(t *testing.T) {
	t.Parallel()
	for want, isBase64 := range map[string]bool{
		"":             false,
		"\u20ac":       false,
		"\x00":         false,
		"\xff\xd8\xff": true,
		"half \xe2":    true,
	} {
		answer := answerTo(t, newEvent("GET", "/"), func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, want)
		})
		if got := bodyOf(t, answer); got != want || answer.IsBase64Encoded != isBase64 {
			t.Errorf("got %q, base64 %v; want %q, %v", got, answer.IsBase64Encoded, want, isBase64)
		}
	}
}

func TestFraming(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ method, length, want string }{
		{"GET", "4", ""},
		{"GET", "5", ""},
		{"HEAD", "5", "5"},
	} {
		answer := answerTo(t, newEvent(c.method, "/"), func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", c.length)
			w.Header().Set("Transfer-Encoding", "chunked")
			io.WriteString(w, "body")
		})
		if _, ok := answer.Headers["Transfer-Encoding"]; ok {
			t.Errorf("%s: the encoding of the transfer is the gateway's business", c.method)
		}
		if got := answer.Headers["Content-Length"]; got != c.want {
			t.Errorf("%s: %q became %q, want %q", c.method, c.length, got, c.want)
		}
	}
}

func TestAnswersWithoutABody(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		want   map[string]string
	}{
		{http.StatusNoContent, map[string]string{"Etag": `"1"`, "Content-Type": "text/html"}},
		{http.StatusNotModified, map[string]string{"Etag": `"1"`}},
	} {
		answer := answerTo(t, newEvent("GET", "/"), func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Etag", `"1"`)
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Content-Length", "0")
			w.WriteHeader(c.status)
			if _, err := w.Write(nil); err != nil {
				t.Errorf("%d: writing nothing gives %v", c.status, err)
			}
			if _, err := io.WriteString(w, "body"); !errors.Is(err, http.ErrBodyNotAllowed) {
				t.Errorf("%d: writing gives %v, want http.ErrBodyNotAllowed", c.status, err)
			}
		})
		if diff := cmp.Diff(c.want, answer.Headers); diff != "" {
			t.Errorf("%d (-want +got):\n%s", c.status, diff)
		}
	}
}

// The writer holds the answer back, and a handler that asks is told so.
func TestAnswersCannotBeFlushed(t *testing.T) {
	t.Parallel()
	answerTo(t, newEvent("GET", "/"), func(w http.ResponseWriter, _ *http.Request) {
		if err := http.NewResponseController(w).Flush(); !errors.Is(err, http.ErrNotSupported) {
			t.Errorf("got %v, want http.ErrNotSupported", err)
		}
	})
}

// Whatever a handler does with its ResponseWriter, in whatever order, the client
// must get what an http.Server would have sent, and the handler the same results.
func TestAnswersAreThoseOfNetHTTP(t *testing.T) {
	t.Parallel()
	var script []step
	var results []string
	h := func(w http.ResponseWriter, _ *http.Request) {
		results = nil
		for _, s := range script {
			results = append(results, s.do(w))
		}
	}
	server := httptest.NewServer(http.HandlerFunc(h))
	t.Cleanup(server.Close)
	client := &http.Client{
		Transport:     &http.Transport{DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	t.Cleanup(client.CloseIdleConnections)

	rapid.Check(t, func(t *rapid.T) {
		method := rapid.SampledFrom([]string{"GET", "HEAD", "POST"}).Draw(t, "method")
		script = rapid.SliceOfN(anyStep(), 0, 8).Draw(t, "script")

		want := exchange(t, client, method, server.URL)
		want.results = results
		got := seenByClient(t, answerTo(t, newEvent(method, "/"), h))
		got.results = results
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(seen{})); diff != "" {
			t.Fatalf("(-net/http +lambdahttp):\n%s", diff)
		}
	})
}

// step is one thing that a handler may do.
type step struct {
	what   string
	name   string
	values []string
	status int
	body   string
}

func anyStep() *rapid.Generator[step] {
	names := []string{
		"Content-Type", "Content-Encoding", "Etag", "Vary", "Set-Cookie", "Retry-After",
		"X-Custom", "x-not-canonical", "Bad Name", "Trailer:X",
	}
	statuses := []int{100, 102, 103, 200, 201, 204, 304, 307, 404, 500, 999}
	value := rapid.SampledFrom([]string{"one", "two, three", " spaces ", "a\r\nInjected: b", "application/json"})
	piece := rapid.OneOf(
		rapid.SampledFrom([]string{"", "<", "!doctype html>", "<html>", "{}", "\xff\xd8\xff", "\x89PNG\x0d\x0a\x1a\x0a"}),
		rapid.Map(rapid.IntRange(1, 3000), func(n int) string { return strings.Repeat(" ", n) }))
	return rapid.Custom(func(t *rapid.T) step {
		return step{
			what:   rapid.SampledFrom([]string{"set", "set", "suppress", "delete", "status", "write", "write"}).Draw(t, "what"),
			name:   rapid.SampledFrom(names).Draw(t, "name"),
			values: rapid.SliceOfN(value, 1, 3).Draw(t, "values"),
			status: rapid.SampledFrom(statuses).Draw(t, "status"),
			body:   piece.Draw(t, "body"),
		}
	})
}

func (s step) do(w http.ResponseWriter) string {
	switch s.what {
	case "set":
		// A handler's own slice, which the writer must not share.
		w.Header()[s.name] = append([]string(nil), s.values...)
	case "suppress":
		w.Header()[s.name] = nil
	case "delete":
		delete(w.Header(), s.name)
	case "status":
		w.WriteHeader(s.status)
	case "write":
		n, err := w.Write([]byte(s.body))
		return fmt.Sprint(n, err)
	}
	return ""
}

// seen is what a client gets, and what the handler was told on the way.
type seen struct {
	status  int
	header  map[string]string
	cookies []string
	body    string
	results []string
}

func exchange(t *rapid.T, client *http.Client, method, url string) seen {
	r, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	s := seen{status: response.StatusCode, body: string(body), header: make(map[string]string)}
	s.cookies = response.Header["Set-Cookie"]
	delete(response.Header, "Set-Cookie")
	for name, values := range response.Header {
		s.header[name] = strings.Join(values, ", ")
	}
	forgetFraming(s.header)
	return s
}

func seenByClient(t *rapid.T, answer events.APIGatewayV2HTTPResponse) seen {
	s := seen{status: answer.StatusCode, body: bodyOf(t, answer), header: make(map[string]string)}
	if len(answer.Cookies) > 0 {
		s.cookies = answer.Cookies
	}
	for name, value := range answer.Headers {
		s.header[http.CanonicalHeaderKey(name)] = value
	}
	forgetFraming(s.header)
	return s
}

// forgetFraming leaves out what a server says about the connection, which is the
// gateway's part.
func forgetFraming(header map[string]string) {
	maps.DeleteFunc(header, func(name, _ string) bool {
		switch name {
		case "Date", "Connection", "Content-Length", "Transfer-Encoding":
			return true
		}
		return false
	})
}
