package lambdahttp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"agentstore/pkg/lambdahttp"
)

func TestRequestID(t *testing.T) {
	t.Parallel()
	r, _ := received(t, newEvent("GET", "/"))
	if got := lambdahttp.RequestID(r.Context()); got != "JKJaXmPLvHcESHA=" {
		t.Errorf("got %q, want the id of the event", got)
	}
	if got := lambdahttp.RequestID(t.Context()); got != "" {
		t.Errorf("got %q outside Lambda, want nothing", got)
	}
}

func TestContextIsThatOfTheInvocation(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	want, _ := ctx.Deadline()
	h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if got, ok := r.Context().Deadline(); !ok || !got.Equal(want) {
			t.Errorf("deadline %v, %v; want %v", got, ok, want)
		}
	})
	if _, err := lambdahttp.Handler(h)(ctx, newEvent("GET", "/")); err != nil {
		t.Error(err)
	}
}

// problemOf decodes the body of an answer of this package itself.
func problemOf(t *testing.T, answer events.APIGatewayV2HTTPResponse) map[string]any {
	t.Helper()
	if got := answer.Headers["Content-Type"]; got != "application/problem+json" {
		t.Errorf("Content-Type %q", got)
	}
	var members map[string]any
	if err := json.Unmarshal([]byte(answer.Body), &members); err != nil {
		t.Fatalf("%q: %v", answer.Body, err)
	}
	return members
}

func TestPanicBecomesInternalError(t *testing.T) {
	t.Parallel()
	want := map[string]any{
		"type":      "urn:agentstore:error:internal",
		"title":     "Internal error",
		"status":    500.0,
		"code":      "internal",
		"detail":    "Something went wrong on our side. Quote the requestId when you report it.",
		"retryable": true,
		"requestId": "JKJaXmPLvHcESHA=",
	}
	for name, value := range map[string]any{
		"error":         errors.New("secret"),
		"text":          "secret",
		"nil":           nil,
		"abort":         http.ErrAbortHandler,
		"bad formatter": angry{},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := answerTo(t, newEvent("POST", "/"), func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Etag", `"half"`)
				w.WriteHeader(http.StatusCreated)
				w.Write([]byte("half an answer"))
				panic(value)
			})
			if answer.StatusCode != http.StatusInternalServerError || len(answer.Headers) != 1 {
				t.Errorf("got %d with %v", answer.StatusCode, answer.Headers)
			}
			if diff := cmp.Diff(want, problemOf(t, answer)); diff != "" {
				t.Errorf("problem (-want +got):\n%s", diff)
			}
		})
	}
}

// angry panics again when somebody looks at it.
type angry struct{}

func (angry) Error() string { panic("again") }

func TestPanicIsLogged(t *testing.T) {
	var out bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&out, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })

	answerTo(t, newEvent("GET", "/"), thrower)

	var entry struct{ Level, RequestID, Route, Panic, Stack string }
	if err := json.Unmarshal(out.Bytes(), &entry); err != nil {
		t.Fatalf("want one entry, got %q: %v", &out, err)
	}
	if entry.Level != "ERROR" || entry.RequestID != "JKJaXmPLvHcESHA=" || entry.Route != "$default" || entry.Panic != "cause" {
		t.Errorf("got %+v", entry)
	}
	if !strings.Contains(entry.Stack, "lambdahttp_test.thrower") {
		t.Errorf("the stack does not name the function that panicked:\n%s", entry.Stack)
	}
}

func thrower(http.ResponseWriter, *http.Request) { panic("cause") }

func TestEventsThatAreNoRequests(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil  func(*events.APIGatewayV2HTTPRequest)
		detail string
	}{
		"no method":         {func(e *events.APIGatewayV2HTTPRequest) { e.RequestContext.HTTP.Method = "" }, "method"},
		"method with space": {func(e *events.APIGatewayV2HTTPRequest) { e.RequestContext.HTTP.Method = "GET /" }, "method"},
		"dotless i":         {func(e *events.APIGatewayV2HTTPRequest) { e.RequestContext.HTTP.Method = "L\u0131ST" }, "method"},
		"half an escape":    {func(e *events.APIGatewayV2HTTPRequest) { e.RawPath = "/%2" }, "path"},
		"absolute form":     {func(e *events.APIGatewayV2HTTPRequest) { e.RawPath = "http://example.net/" }, "path"},
		"asterisk form":     {func(e *events.APIGatewayV2HTTPRequest) { e.RawPath = "*" }, "path"},
		"newline in path":   {func(e *events.APIGatewayV2HTTPRequest) { e.RawPath = "/\n" }, "path"},
		"newline in query":  {func(e *events.APIGatewayV2HTTPRequest) { e.RawQueryString = "a\n" }, "query"},
		"header name":       {func(e *events.APIGatewayV2HTTPRequest) { e.Headers["a b"] = "" }, "header"},
		"empty header name": {func(e *events.APIGatewayV2HTTPRequest) { e.Headers[""] = "" }, "header"},
		"header value":      {func(e *events.APIGatewayV2HTTPRequest) { e.Headers["a"] = "b\r\nc: d" }, "header"},
		"cookie":            {func(e *events.APIGatewayV2HTTPRequest) { e.Cookies = []string{"a=1", "b=\x00"} }, "header"},
		"base64":            {func(e *events.APIGatewayV2HTTPRequest) { e.Body, e.IsBase64Encoded = "a", true }, "base64"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			event := newEvent("POST", "/")
			c.spoil(&event)
			answer := answerTo(t, event, func(http.ResponseWriter, *http.Request) {
				t.Error("the handler was called")
			})
			if answer.StatusCode != http.StatusBadRequest {
				t.Errorf("got %d, want 400", answer.StatusCode)
			}
			got := problemOf(t, answer)
			if detail, _ := got["detail"].(string); !strings.Contains(detail, c.detail) {
				t.Errorf("detail %q does not speak of the %s", detail, c.detail)
			}
			delete(got, "detail")
			want := map[string]any{
				"type":      "urn:agentstore:error:invalid_input",
				"title":     "The input is not valid",
				"status":    400.0,
				"code":      "invalid_input",
				"retryable": false,
				"requestId": "JKJaXmPLvHcESHA=",
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("problem (-want +got):\n%s", diff)
			}
		})
	}
}

func TestProblemAnswersHEADWithoutABody(t *testing.T) {
	t.Parallel()
	answer := answerTo(t, newEvent("HEAD", "/"), thrower)
	if answer.StatusCode != http.StatusInternalServerError || answer.Body != "" {
		t.Errorf("got %d %q", answer.StatusCode, answer.Body)
	}
}
