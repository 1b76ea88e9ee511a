package api

import (
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/strictjson"
)

// Problem writes an error as problem details (RFC 9457). The members besides
// those of the RFC are code, param, errors, fixes, retryable and requestId; some
// codes have one more, such as purchaseId.
func Problem(e *fault.Error, requestID string) []byte {
	p := problem{
		Type: "urn:agentstore:error:" + string(e.Code), Title: e.Code.Title(), Status: e.Code.Status(),
		Detail: e.Detail, Code: e.Code, Fixes: e.Next(),
		Retryable: e.Code.Retryable(), RetryAfterSeconds: RetryAfterSeconds(e), RequestID: requestID,
	}
	for _, field := range e.Problems {
		p.Errors = append(p.Errors, problemField{field.Code, field.Param, field.Detail})
	}
	if len(p.Errors) > 0 {
		p.Param = p.Errors[0].Param
	}
	text, _ := strictjson.Encode(p) // texts, numbers and booleans always encode
	if len(e.Extra) == 0 {
		return text
	}
	extra, _ := strictjson.Encode(e.Extra)
	return append(append(text[:len(text)-1], ','), extra[1:]...)
}

type problem struct {
	Type              string         `json:"type"`
	Title             string         `json:"title"`
	Status            int            `json:"status"`
	Detail            string         `json:"detail"`
	Code              fault.Code     `json:"code"`
	Param             string         `json:"param,omitempty"`
	Errors            []problemField `json:"errors,omitempty"`
	Fixes             []string       `json:"fixes"`
	Retryable         bool           `json:"retryable"`
	RetryAfterSeconds int            `json:"retryAfterSeconds,omitempty"`
	RequestID         string         `json:"requestId"`
}

type problemField struct {
	Code   fault.Code `json:"code"`
	Param  string     `json:"param"`
	Detail string     `json:"detail"`
}

// RetryAfterSeconds is the wait as in the Retry-After header (RFC 9110,
// section 10.2.3), rounded up; zero when there is none.
func RetryAfterSeconds(e *fault.Error) int {
	return int((e.RetryAfter + time.Second - 1) / time.Second)
}
