package api

import (
	"encoding/json"
	"maps"
	"time"

	"agentstore/pkg/fault"
)

// Problem writes an error as problem details (RFC 9457). The members besides
// those of the RFC are code, param, errors, fixes, retryable and requestId.
func Problem(e *fault.Error, requestID string) []byte {
	members := map[string]any{
		"type":      "urn:agentstore:error:" + string(e.Code),
		"title":     e.Code.Title(),
		"status":    e.Code.Status(),
		"detail":    e.Detail,
		"code":      e.Code,
		"retryable": e.Code.Retryable(),
		"requestId": requestID,
		"fixes":     append([]string{}, e.Fixes...),
	}
	if len(e.Problems) > 0 {
		members["param"] = e.Problems[0].Param
		members["errors"] = problemFields(e.Problems)
	}
	if e.RetryAfter > 0 {
		members["retryAfterSeconds"] = RetryAfterSeconds(e)
	}
	maps.Copy(members, anyMap(e.Extra))
	text, _ := json.Marshal(members) // texts, numbers and booleans always encode
	return text
}

// RetryAfterSeconds is the wait as the Retry-After header has it (RFC 9110,
// section 10.2.3), rounded up; zero when there is none.
func RetryAfterSeconds(e *fault.Error) int {
	return int((e.RetryAfter + time.Second - 1) / time.Second)
}

type problemField struct {
	Param  string     `json:"param"`
	Code   fault.Code `json:"code"`
	Detail string     `json:"detail"`
}

func problemFields(problems []fault.Problem) []problemField {
	fields := make([]problemField, len(problems))
	for i, p := range problems {
		fields[i] = problemField{p.Param, p.Code, p.Detail}
	}
	return fields
}

func anyMap(m map[string]string) map[string]any {
	out := make(map[string]any, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}
