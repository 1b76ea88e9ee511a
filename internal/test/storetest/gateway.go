package storetest

import (
	"context"
	"net/http"
)

// Taken is a request as API Gateway has taken it at a domain of the store.
func Taken(r *http.Request, domain string) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, gateway(domain)))
}

type gateway string

func (gateway) Network() string { return "https" }

func (g gateway) String() string { return string(g) }
