package oidc

import (
	"cmp"
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"agentstore/pkg/shop"
)

// Begin starts a login. The browser is to keep the attempt, for AttemptLifetime,
// and to open the address; the issuer sends it back to redirect. It returns
// provider_unavailable.
func (c *Client) Begin(ctx context.Context, redirect, target string) (address, attempt string, err error) {
	provider, err := c.discover(ctx)
	if err != nil {
		return "", "", err
	}
	a := newAttempt(c.Now(), target)
	return c.config(provider, redirect).AuthCodeURL(a.state(),
		oidc.Nonce(a.nonce()), oauth2.S256ChallengeOption(a.verifier())), a.text, nil
}

// Finish ends a login with what the issuer had the browser bring back. It returns
// who it is and where they were going, or invalid_input or provider_unavailable.
func (c *Client) Finish(ctx context.Context, redirect, attempt string, answer url.Values) (shop.Identity, string, error) {
	a, err := parseAttempt(c.Now(), attempt)
	if err != nil {
		return shop.Identity{}, "", errLogin(err)
	}
	code, err := a.code(c.Issuer, answer)
	if err != nil {
		return shop.Identity{}, "", errLogin(err)
	}
	provider, err := c.discover(ctx)
	if err != nil {
		return shop.Identity{}, "", err
	}
	token, err := c.config(provider, redirect).Exchange(c.reaching(ctx), code, oauth2.VerifierOption(a.verifier()))
	if err != nil {
		return shop.Identity{}, "", exchangeError(err)
	}
	who, err := c.verify(ctx, provider, token, a.nonce())
	if err != nil {
		return shop.Identity{}, "", errLogin(err)
	}
	return who, a.target, nil
}

// code is what the issuer gave for a login that this browser began.
func (a attempt) code(issuer string, answer url.Values) (string, error) {
	switch {
	case subtle.ConstantTimeCompare([]byte(answer.Get("state")), []byte(a.state())) != 1:
		return "", errors.New("another state")
	case answer.Has("iss") && answer.Get("iss") != issuer: // RFC 9207
		return "", fmt.Errorf("an answer of %+q", answer.Get("iss"))
	case answer.Get("error") != "":
		return "", fmt.Errorf("the issuer says %+q: %+q", answer.Get("error"), answer.Get("error_description"))
	case answer.Get("code") == "":
		return "", errors.New("no code")
	default:
		return answer.Get("code"), nil
	}
}

// exchangeError tells a code that the issuer refuses from an issuer that fails.
func exchangeError(err error) error {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) && refused.Response != nil && refused.Response.StatusCode < http.StatusInternalServerError {
		return errLogin(err)
	}
	return errIssuer(err)
}

// claims are the members of an ID token that the store reads.
type claims struct {
	Email             string  `json:"email"`
	EmailVerified     boolish `json:"email_verified"`
	Name              string  `json:"name"`
	PreferredUsername string  `json:"preferred_username"`
	AuthorizedParty   string  `json:"azp"`
}

// verify checks an ID token (OpenID Connect Core 1.0, section 3.1.3.7): the
// library its signature, issuer, audience and expiry, and this the rest.
func (c *Client) verify(ctx context.Context, provider *oidc.Provider, token *oauth2.Token, nonce string) (shop.Identity, error) {
	raw, found := token.Extra("id_token").(string)
	if !found {
		return shop.Identity{}, errors.New("no ID token")
	}
	verifier := provider.VerifierContext(c.reaching(ctx), &oidc.Config{ClientID: c.ID, Now: c.Now})
	verified, err := verifier.Verify(ctx, raw)
	if err != nil {
		return shop.Identity{}, err
	}
	if subtle.ConstantTimeCompare([]byte(verified.Nonce), []byte(nonce)) != 1 {
		return shop.Identity{}, errors.New("another nonce")
	}
	if verified.AccessTokenHash != "" {
		if err := verified.VerifyAccessToken(token.AccessToken); err != nil {
			return shop.Identity{}, err
		}
	}
	var said claims
	if err := verified.Claims(&said); err != nil {
		return shop.Identity{}, err
	}
	if said.AuthorizedParty != "" && said.AuthorizedParty != c.ID {
		return shop.Identity{}, errors.New("issued to another client")
	}
	return shop.Identity{
		Issuer: verified.Issuer, Subject: verified.Subject,
		Email: said.Email, EmailVerified: bool(said.EmailVerified),
		Name: cmp.Or(said.Name, said.PreferredUsername),
	}, nil
}

// boolish is a boolean that some issuers, Cognito among them, write as a text.
type boolish bool

// UnmarshalJSON takes true and "true" for true, and everything else for false.
func (b *boolish) UnmarshalJSON(text []byte) error {
	var value any
	err := json.Unmarshal(text, &value)
	*b = value == true || value == "true"
	return err
}
