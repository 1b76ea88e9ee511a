package app_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"agentstore"
	"agentstore/pkg/template"
)

// TestEventsAreWhatAPIGatewaySends holds the events to the payload format 2.0
// (API Gateway developer guide, "Create AWS Lambda proxy integrations for HTTP
// APIs"): what an event says twice must agree.
func TestEventsAreWhatAPIGatewaySends(t *testing.T) {
	t.Parallel()
	key := prepared(t).Key
	for _, e := range allEvents(t) {
		if e.function == provisioner {
			continue
		}
		var request events.APIGatewayV2HTTPRequest
		decodeStrictly(t, e.payload, &request)
		for _, problem := range form(e.function, key, request) {
			t.Errorf("%s/%s: %s", e.function, e.name, problem)
		}
	}
}

func form(function, key string, e events.APIGatewayV2HTTPRequest) (problems []string) {
	same := func(what string, got, want any) {
		if diff := cmp.Diff(want, got); diff != "" {
			problems = append(problems, fmt.Sprintf("%s (-want +got):\n%s", what, diff))
		}
	}
	call, ctx := e.RequestContext.HTTP, e.RequestContext
	same("version", e.Version, "2.0")
	same("route", e.RouteKey, routeOf(function, call.Method, e.RawPath))
	same("route of the context", ctx.RouteKey, e.RouteKey)
	same("path", call.Path, e.RawPath)
	same("path parameters", e.PathParameters, pathParameters(e))
	same("query parameters", e.QueryStringParameters, queryParameters(e.RawQueryString))
	same("stage", ctx.Stage, "$default")
	same("time", ctx.Time, time.UnixMilli(ctx.TimeEpoch).UTC().Format("02/Jan/2006:15:04:05 -0700"))
	same("domain", ctx.DomainName, ctx.DomainPrefix+".execute-api.eu-central-1.amazonaws.com")
	same("API", ctx.APIID, ctx.DomainPrefix)
	for name := range e.Headers {
		same("header", name, strings.ToLower(name))
	}
	same("host", e.Headers["host"], ctx.DomainName)
	same("user agent", e.Headers["user-agent"], call.UserAgent)
	same("forwarded for", e.Headers["x-forwarded-for"], call.SourceIP)
	if e.Body != "" {
		same("length of the body", e.Headers["content-length"], fmt.Sprint(len(body(e))))
		same("type of the body", e.Headers["content-type"], "application/json")
	}
	if got, sent := e.Headers["authorization"]; sent {
		same("key", got, "Bearer "+key)
	}
	return problems
}

// routeOf is the route of the template that brings a request to the function.
func routeOf(function, method, path string) string {
	parsed, err := template.Parse(agentstore.Template)
	if err != nil {
		return err.Error()
	}
	mux, keys := http.NewServeMux(), make(map[string]string)
	for _, f := range parsed.Functions {
		for _, route := range f.Routes {
			if f.Folder != function {
				continue
			}
			if route.Path == template.DefaultRoute {
				return route.Path
			}
			key := route.Method + " " + route.Path
			mux.Handle(patternOf(key), http.NotFoundHandler())
			keys[patternOf(key)] = key
		}
	}
	if path != "/" {
		path = strings.TrimSuffix(path, "/") // which makes no difference to an HTTP API
	}
	_, pattern := mux.Handler(httptest.NewRequest(method, path, nil))
	return keys[pattern]
}

// patternOf is a route as ServeMux writes it.
func patternOf(routeKey string) string {
	switch routeKey {
	case template.DefaultRoute:
		return "/"
	case "GET /", "HEAD /":
		return routeKey + "{$}"
	}
	return strings.ReplaceAll(strings.TrimPrefix(routeKey, template.AnyMethod+" "), "+}", "...}")
}

// pathParameters are found as ServeMux finds them, by the same rules as API Gateway.
func pathParameters(e events.APIGatewayV2HTTPRequest) map[string]string {
	var found map[string]string
	mux := http.NewServeMux()
	mux.HandleFunc(patternOf(e.RouteKey), func(_ http.ResponseWriter, r *http.Request) {
		for _, part := range strings.Split(r.Pattern, "/") {
			if name := strings.TrimSuffix(strings.Trim(part, "{}"), "..."); name != part && name != "$" {
				if found == nil {
					found = make(map[string]string)
				}
				found[name] = r.PathValue(name)
			}
		}
	})
	mux.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(e.RequestContext.HTTP.Method, e.RawPath, nil))
	return found
}

func queryParameters(raw string) map[string]string {
	var found map[string]string
	query, err := url.ParseQuery(raw)
	if err != nil {
		return map[string]string{"error": err.Error()}
	}
	for name, values := range query {
		if found == nil {
			found = make(map[string]string)
		}
		found[name] = strings.Join(values, ",")
	}
	return found
}

func body(e events.APIGatewayV2HTTPRequest) []byte {
	if !e.IsBase64Encoded {
		return []byte(e.Body)
	}
	text, err := base64.StdEncoding.DecodeString(e.Body)
	if err != nil {
		return nil
	}
	return text
}

func decodeStrictly(tb testing.TB, text []byte, into any) {
	tb.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		tb.Fatalf("%v in %s", err, text)
	}
}
