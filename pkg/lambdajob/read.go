package lambdajob

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// readEvent asks for one read from a provider.
type readEvent struct {
	Account id.Account      `json:"account"`
	Service id.Service      `json:"service"`
	Name    string          `json:"name"`
	Input   json.RawMessage `json:"input,omitempty"`
}

// readAnswer is one of both. It is what the function returns, whose own errors are
// those of a program that has failed.
type readAnswer struct {
	Answer json.RawMessage `json:"answer,omitempty"`
	Error  *readError      `json:"error,omitempty"`
}

// readError is a fault.Error on its way, without its cause.
type readError struct {
	Code         fault.Code      `json:"code"`
	Detail       string          `json:"detail"`
	Problems     []fault.Problem `json:"problems,omitempty"`
	Fixes        []string        `json:"fixes,omitempty"`
	RetryAfterMS int64           `json:"retryAfterMs,omitempty"`
	Extra        map[string]any  `json:"extra,omitempty"`
}

// read answers a readEvent.
func (w Work) read(ctx context.Context, e readEvent) readAnswer {
	answer, err := w.Read(ctx, shop.RemoteRead(e))
	if err == nil {
		return readAnswer{Answer: answer}
	}
	f := fault.From(err)
	return readAnswer{Error: &readError{f.Code, f.Detail, f.Problems, f.Fixes, f.RetryAfter.Milliseconds(), f.Extra}}
}

// Remote asks the function that provisions, and waits for its answer as long as the
// context allows. It returns what the function has refused by, and
// provider_unavailable for what is no answer of it.
func Remote(config aws.Config, function string) func(context.Context, shop.RemoteRead) (json.RawMessage, error) {
	return func(ctx context.Context, r shop.RemoteRead) (json.RawMessage, error) {
		event, err := json.Marshal(map[string]readEvent{"read": readEvent(r)})
		if err != nil {
			return nil, err
		}
		body, err := invoke(ctx, config, function, event)
		if err != nil {
			return nil, shop.RemoteUnavailable(err)
		}
		var answer readAnswer
		if err := json.Unmarshal(body, &answer); err != nil {
			return nil, shop.RemoteUnavailable(fmt.Errorf("answer of the provisioner: %w", err))
		}
		switch {
		case answer.Error != nil && answer.Error.Code.Title() != "":
			return nil, answer.Error.fault()
		case answer.Error == nil && answer.Answer != nil:
			return answer.Answer, nil
		default:
			return nil, shop.RemoteUnavailable(errors.New("answer of the provisioner: neither an answer nor an error that is known"))
		}
	}
}

func (e *readError) fault() *fault.Error {
	return &fault.Error{
		Code: e.Code, Detail: e.Detail, Problems: e.Problems, Fixes: e.Fixes,
		RetryAfter: time.Duration(e.RetryAfterMS) * time.Millisecond, Extra: e.Extra,
	}
}
