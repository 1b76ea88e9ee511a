package auth

import (
	"io"
	"strings"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// A personal access token is written as a key is, under its own prefix: neither can be
// taken for the other, by the store or by a scanner.

// IssuePersonal makes the secret of a member's token, and returns the token as its owner
// sees it, which is shown only once, and what is stored instead. Its errors are those of
// entropy.
func IssuePersonal(mode Mode, token id.Token, entropy io.Reader) (text string, hash []byte, err error) {
	text, err = newText(personalPrefix(mode)+bare(token), entropy)
	if err != nil {
		return "", nil, err
	}
	return text, hashOf(text), nil
}

// ReadPersonal reads the token of a member from the Authorization headers. It returns
// unauthenticated for what is none.
func ReadPersonal(mode Mode, authorization []string) (shop.Presented, error) {
	text, err := bearer(authorization)
	if err != nil {
		return shop.Presented{}, shop.NoToken(err)
	}
	name, ok := nameIn(text, personalPrefix(mode))
	if !ok {
		return shop.Presented{}, shop.NoToken(errMalformed)
	}
	token, ok := id.ParseToken(tokenPrefix + name)
	if !ok {
		return shop.Presented{}, shop.NoToken(errMalformed)
	}
	return shop.Presented{Token: token, Hash: hashOf(text)}, nil
}

const tokenPrefix = "tok_"

// bare is the id of a token without its prefix, which the text of the token does not repeat.
func bare(token id.Token) string { return strings.TrimPrefix(string(token), tokenPrefix) }

func personalPrefix(mode Mode) string { return "asp_" + string(mode) + "_" }
