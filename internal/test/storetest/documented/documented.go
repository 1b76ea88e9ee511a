// Package documented holds the answers of a store to its OpenAPI document. It
// stands apart from package storetest because the validator takes a minute to
// compile, and the store changes more often than the document.
package documented

import (
	"bytes"
	"io"
	"net/http"
	"sync"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"

	"agentstore"
)

// document is built once for each test binary: it takes a moment.
var document = sync.OnceValues(func() (validator.Validator, error) { return read(agentstore.OpenAPI) })

func read(text []byte) (validator.Validator, error) {
	parsed, err := libopenapi.NewDocument(text)
	if err != nil {
		return nil, err
	}
	v, errs := validator.NewValidator(parsed)
	if len(errs) > 0 {
		return nil, errs[0]
	}
	return v, nil
}

// Client holds every answer to the OpenAPI document. The requests may be bad: tests
// send such.
func Client(tb testing.TB) *http.Client {
	tb.Helper()
	v, err := document()
	if err != nil {
		tb.Fatal(err)
	}
	return &http.Client{Transport: validating{tb, v}}
}

// ClientOf is Client of another document.
func ClientOf(tb testing.TB, document []byte) *http.Client {
	tb.Helper()
	v, err := read(document)
	if err != nil {
		tb.Fatal(err)
	}
	return &http.Client{Transport: validating{tb, v}}
}

// Both is ClientOf that holds the requests to the document too: they are a program's.
func Both(tb testing.TB, document []byte) *http.Client {
	tb.Helper()
	v, err := read(document)
	if err != nil {
		tb.Fatal(err)
	}
	return &http.Client{Transport: asking{validating{tb, v}}}
}

type asking struct{ validating }

func (a asking) RoundTrip(r *http.Request) (*http.Response, error) {
	validatorLock.Lock()
	ok, problems := a.ValidateHttpRequest(r)
	validatorLock.Unlock()
	if !ok {
		for _, p := range problems {
			a.tb.Errorf("%s %s is sent against the OpenAPI document: %s: %s: %v", r.Method, r.URL, p.Message, p.Reason, p.SchemaValidationErrors)
		}
	}
	return a.validating.RoundTrip(r)
}

type validating struct {
	tb testing.TB
	validator.Validator
}

// one at a time: the validator says nothing of concurrent use.
var validatorLock sync.Mutex

func (v validating) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(res.Body)
	res.Body.Close()
	if err != nil {
		return nil, err
	}
	fresh := func() *http.Response {
		again := *res
		again.Body = io.NopCloser(bytes.NewReader(body))
		return &again
	}
	if res.StatusCode == http.StatusMethodNotAllowed {
		return fresh(), nil // the document has operations, not what is none
	}
	validatorLock.Lock()
	defer validatorLock.Unlock()
	if ok, problems := v.ValidateHttpResponse(r, fresh()); !ok {
		for _, p := range problems {
			v.tb.Errorf("%s %s answered %d against the OpenAPI document: %s: %s\n%s",
				r.Method, r.URL.Path, res.StatusCode, p.Message, p.Reason, body)
		}
	}
	return fresh(), nil
}
