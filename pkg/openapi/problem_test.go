package openapi_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"agentstore/pkg/api"
	"agentstore/pkg/fault"
)

func problemSchema(t *testing.T) *jsonschema.Resolved {
	t.Helper()
	d := parse(t)
	var s jsonschema.Schema
	if err := json.Unmarshal(encode(t, d.whole(t, d.Components.Schemas["Problem"])), &s); err != nil {
		t.Fatal(err)
	}
	return resolve(t, &s)
}

// Every error that the store can write is one by the document.
func TestProblems(t *testing.T) {
	t.Parallel()
	schema := problemSchema(t)
	for _, code := range fault.Codes() {
		t.Run(string(code), func(t *testing.T) {
			t.Parallel()
			problem := fault.Problem{Code: code, Param: "$.limit", Detail: "must be at least 1"}
			for _, e := range []*fault.Error{
				fault.New(code, "No."),
				fault.Invalid(problem, problem).Fix("Send more.").With("purchaseId", "pur_1").After(time.Hour),
			} {
				text := api.Problem(e, "req_1")
				if err := schema.Validate(decode(t, text)); err != nil {
					t.Errorf("%s: %v", text, err)
				}
			}
		})
	}
}

func TestOtherProblems(t *testing.T) {
	t.Parallel()
	schema := problemSchema(t)
	good := decode(t, api.Problem(fault.New(fault.NotFound, "No."), "req_1")).(map[string]any)
	for name, value := range map[string]any{
		"code": "gone", "status": 200.0, "fixes": nil, "retryable": "no", "detail": 1.0, "requestId": nil,
		"errors": []any{map[string]any{"param": "$"}}, "retryAfterSeconds": 0.5,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bad := map[string]any{name: value}
			for other, v := range good {
				if other != name {
					bad[other] = v
				}
			}
			if schema.Validate(bad) == nil {
				t.Errorf("the schema takes the %s %v", name, value)
			}
		})
	}
}
