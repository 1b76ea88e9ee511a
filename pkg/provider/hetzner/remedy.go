package hetzner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"agentstore/pkg/product/server"
)

// remedy is what helps against an error.
type remedy string

const (
	// later: nothing was done, and it will be done another time. It is asked again, and
	// that it was refused does not count.
	later remedy = "later"
	// again: nobody knows what was done. It is asked again, a bounded number of times.
	again remedy = "again"
	// refund: it will never be done. What was paid for it is given back.
	refund remedy = "refund"
	// person: it will never be done, and neither will the next, until an operator has
	// done something about it. It is refunded too.
	person remedy = "person"
	// token: as person, but what is wrong may be put right within minutes, so that it is
	// asked again first, a bounded number of times.
	token remedy = "token"
)

// advice is what an error code means. The codes of the API are in its reference below
// "Errors", and at each of its calls.
type advice struct {
	remedy remedy
	// words are what customers learn of a refusal: the provider's own would tell them
	// of the store's contract with it.
	words string
}

// advices has a row for each error code of a call, and of an action that has failed.
var advices = map[string]advice{
	"rate_limit_exceeded": {remedy: later},
	"locked":              {remedy: later},
	"conflict":            {remedy: later},
	"maintenance":         {remedy: later},
	"robot_unavailable":   {remedy: later},
	"server_not_stopped":  {remedy: later},

	"service_error":    {remedy: again},
	"server_error":     {remedy: again},
	"unknown_error":    {remedy: again},
	"unavailable":      {remedy: again},
	"bad_gateway":      {remedy: again},
	"timeout":          {remedy: again},
	"uniqueness_error": {remedy: again},
	"action_failed":    {remedy: again},

	"resource_unavailable": {refund, wordsSoldOut},
	"placement_error":      {refund, wordsSoldOut},
	"unavailable_price":    {refund, wordsSoldOut},
	"unsupported_error":    {refund, "this server cannot do that"},

	"resource_limit_exceeded": {person, "the store has reached a limit of its provider"},
	"protected":               {person, "the server is protected at the provider"},
	"resource_locked":         {person, "the provider has locked the server"},
	"invalid_input":           {person, wordsConfigured},
	"invalid_server_type":     {person, wordsConfigured},
	"not_found":               {person, wordsConfigured},
	"json_error":              {person, wordsConfigured},
	"deprecated_api_endpoint": {person, wordsConfigured},

	"unauthorized":   {remedy: token},
	"forbidden":      {remedy: token},
	"token_readonly": {remedy: token},
}

const (
	wordsSoldOut    = "the provider has no room for such a server in this region at this moment"
	wordsConfigured = "the provider does not take what the store asks it for"
)

// adviceOn is what an error code means. One that the table does not know may come from a
// newer API: it is asked again, and ends after a bounded number of times.
func adviceOn(code string) advice {
	if a, known := advices[code]; known {
		return a
	}
	return advice{remedy: again}
}

// failure is an error as the port has it.
func (p *Provider) failure(ctx context.Context, err error) error {
	var call hcloud.Error
	if !errors.As(err, &call) {
		return err
	}
	return p.advise(ctx, string(call.Code), err)
}

// advise makes an error of an error code.
func (p *Provider) advise(ctx context.Context, code string, cause error) error {
	a := adviceOn(code)
	if a.remedy == person || a.remedy == token {
		p.project.Log.ErrorContext(ctx, "provider needs a person", "code", code, "cause", cause.Error())
	}
	if a.remedy == refund || a.remedy == person {
		return fmt.Errorf("%w: %s", server.ErrRefused, a.words)
	}
	return cause
}

const (
	// busyElsewhere is how long somebody else's work on a server is waited for.
	busyElsewhere = 10 * time.Second
	// A project may make one more call each second once it has none left, and its
	// RateLimit-Reset says when it has all of them again, which need not be waited for.
	leastLimited, mostLimited = 5 * time.Second, time.Minute
)

// wait is for how long an error that has changed nothing should be waited out; zero for
// any other error.
func (p *Provider) wait(err error) time.Duration {
	var call hcloud.Error
	if !errors.As(err, &call) || adviceOn(string(call.Code)).remedy != later {
		return 0
	}
	if call.Code != hcloud.ErrorCodeRateLimitExceeded || call.Response() == nil {
		return busyElsewhere
	}
	until := call.Response().Meta.Ratelimit.Reset.Sub(p.project.Now())
	return min(max(until, leastLimited), mostLimited)
}
