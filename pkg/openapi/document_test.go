package openapi_test

import (
	"bytes"
	"encoding/json"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"

	"agentstore"
	"agentstore/pkg/app"
	"agentstore/pkg/openapi"
)

func text(tb testing.TB) []byte {
	tb.Helper()
	text, err := openapi.Document(app.Shelf())
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

// document is the part of the document that tests read.
type document struct {
	OpenAPI    string `json:"openapi"`
	Tags       []struct{ Name string }
	Paths      map[string]map[string]operation
	Components struct {
		Schemas   map[string]json.RawMessage
		Responses map[string]response
	}
}

type operation struct {
	OperationID string `json:"operationId"`
	Summary     string
	Description string
	Tags        []string
	Scope       string `json:"x-agentstore-scope"`
	Role        string `json:"x-agentstore-role"`
	Effect      string `json:"x-agentstore-effect"`
	Parameters  []struct {
		Name, In string
		Required bool
		Schema   json.RawMessage
		Example  any
	}
	RequestBody *struct {
		Required bool
		Content  content
	}
	Responses map[string]response
}

type response struct {
	Ref         string `json:"$ref"`
	Description string
	Headers     map[string]any
	Content     content
}

type content map[string]struct {
	Schema, Example json.RawMessage
	Examples        map[string]struct{ Value json.RawMessage }
}

func parse(tb testing.TB) document {
	tb.Helper()
	var d document
	if err := json.Unmarshal(text(tb), &d); err != nil {
		tb.Fatal(err)
	}
	return d
}

// validated is built once: it takes a moment.
var validated = sync.OnceValues(func() (validator.Validator, error) {
	text, err := openapi.Document(app.Shelf())
	if err != nil {
		return nil, err
	}
	parsed, err := libopenapi.NewDocument(text)
	if err != nil {
		return nil, err
	}
	v, errs := validator.NewValidator(parsed)
	if len(errs) > 0 {
		return nil, errs[0]
	}
	return v, nil
})

func validate(tb testing.TB) validator.Validator {
	tb.Helper()
	v, err := validated()
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

func TestDocumentIsOpenAPI(t *testing.T) {
	t.Parallel()
	ok, problems := validate(t).ValidateDocument()
	if !ok || len(problems) > 0 {
		t.Error("the document is not OpenAPI 3.1")
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Message, p.Reason)
		for _, s := range p.SchemaValidationErrors {
			t.Errorf("%s: %s", s.KeywordLocation, s.Reason)
		}
	}
	if d := parse(t); d.OpenAPI != "3.1.1" {
		t.Errorf("the version is %s", d.OpenAPI)
	}
}

// The document at the root is served and read by people: make generate writes it.
func TestDocumentAtTheRootIsCurrent(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(string(agentstore.OpenAPI), string(text(t))); diff != "" {
		t.Errorf("run make generate (-openapi.json +Document):\n%s", diff)
	}
}

func TestDocumentIsTheSameEachTime(t *testing.T) {
	t.Parallel()
	first := text(t)
	for range 5 {
		if !bytes.Equal(first, text(t)) {
			t.Fatal("it differs")
		}
	}
	if !bytes.HasSuffix(first, []byte("}\n")) {
		t.Error("it does not end in one line feed")
	}
}
