package openapi_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"agentstore/pkg/api"
	"agentstore/pkg/app"
	"agentstore/pkg/fault"
)

// each runs a test for each operation and its part of the document.
func each(t *testing.T, test func(*testing.T, api.Operation, operation)) {
	d := parse(t)
	for _, o := range api.All(app.Shelf()) {
		t.Run(o.Name, func(t *testing.T) {
			t.Parallel()
			got, ok := d.Paths[o.Path][strings.ToLower(o.Method)]
			if !ok {
				t.Fatalf("%s %s is not in the document", o.Method, o.Path)
			}
			test(t, o, got)
		})
	}
}

func TestNothingElseIsInTheDocument(t *testing.T) {
	t.Parallel()
	want, got := make(map[string]bool), make(map[string]bool)
	for _, o := range api.All(app.Shelf()) {
		want[strings.ToLower(o.Method)+" "+o.Path] = true
	}
	for _, x := range api.Exports() {
		want["get "+x.Path] = true
	}
	for path, methods := range parse(t).Paths {
		for method := range methods {
			got[method+" "+path] = true
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("operations (-table +document):\n%s", diff)
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	tags := make(map[string]bool)
	for _, tag := range parse(t).Tags {
		tags[tag.Name] = true
	}
	each(t, func(t *testing.T, o api.Operation, got operation) {
		group, _, _ := strings.Cut(string(o.Scope), ":")
		if o.Role != "" {
			group = "account"
		}
		description := o.Description
		if o.FreshLogin {
			description += " It asks for a login that is at most 15 minutes old."
		}
		type words struct {
			ID, Summary, Description, Scope, Role, Effect string
			Tags                                          []string
		}
		if diff := cmp.Diff(
			words{o.Name, o.Summary, description, string(o.Scope), string(o.Role), string(o.Effect), []string{group}},
			words{got.OperationID, got.Summary, got.Description, got.Scope, got.Role, got.Effect, got.Tags},
		); diff != "" {
			t.Errorf("(-table +document):\n%s", diff)
		}
		if !tags[group] {
			t.Errorf("the tag %s is not described", group)
		}
	})
}

// The parameters and the body together are the input: each argument has one
// place, with the same schema.
func TestInput(t *testing.T) {
	t.Parallel()
	type argument struct {
		In       string
		Required bool
		Schema   any
	}
	d := parse(t)
	each(t, func(t *testing.T, o api.Operation, operation operation) {
		want := make(map[string]argument)
		for name, s := range o.Input.Properties {
			place := "body"
			switch {
			case strings.Contains(o.Path, "{"+name+"}"):
				place = "path"
			case o.Method == http.MethodGet:
				place = "query"
			}
			member := plain(t, s)
			if place == "body" {
				sayDefaults(member)
			}
			want[name] = argument{place, slices.Contains(o.Input.Required, name), member}
		}

		got := make(map[string]argument)
		for _, p := range operation.Parameters {
			if p.In == "header" {
				continue
			}
			got[p.Name] = argument{p.In, p.Required, d.whole(t, p.Schema)}
		}
		if operation.RequestBody != nil {
			body := d.whole(t, operation.RequestBody.Content["application/json"].Schema).(map[string]any)
			required, _ := body["required"].([]any)
			for name, s := range body["properties"].(map[string]any) {
				if other, twice := got[name]; twice {
					t.Errorf("%s is in the body and in the %s", name, other.In)
				}
				got[name] = argument{"body", slices.Contains(required, any(name)), s}
			}
			if operation.RequestBody.Required != (len(required) > 0 || len(o.Forms) > 0) {
				t.Errorf("the body is required: %v, its fields: %v", operation.RequestBody.Required, required)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("arguments (-table +document):\n%s", diff)
		}
		inBody := 0
		for _, a := range want {
			if a.In == "body" {
				inBody++
			}
		}
		if hasBody := operation.RequestBody != nil; hasBody != (inBody > 0) {
			t.Errorf("a %s with a body: %v", o.Method, hasBody)
		}
	})
}

// sayDefaults puts the defaults inside a schema into its words.
func sayDefaults(value any) {
	switch v := value.(type) {
	case map[string]any:
		if unsaid, has := v["default"]; has {
			v["description"] = fmt.Sprintf("%s If absent: %v.", v["description"], unsaid)
			delete(v, "default")
		}
		for _, member := range v {
			sayDefaults(member)
		}
	case []any:
		for _, item := range v {
			sayDefaults(item)
		}
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o api.Operation, got operation) {
		var headers []string
		for _, p := range got.Parameters {
			if p.In == "header" {
				headers = append(headers, p.Name)
			}
		}
		var want []string
		if o.Keyed() {
			want = append(want, "Idempotency-Key")
		}
		if o.Replaces != "" {
			want = append(want, "If-Match")
		}
		if diff := cmp.Diff(want, headers); diff != "" {
			t.Errorf("headers (-want +got):\n%s", diff)
		}
	})
}

// Every code that an operation can answer is there under its status, and no
// other status is.
func TestErrors(t *testing.T) {
	t.Parallel()
	shared := parse(t).Components.Responses
	each(t, func(t *testing.T, o api.Operation, got operation) {
		codes := slices.Concat(o.Errors, o.CommonErrors())
		if o.Method != http.MethodGet {
			codes = append(codes, fault.UnsupportedMediaType)
		}
		statuses := map[string]bool{fmt.Sprint(o.Status): true, "304": o.Method == http.MethodGet}
		if o.Rehearsable() {
			statuses["200"] = true
		}
		for _, code := range codes {
			status := fmt.Sprint(code.Status())
			statuses[status] = true
			r := got.Responses[status]
			if name, ok := strings.CutPrefix(r.Ref, "#/components/responses/"); ok {
				r = shared[name]
			}
			if !strings.Contains(r.Description, string(code)+": "+code.Title()) {
				t.Errorf("the response %s does not speak of %s: %q", status, code, r.Description)
			}
			if _, ok := r.Content["application/problem+json"]; !ok || len(r.Content) != 1 {
				t.Errorf("the response %s is of the types %v", status, slices.Collect(maps.Keys(r.Content)))
			}
			if _, waits := r.Headers["Retry-After"]; code.Retryable() && !waits {
				t.Errorf("the response %s has no Retry-After", status)
			}
			if _, challenges := r.Headers["WWW-Authenticate"]; challenges != (code == fault.Unauthenticated) {
				t.Errorf("the response %s has WWW-Authenticate: %v", status, challenges)
			}
		}
		for status := range got.Responses {
			if !statuses[status] {
				t.Errorf("the operation never answers %s", status)
			}
		}
	})
}

func TestGoodAnswer(t *testing.T) {
	t.Parallel()
	d := parse(t)
	each(t, func(t *testing.T, o api.Operation, got operation) {
		good := got.Responses[fmt.Sprint(o.Status)]
		if o.Status < 200 || o.Status > 299 {
			t.Errorf("the status is %d", o.Status)
		}
		if diff := cmp.Diff(plain(t, o.Output()), d.whole(t, good.Content["application/json"].Schema)); diff != "" {
			t.Errorf("the schema (-table +document):\n%s", diff)
		}
		want := []string{"X-Request-Id"}
		if o.Keyed() {
			want = []string{"Idempotent-Replayed", "X-Request-Id"}
		}
		if o.Method == http.MethodGet {
			want = []string{"Cache-Control", "ETag", "X-Request-Id"}
		}
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(good.Headers))); diff != "" {
			t.Errorf("headers (-want +got):\n%s", diff)
		}
	})
}

func encode(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func decode(t *testing.T, text []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}
