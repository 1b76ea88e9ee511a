package oidc

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"agentstore/pkg/shop"
)

// leeway is how far the clock of an issuer may be from the store's.
const leeway = time.Minute

// circumstances reads what an ID token says about the login itself: when it was, and
// with how many factors. The operator chooses the names of the claims.
func (c *Client) circumstances(token *oidc.IDToken, who *shop.Identity) error {
	var claims map[string]json.RawMessage
	if err := token.Claims(&claims); err != nil {
		return err
	}
	at, err := c.loginTime(claims[cmp.Or(c.AuthTimeClaim, "auth_time")])
	if err != nil {
		return err
	}
	methods, err := textsOf(claims[cmp.Or(c.MFAClaim, "amr")])
	if err != nil {
		return err
	}
	factors := c.MFAValues
	if len(factors) == 0 {
		factors = []string{"mfa"}
	}
	who.AuthenticatedAt = at
	who.MFA = slices.ContainsFunc(methods, func(method string) bool { return slices.Contains(factors, method) })
	return nil
}

// loginTime is zero where nothing is said. A time slightly in the future counts as
// now, because the issuer's clock may be ahead.
func (c *Client) loginTime(claim json.RawMessage) (time.Time, error) {
	if claim == nil {
		return time.Time{}, nil
	}
	var at numeric
	if err := json.Unmarshal(claim, &at); err != nil {
		return time.Time{}, err
	}
	now, said := c.Now(), time.Unix(int64(at), 0).UTC()
	if said.After(now.Add(leeway)) {
		return time.Time{}, fmt.Errorf("a login of %s, which is to come", said)
	}
	if said.After(now) {
		return now, nil
	}
	return said, nil
}

// numeric is a number of seconds since 1970, which claims that an operator adds may
// encode as a text, as Cognito's do.
type numeric int64

// UnmarshalJSON takes 1 and "1".
func (n *numeric) UnmarshalJSON(text []byte) error {
	if unquoted, err := strconv.Unquote(string(text)); err == nil {
		text = []byte(unquoted)
	}
	value, err := strconv.ParseInt(string(text), 10, 64)
	*n = numeric(value)
	return err
}

// textsOf reads a list of texts, or the one text that stands for a list of one.
func textsOf(claim json.RawMessage) ([]string, error) {
	if claim == nil {
		return nil, nil
	}
	var one string
	if json.Unmarshal(claim, &one) == nil {
		return []string{one}, nil
	}
	var list []string
	if err := json.Unmarshal(claim, &list); err != nil {
		return nil, errors.New("the claim about factors is no text and no list of texts")
	}
	return list, nil
}
