// Package fault holds the one error type that callers of the store see. REST,
// MCP and the dashboard say the same words because they read the same value.
package fault

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Error is a refusal: what is wrong, where, and what to do next. Its text is
// written for the caller; what only operators may read is in the cause.
type Error struct {
	Code     Code
	Detail   string
	Problems []Problem
	// Fixes say what to do next; see Next.
	Fixes []string
	// RetryAfter is how long to wait before trying again; zero says nothing.
	RetryAfter time.Duration
	// Extra holds further members of the answer, such as the purchaseId of a
	// quote that was used.
	Extra map[string]any

	cause error
}

// Problem is one field at fault.
type Problem struct {
	Code Code
	// Param is the JSONPath of the field (RFC 9535), such as $.configuration.region.
	Param  string
	Detail string
	// Fix says what to do about it.
	Fix string
}

// New makes an error whose detail is formatted as by fmt.Sprintf.
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Detail: fmt.Sprintf(format, args...)}
}

// maxProblems bounds an answer: thousands of bad fields fit into one request.
const maxProblems = 100

// Invalid gathers the problems of one input, at least one; beyond a hundred they are
// left out. Its code is that of the problems if they agree, otherwise invalid_input,
// and its fixes are theirs.
func Invalid(problems ...Problem) *Error {
	problems = problems[:min(len(problems), maxProblems)]
	e := &Error{Code: problems[0].Code, Problems: problems}
	for _, p := range problems {
		if p.Code != e.Code {
			e.Code = InvalidInput
		}
		if p.Fix != "" && !slices.Contains(e.Fixes, p.Fix) {
			e.Fixes = append(e.Fixes, p.Fix)
		}
	}
	e.Detail = problems[0].Param + " " + problems[0].Detail + "."
	if more := len(problems) - 1; more > 0 {
		e.Detail += fmt.Sprintf(" %d more in errors.", more)
	}
	return e
}

// InvalidParam is Invalid for a single field. Say what to do about it with Fix.
func InvalidParam(param, format string, args ...any) *Error {
	return Invalid(Problem{Code: InvalidInput, Param: param, Detail: fmt.Sprintf(format, args...)})
}

// Wrap is an internal error: the caller learns nothing about the cause, the log gets
// all of it.
func Wrap(code Code, cause error, format string, args ...any) *Error {
	e := New(code, format, args...)
	e.cause = cause
	return e
}

// From turns any error into an *Error. What is not one already is internal.
func From(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return Wrap(Internal, err, "Something went wrong on our side. Quote the requestId when you report it.")
}

// Is reports whether err is an *Error with that code.
func Is(err error, code Code) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == code
}

// Fix adds what the caller can do next and returns e.
func (e *Error) Fix(format string, args ...any) *Error {
	e.Fixes = append(e.Fixes, fmt.Sprintf(format, args...))
	return e
}

// With adds a further member to the answer, which must be encodable as JSON, and
// returns e.
func (e *Error) With(name string, value any) *Error {
	if e.Extra == nil {
		e.Extra = make(map[string]any)
	}
	e.Extra[name] = value
	return e
}

// After sets how long the caller should wait and returns e.
func (e *Error) After(d time.Duration) *Error {
	e.RetryAfter = d
	return e
}

// Error implements error, for logs: it includes the cause.
func (e *Error) Error() string {
	text := string(e.Code) + ": " + e.Detail
	if e.cause != nil {
		text += ": " + e.cause.Error()
	}
	return text
}

// Unwrap returns the cause, which is only for logs.
func (e *Error) Unwrap() error { return e.cause }
