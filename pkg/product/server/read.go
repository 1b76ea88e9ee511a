package server

import (
	"context"
	"encoding/json"
	"errors"

	"agentstore/pkg/shop"
)

// Read implements shop.RemoteReader: the provider of the server answers.
func (f Fulfilment) Read(ctx context.Context, service shop.Service, name string, input json.RawMessage) (json.RawMessage, error) {
	provider, err := f.provider(service)
	if err != nil {
		return nil, err
	}
	answer, err := provider.Read(ctx, refOf(service), name, input)
	if isFinal(err) {
		return nil, &shop.Refusal{Reason: err.Error()}
	}
	return answer, err
}

// isFinal reports whether asking a provider again is of no use.
func isFinal(err error) bool {
	return errors.Is(err, ErrNoMachine) || errors.Is(err, ErrRefused) || errors.Is(err, ErrUnsupported)
}
