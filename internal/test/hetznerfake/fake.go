// Package hetznerfake answers like the API of Hetzner Cloud, as far as the store asks
// it, and fails as it is told to. What it is asked and what it answers has the shapes
// that are published, which are in openapi.json: a test of the provider holds both to it.
package hetznerfake

import (
	_ "embed" // the shapes
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hetznercloud/hcloud-go/v2/hcloud/schema"
)

// OpenAPI is the document with the shapes of the API, and says where it is from.
//
//go:embed openapi.json
var OpenAPI []byte

// Cloud is a project of Hetzner Cloud.
type Cloud struct {
	Now func() time.Time
	// Takes is how long each action takes.
	Takes time.Duration
	// Deaf has operating systems not listen to a shutdown.
	Deaf bool
	// SoldOut has the types that a location has no room for, as cx23/fsn1.
	SoldOut map[string]bool
	// Failing has the error codes that the next actions of a command end in.
	Failing map[string][]string
	// Fault is asked about each call; nil where nothing fails.
	Fault func(Call) Fault
	// ReadOnly has the token change nothing.
	ReadOnly bool
	// Limit is how many calls are allowed an hour; 3600 where it is zero.
	Limit int

	mu      sync.Mutex
	numbers int64
	servers []*machine
	actions []*action
	keys    []schema.SSHKey
	ips     []*schema.PrimaryIP
	calls   []Call
	spent   float64 // calls that the limit does not allow again yet
	counted time.Time
}

// Call is a call as it arrived.
type Call struct {
	N            int // the first is 1
	Method, Path string
	Query        string
	Body         string
}

func (c Call) String() string { return c.Method + " " + c.Path }

// Fault is how a call fails.
type Fault struct {
	// Code is the error that it is answered with, without having done anything.
	Code string
	// Lost has the answer never arrive: After the work was done, or before.
	Lost, After bool
}

// statusOf is the status that comes with an error code, as the reference says.
var statusOf = map[string]int{
	"unauthorized": 401, "forbidden": 403, "token_readonly": 403, "not_found": 404,
	"uniqueness_error": 409, "conflict": 409, "resource_unavailable": 412, "placement_error": 412,
	"invalid_input": 422, "locked": 423, "protected": 423, "resource_locked": 423,
	"rate_limit_exceeded": 429, "unavailable": 503, "maintenance": 503, "timeout": 504, "bad_gateway": 502, "server_error": 500, "service_error": 500,
}

// problem is an answer that is an error.
type problem struct{ code, message string }

func (p problem) Error() string { return p.message + " (" + p.code + ")" }

func fail(code, format string, args ...any) error { return problem{code, fmt.Sprintf(format, args...)} }

// ServeHTTP implements http.Handler.
func (c *Cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	call := Call{N: len(c.calls) + 1, Method: r.Method, Path: strings.TrimPrefix(r.URL.Path, "/v1"), Query: r.URL.RawQuery, Body: string(body)}
	c.calls = append(c.calls, call)
	var fault Fault
	if c.Fault != nil {
		fault = c.Fault(call)
	}
	if fault.Lost && !fault.After {
		panic(http.ErrAbortHandler)
	}
	status, answer := c.answer(w.Header(), r, call, fault)
	if fault.Lost {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(answer)
}

func (c *Cloud) answer(header http.Header, r *http.Request, call Call, fault Fault) (int, []byte) {
	c.tick()
	value, err := any(nil), c.allow(header)
	switch {
	case err != nil:
	case fault.Code != "":
		err = fail(fault.Code, "the fake is told to")
	case r.Header.Get("Authorization") != "Bearer "+Token:
		err = fail("unauthorized", "unable to authenticate")
	case c.ReadOnly && r.Method != http.MethodGet:
		err = fail("forbidden", "insufficient permissions for this request")
	default:
		value, err = c.route(r, call)
	}
	c.tick() // what takes no time is done
	status := http.StatusOK
	if r.Method == http.MethodPost {
		status = http.StatusCreated
	}
	if err != nil {
		p, ok := err.(problem) //nolint:errorlint // nothing wraps it
		if !ok {
			p = problem{"invalid_input", err.Error()}
		}
		status = statusOf[p.code]
		if status == 0 {
			status = http.StatusUnprocessableEntity
		}
		value = map[string]any{"error": map[string]any{"code": p.code, "message": p.message, "details": nil}}
	}
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return status, text
}

// Token is the one that the project takes.
const Token = "hetzner-fake-token"

// allow counts a call against the limit, and says in headers what is left of it.
func (c *Cloud) allow(header http.Header) error {
	limit := float64(c.Limit)
	if limit == 0 {
		limit = 3600
	}
	now := c.Now()
	c.spent = max(0, c.spent-now.Sub(c.counted).Seconds()*limit/3600)
	c.counted = now
	var err error
	if c.spent+1 > limit {
		err = fail("rate_limit_exceeded", "limit of %g requests per hour reached", limit)
	} else {
		c.spent++
	}
	header.Set("RateLimit-Limit", strconv.Itoa(int(limit)))
	header.Set("RateLimit-Remaining", strconv.Itoa(int(limit-c.spent)))
	header.Set("RateLimit-Reset", strconv.FormatInt(now.Add(time.Duration(c.spent*3600/limit)*time.Second).Unix(), 10))
	return err
}

func (c *Cloud) number() int64 {
	c.numbers++
	return c.numbers + 1000
}

// route finds what a call is about.
func (c *Cloud) route(r *http.Request, call Call) (any, error) {
	parts := strings.Split(strings.Trim(call.Path, "/"), "/")
	number := int64(0)
	if len(parts) > 1 {
		number, _ = strconv.ParseInt(parts[1], 10, 64)
	}
	pattern := r.Method + " /" + parts[0]
	if len(parts) > 1 {
		pattern += "/{id}"
	}
	if len(parts) > 2 {
		pattern += "/" + strings.Join(parts[2:], "/")
	}
	endpoint, known := endpoints[pattern]
	if !known {
		return nil, fail("not_found", "there is no %s", pattern)
	}
	return endpoint(c, request{number, r.URL.Query(), []byte(call.Body)})
}

// Calls are all calls so far.
func (c *Cloud) Calls() []Call {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Call(nil), c.calls...)
}
