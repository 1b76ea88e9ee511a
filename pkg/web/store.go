package web

import (
	"context"
	"net/http"

	"agentstore/pkg/api"
	"agentstore/pkg/shop"
)

// Store is the shop as callers reach it.
type Store struct {
	Frame
	Shop *shop.Shop
	// Authenticate reads who asks from the Authorization headers. It may go on
	// checking after it returns: Confirm of a caller waits for the verdict.
	Authenticate func(ctx context.Context, authorization []string) (shop.Claim, error)
}

// Claim is who the request says that it comes from; nil where it says nothing.
func (s Store) Claim(r *http.Request) (shop.Claim, error) {
	authorization := r.Header.Values("Authorization")
	if len(authorization) == 0 {
		return nil, nil
	}
	return s.Authenticate(r.Context(), authorization)
}

// Caller is who asks for the operation. What is public may be asked for by
// anybody, but a key that is presented must be a good one.
func (s Store) Caller(r *http.Request, claim shop.Claim, o api.Operation) (shop.Caller, error) {
	var caller shop.Caller
	switch {
	case claim != nil:
		caller = claim(o.Scope)
	case o.Public:
		caller = shop.Anonymous()
	default:
		_, err := s.Authenticate(r.Context(), nil)
		return shop.Caller{}, err
	}
	caller.Origin = s.Origin(r)
	return caller, nil
}
