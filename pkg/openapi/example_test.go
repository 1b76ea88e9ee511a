package openapi_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/pb33f/libopenapi-validator/errors"

	"agentstore/pkg/api"
	"agentstore/pkg/app"
)

func resolve(t *testing.T, s *jsonschema.Schema) *jsonschema.Resolved {
	t.Helper()
	resolved, err := s.Resolve(&jsonschema.ResolveOptions{ValidateDefaults: true})
	if err != nil {
		t.Fatalf("not a JSON Schema: %v", err)
	}
	return resolved
}

func TestExamplesOfTheTable(t *testing.T) {
	t.Parallel()
	for _, o := range api.Operations(app.Shelf()) {
		t.Run(o.Name, func(t *testing.T) {
			t.Parallel()
			if err := resolve(t, o.Input).Validate(decode(t, []byte(o.Example.Input))); err != nil {
				t.Errorf("the input %s: %v", o.Example.Input, err)
			}
			if err := resolve(t, o.Output()).Validate(decode(t, []byte(o.Example.Output))); err != nil {
				t.Errorf("the answer %s: %v", o.Example.Output, err)
			}
		})
	}
}

// validatorLock: the validator says nothing of concurrent use.
var validatorLock sync.Mutex

// A client that is made from the document sends its example and takes its
// answer.
func TestExamplesOfTheDocument(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o api.Operation, got operation) {
		validatorLock.Lock()
		defer validatorLock.Unlock()
		var request *http.Request
		for _, body := range got.bodies() {
			request = exampleRequest(o, got, body)
			_, problems := validate(t).ValidateHttpRequestSync(request)
			expectNone(t, problems)
		}

		good := got.Responses[fmt.Sprint(o.Status)]
		_, problems := validate(t).ValidateHttpResponse(request, &http.Response{
			StatusCode: o.Status,
			Header:     http.Header{"Content-Type": {"application/json"}, "X-Request-Id": {"req_1"}, "Idempotent-Replayed": {"true"}},
			Body:       io.NopCloser(bytes.NewReader(good.Content["application/json"].Example)),
		})
		expectNone(t, problems)
	})
}

func expectNone(t *testing.T, problems []*errors.ValidationError) {
	t.Helper()
	for _, p := range problems {
		t.Errorf("%s: %s", p.Message, p.Reason)
		for _, s := range p.SchemaValidationErrors {
			t.Errorf("%s: %s", s.KeywordLocation, s.Reason)
		}
	}
}

// bodies are the examples of the body, or one that is nil.
func (o operation) bodies() []json.RawMessage {
	if o.RequestBody == nil {
		return []json.RawMessage{nil}
	}
	media := o.RequestBody.Content["application/json"]
	if len(media.Examples) == 0 {
		return []json.RawMessage{media.Example}
	}
	var bodies []json.RawMessage
	for _, example := range media.Examples {
		bodies = append(bodies, example.Value)
	}
	return bodies
}

// exampleRequest is made of the examples of the parameters and of a body.
func exampleRequest(o api.Operation, got operation, body json.RawMessage) *http.Request {
	path, query := o.Path, url.Values{}
	for _, p := range got.Parameters {
		switch {
		case p.Example == nil:
		case p.In == "path":
			path = strings.Replace(path, "{"+p.Name+"}", fmt.Sprint(p.Example), 1)
		case p.In == "query":
			query.Set(p.Name, fmt.Sprint(p.Example))
		}
	}
	request := httptest.NewRequest(o.Method, path+"?"+query.Encode(), bytes.NewReader(body))
	request.Header.Set("Authorization", "Bearer ask_live_key.secret")
	request.AddCookie(&http.Cookie{Name: "__Host-agentstore_session", Value: "secret"})
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	return request
}
