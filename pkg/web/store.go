package web

import (
	"context"
	"net/http"
	"net/netip"

	"agentstore/pkg/api"
	"agentstore/pkg/fault"
	"agentstore/pkg/product"
	"agentstore/pkg/shop"
)

// Store is the shop as callers reach it.
type Store struct {
	Frame
	Shop *shop.Shop
	// Shelf is what the shop sells, with the texts of its products.
	Shelf product.Shelf
	// Authenticate reads who asks from the Authorization headers; source is the address
	// that the request came from. It may go on checking after it returns: Confirm of a
	// caller waits for the result.
	Authenticate func(ctx context.Context, authorization []string, source string) (shop.Claim, error)
	// ReadToken reads the personal access token of a member from the Authorization headers.
	ReadToken func(authorization []string) (shop.Presented, error)
}

// Claim is whose key the request carries; nil if it carries none.
func (s Store) Claim(r *http.Request) (shop.Claim, error) {
	authorization := r.Header.Values("Authorization")
	if len(authorization) == 0 {
		return nil, nil
	}
	return s.Authenticate(r.Context(), authorization, Source(r))
}

// Caller is who asks for an operation of agents. Anybody may ask for a public one,
// but a key that is presented must be good.
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

// Member is the one whose session or token asks for an operation of members. A request
// shows one of them: a page of another site can add a cookie to what it sends, but no
// token.
func (s Store) Member(r *http.Request, entry *Entry, o api.Operation) (shop.Caller, error) {
	sessions := Sessions{s.Frame, s.Shop.People}
	authorization := r.Header.Values("Authorization")
	switch {
	case len(authorization) > 0 && sessions.Session(r) != "":
		return shop.Caller{}, fault.New(fault.TwoCredentials, "The request carries the cookie of a session and the header Authorization, which may be of two people.").
			Fix("Send the header Authorization alone, without cookies, or the cookie alone.")
	case len(authorization) > 0:
		return s.bearer(r, entry, o, authorization)
	}
	if o.Writes() {
		if err := s.SameOrigin(r); err != nil {
			return shop.Caller{}, err
		}
	}
	return sessions.Member(r, entry, o)
}

// bearer is the member whose personal access token asks.
func (s Store) bearer(r *http.Request, entry *Entry, o api.Operation, authorization []string) (shop.Caller, error) {
	shown, err := s.ReadToken(authorization)
	if err != nil {
		return shop.Caller{}, err
	}
	sessions := Sessions{s.Frame, s.Shop.People}
	caller, err := s.Shop.People.Bear(r.Context(), shown, sessions.Browser(r, entry), o.Name)
	caller.Origin = s.Origin(r)
	if err == nil {
		err = caller.RequireScope(o.TokenScope)
	}
	if err != nil {
		return caller, err
	}
	return may(caller, o)
}

// From adds to a caller what the request says besides who it is from.
func (s Store) From(r *http.Request, caller shop.Caller) shop.Caller {
	caller.Origin = s.Origin(r)
	caller.Source = Source(r)
	return caller
}

// Source is the address that a request came from, or empty if it is unknown: that of
// the peer, which API Gateway reports to Lambda. Anybody can write what a header
// says about it, such as X-Forwarded-For. IPv4 in the form of IPv6 is turned back
// into IPv4, and a zone means nothing elsewhere.
func Source(r *http.Request) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	return peer.Addr().Unmap().WithZone("").String()
}
