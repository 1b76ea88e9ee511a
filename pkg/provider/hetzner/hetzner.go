// Package hetzner is a provider of servers: Hetzner Cloud.
//
// Its API takes no idempotency keys. A server is made once because its name is unique
// in a project, and an action is begun once because its token is written as a label of
// the server before: after a doubt the server's own actions tell what has become of it.
package hetzner

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"agentstore/pkg/product/server"
)

// Project is what a provider is made of: one project of Hetzner Cloud.
type Project struct {
	Token string
	// Store is the name of the store. Whatever other stores have in the project is not
	// its business.
	Store string
	// Endpoint is where the API is; empty for Hetzner's own.
	Endpoint string
	// HTTP carries the calls; nil is the one of net/http.
	HTTP *http.Client
	// Gather is how long a question about an action waits for others, which are then
	// asked about in one call.
	Gather time.Duration
	Now    func() time.Time
	Log    *slog.Logger
}

// Provider implements server.Provider.
type Provider struct {
	client  *hcloud.Client
	project Project
	polls   *polls
	types   remembered[*hcloud.ServerType]
	images  remembered[*hcloud.Image]
}

// New is the provider of a project.
func New(p Project) *Provider {
	client := hcloud.NewClient(
		hcloud.WithToken(p.Token),
		hcloud.WithEndpoint(cmp.Or(p.Endpoint, hcloud.Endpoint)),
		hcloud.WithHTTPClient(cmp.Or(p.HTTP, http.DefaultClient)),
		hcloud.WithApplication("agentstore", ""),
		// A job is tried again by its worker, which knows how often.
		hcloud.WithRetryOpts(hcloud.RetryOpts{MaxRetries: 0}),
	)
	return &Provider{client: client, project: p, polls: &polls{client: client, gather: p.Gather}}
}

// Find returns the server with that label.
func (p *Provider) Find(ctx context.Context, label server.Label) (server.Machine, error) {
	s, err := p.labelled(ctx, label)
	if err != nil {
		return server.Machine{}, p.failure(ctx, err)
	}
	return machine(s), nil
}

// machine is a server on which nothing is done.
func machine(s *hcloud.Server) server.Machine {
	m := server.Machine{ID: strconv.FormatInt(s.ID, 10)}
	if !s.PublicNet.IPv4.IsUnspecified() {
		m.PublicIPv4 = s.PublicNet.IPv4.IP.String()
	}
	return m
}
