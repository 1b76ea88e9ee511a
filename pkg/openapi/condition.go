package openapi

import (
	"net/http"
	"strconv"

	"agentstore/pkg/api"
)

// conditionParameters are the preconditions that an operation takes in headers (RFC
// 9110, section 13.1).
func conditionParameters(o api.Operation) []object {
	switch {
	case o.Method == http.MethodGet:
		return []object{condition("If-None-Match", "The ETag of an answer that you have. If it is still the answer, you get 304 without a body.")}
	case o.Replaces != "":
		return []object{condition("If-Match", "The ETag that "+o.Replaces+" has answered. If the object has changed since, you get 412 and nothing is done. Leave it out to replace whatever is there.")}
	}
	return nil
}

func condition(name, description string) object {
	return object{
		"name": name, "in": "header", "required": false, "description": description,
		"schema": object{"type": "string", "minLength": 1, "maxLength": 1024},
	}
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
