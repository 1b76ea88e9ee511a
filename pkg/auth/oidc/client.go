// Package oidc lets people prove who they are to an issuer of OpenID Connect, by the
// authorization code flow with PKCE (OpenID Connect Core 1.0, section 3.1; RFC
// 7636). The store keeps no passwords, and nothing about a login under way: the
// browser does.
package oidc

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"agentstore/pkg/fault"
)

// Client is the store as its issuer knows it.
type Client struct {
	// Issuer is the issuer's identifier, an address below which its discovery
	// document is.
	Issuer string
	ID     string
	// Secret is empty for a public client, whose logins only PKCE protects.
	Secret string
	// AuthTimeClaim and MFAClaim are the claims of an ID token that say when somebody
	// has logged in, and how; MFAValues are the values of the latter that mean more
	// than one factor. The defaults are auth_time, amr and mfa (OpenID Connect Core
	// 1.0, section 2; RFC 8176, section 2).
	AuthTimeClaim string
	MFAClaim      string
	MFAValues     []string
	Now           func() time.Time
	// HTTP reaches the issuer. It should give up before the browser does.
	HTTP *http.Client

	mu       sync.Mutex
	provider *oidc.Provider
}

// discover reads the issuer's discovery document, once in the life of the
// process. It returns provider_unavailable.
func (c *Client) discover(ctx context.Context) (*oidc.Provider, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.provider != nil {
		return c.provider, nil
	}
	provider, err := oidc.NewProvider(c.reaching(ctx), c.Issuer)
	if err != nil {
		return nil, errIssuer(err)
	}
	c.provider = provider
	return provider, nil
}

// reaching is the context through which the libraries find the HTTP client.
func (c *Client) reaching(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, c.HTTP)
}

// config is the client for one redirect address, which the issuer compares character
// by character with those that it was told (RFC 9700, section 4.1.3).
func (c *Client) config(p *oidc.Provider, redirect string) *oauth2.Config {
	endpoint := p.Endpoint()
	// Set explicitly, because to find it out the library would send the code twice, and
	// a code is good once. A confidential client's default is the header (OpenID
	// Connect Core 1.0, section 9).
	endpoint.AuthStyle = oauth2.AuthStyleInHeader
	if c.Secret == "" {
		endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	return &oauth2.Config{
		ClientID: c.ID, ClientSecret: c.Secret, Endpoint: endpoint, RedirectURL: redirect,
		Scopes: []string{oidc.ScopeOpenID, "email", "profile"},
	}
}

func errIssuer(cause error) error {
	return fault.Wrap(fault.ProviderUnavailable, cause, "The store cannot reach what people log in with.").
		Fix("Try again in a minute.").
		After(time.Minute)
}

func errLogin(cause error) error {
	return fault.Wrap(fault.InvalidInput, cause, "This login is not valid, was used, or has taken too long.").
		Fix("Begin again at /login, in this browser.")
}

func errStale(cause error, detail string) *fault.Error {
	return fault.Wrap(fault.StaleLogin, cause, "%s", detail)
}
