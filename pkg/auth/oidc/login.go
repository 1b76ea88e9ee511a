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
	"strconv"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"agentstore/pkg/shop"
)

// Begin starts a login. The browser must keep the attempt, for AttemptLifetime, and
// open the address; the issuer sends it back to redirect. With a maxAge the issuer
// is asked to check again who they are, and Finish accepts no older login. It
// returns provider_unavailable.
func (c *Client) Begin(ctx context.Context, redirect, target string, maxAge time.Duration) (address, attempt string, err error) {
	provider, err := c.discover(ctx)
	if err != nil {
		return "", "", err
	}
	a := newAttempt(c.Now(), maxAge, target)
	options := []oauth2.AuthCodeOption{oidc.Nonce(a.nonce()), oauth2.S256ChallengeOption(a.verifier())}
	if maxAge > 0 {
		// Some issuers know only one of the two (OpenID Connect Core 1.0, section 3.1.2.1).
		options = append(options,
			oauth2.SetAuthURLParam("max_age", strconv.FormatInt(seconds(maxAge), 10)), oauth2.SetAuthURLParam("prompt", "login"))
	}
	return c.config(provider, redirect).AuthCodeURL(a.state(), options...), a.text, nil
}

// Finish ends a login with what the browser brings back from the issuer. It returns
// who it is and where they were going, or invalid_input or provider_unavailable. For
// a login that is older than was asked for it returns reauthentication_required,
// together with who it is.
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
	return who, a.target, a.recent(who.AuthenticatedAt, c.Now())
}

// recent returns reauthentication_required for a login that is older than was asked
// for, or whose time the issuer does not say.
func (a attempt) recent(at, now time.Time) error {
	switch {
	case a.maxAge == 0:
		return nil
	case at.IsZero():
		return errStale(errors.New("no time of the login"),
			"The store must know when you have logged in, and your issuer does not say.").
			Fix("If you operate the store, see docs/people.md for what the issuer has to send.")
	case now.Sub(at) > a.maxAge+leeway:
		return errStale(fmt.Errorf("a login of %s", at), "Your issuer has let you in by an older login, and this asks for a new one.").
			Fix("Log out at your issuer, then log in again.")
	default:
		return nil
	}
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

// exchangeError distinguishes a code that the issuer refuses from an issuer that
// fails.
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
	who := shop.Identity{
		Issuer: verified.Issuer, Subject: verified.Subject,
		Email: said.Email, EmailVerified: bool(said.EmailVerified),
		Name: cmp.Or(said.Name, said.PreferredUsername),
	}
	if err := c.circumstances(verified, &who); err != nil {
		return shop.Identity{}, err
	}
	return who, nil
}

// boolish is a boolean that some issuers, Cognito among them, encode as a text.
type boolish bool

// UnmarshalJSON takes true and "true" for true, and everything else for false.
func (b *boolish) UnmarshalJSON(text []byte) error {
	var value any
	err := json.Unmarshal(text, &value)
	*b = value == true || value == "true"
	return err
}
