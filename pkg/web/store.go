package web

import (
	"context"
	"net/http"
	"net/netip"

	"agentstore/pkg/api"
	"agentstore/pkg/product"
	"agentstore/pkg/shop"
)

// Store is the shop as callers reach it.
type Store struct {
	Frame
	Shop *shop.Shop
	// Shelf is what the shop sells, with the words of its products.
	Shelf product.Shelf
	// Authenticate reads who asks from the Authorization headers; source is the address
	// that the request came from. It may go on checking after it returns: Confirm of a
	// caller waits for the verdict.
	Authenticate func(ctx context.Context, authorization []string, source string) (shop.Claim, error)
}

// Claim is whose key the request shows; nil where it shows none.
func (s Store) Claim(r *http.Request) (shop.Claim, error) {
	authorization := r.Header.Values("Authorization")
	if len(authorization) == 0 {
		return nil, nil
	}
	return s.Authenticate(r.Context(), authorization, Source(r))
}

// Caller is who asks for an operation of agents. What is public may be asked for by
// anybody, but a key that is presented must be a good one.
func (s Store) Caller(r *http.Request, claim shop.Claim, o api.Operation) (shop.Caller, error) {
	var caller shop.Caller
	switch {
	case claim != nil:
		caller = claim(o.Scope, o.Name)
	case o.Public:
		caller = shop.Anonymous()
	default:
		_, err := s.Authenticate(r.Context(), nil, Source(r))
		return shop.Caller{}, err
	}
	return s.From(r, caller), nil
}

// Member is the one whose session asks for an operation of members.
func (s Store) Member(r *http.Request, entry *Entry, o api.Operation) (shop.Caller, error) {
	if o.Writes() {
		if err := s.SameOrigin(r); err != nil {
			return shop.Caller{}, err
		}
	}
	return Sessions{s.Frame, s.Shop.People}.Member(r, entry, o)
}

// From adds to a caller what the request says beside who it is from.
func (s Store) From(r *http.Request, caller shop.Caller) shop.Caller {
	caller.Origin = s.Origin(r)
	caller.Source = Source(r)
	return caller
}

// Source is the address that a request came from, or empty where it is not known:
// that of the peer, which on Lambda API Gateway tells. What a header says of it,
// such as X-Forwarded-For, anybody can write. IPv4 in the form of IPv6 is IPv4
// again, and a zone means nothing elsewhere.
func Source(r *http.Request) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	return peer.Addr().Unmap().WithZone("").String()
}
