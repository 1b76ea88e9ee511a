package openapi

import (
	"net/http"
	"strconv"

	"agentstore/pkg/api"
)

// conditionParameters are the preconditions that an operation takes in headers (RFC
// 9110, section 13.1). Every read takes If-None-Match, which is not among them: as a
// parameter of each, generated clients would demand it in every call.
func conditionParameters(o api.Operation) []object {
	if o.Replaces == "" {
		return nil
	}
	return []object{{
		"name": "If-Match", "in": "header", "required": false,
		"description": "The ETag that " + o.Replaces + " has answered. If the object has changed since, you get 412 and nothing is done. Leave it out to replace whatever is there.",
		"schema":      object{"type": "string"}, // one that names no representation holds for none
	}}
}

// addConditions adds what the conditions of a read lead to.
func addConditions(o api.Operation, answers object) {
	if o.Method != http.MethodGet {
		return
	}
	headers := answers[strconv.Itoa(o.Status)].(object)["headers"].(object)
	for name, described := range validators() {
		headers[name] = described
	}
	answers["304"] = object{"$ref": "#/components/responses/not_modified"}
}

// notModified is the answer to whoever has the representation already.
func notModified() object {
	headers := validators()
	headers["X-Request-Id"] = header("Names the request, for support.")
	return object{"description": "Not modified: what you have is still the answer.", "headers": headers}
}

func validators() object {
	return object{
		"ETag":          header("Names these bytes, for If-None-Match and If-Match. Absent where a secret is shown, once."),
		"Cache-Control": header("What is yours is kept by no shared cache, and a cache asks each time."),
	}
}
