package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"agentstore/pkg/api"
	"agentstore/pkg/app"
	"agentstore/pkg/product"
)

// REST makes calls over HTTP, at a base URL without a path.
func REST(client *http.Client, base, key string) Call {
	return RESTOf(app.Shelf(), client, base, key)
}

// RESTOf is REST of a store that sells what is on the shelf.
func RESTOf(shelf product.Shelf, client *http.Client, base, key string) Call {
	return func(tb testing.TB, tool string, input map[string]any) map[string]any {
		tb.Helper()
		r := RequestOf(tb, base, operation(tb, shelf, tool), input)
		r.Header.Set("Authorization", "Bearer "+key)
		res, err := client.Do(r)
		if err != nil {
			tb.Fatal(err)
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode >= http.StatusBadRequest {
			tb.Fatalf("%s: status %d, %v: %s", tool, res.StatusCode, err, text)
		}
		var body map[string]any
		if err := json.Unmarshal(text, &body); err != nil {
			tb.Fatal(err)
		}
		return body
	}
}

// Request is the HTTP request of a call, without a key.
func Request(tb testing.TB, base, tool string, input map[string]any) *http.Request {
	tb.Helper()
	return RequestOf(tb, base, operation(tb, app.Shelf(), tool), input)
}

// RequestOf is the HTTP request of a call of an operation, without a key.
func RequestOf(tb testing.TB, base string, o api.Operation, input map[string]any) *http.Request {
	tb.Helper()
	path := o.Path
	query := url.Values{}
	body := make(map[string]any)
	for k, v := range input {
		switch {
		case strings.Contains(path, "{"+k+"}"):
			path = strings.ReplaceAll(path, "{"+k+"}", url.PathEscape(fmt.Sprint(v)))
		case o.Method == http.MethodGet:
			query.Set(k, fmt.Sprint(v))
		default:
			body[k] = v
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	var reader io.Reader
	if len(body) > 0 {
		text, err := json.Marshal(body)
		if err != nil {
			tb.Fatal(err)
		}
		reader = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(tb.Context(), o.Method, base+path, reader)
	if err != nil {
		tb.Fatal(err)
	}
	if reader != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

func operation(tb testing.TB, shelf product.Shelf, tool string) api.Operation {
	tb.Helper()
	for _, o := range api.Operations(shelf) {
		if o.Name == tool {
			return o
		}
	}
	tb.Fatalf("there is no operation %s", tool)
	return api.Operation{}
}
