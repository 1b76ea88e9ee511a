package dashboard

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"agentstore/pkg/api"
	"agentstore/pkg/fault"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// script is what the page of personal access tokens shows.
type script struct {
	tokens []shop.PersonalToken
	scopes []api.TokenScope
	fields url.Values
	wrong  *fault.Error
	// made is the name of a new token, and secret the whole of it, shown once.
	made, secret string
}

// tokenEnds are the ends that the form of a token offers, in days.
var tokenEnds = []struct {
	days  int
	words string
}{{1, "1 day"}, {7, "7 days"}, {30, "30 days"}, {90, "90 days"}, {365, "1 year"}}

// tokens shows the member's own tokens, and the form for a new one.
func (s Site) tokens(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	f, err := s.visit(r, entry, api.TokenList())
	if err != nil {
		return err
	}
	return s.showTokens(w, r, f, http.StatusOK, script{fields: f.written()})
}

func (s Site) showTokens(w http.ResponseWriter, r *http.Request, f *frame, status int, one script) error {
	one.scopes = api.TokenScopes(s.Shelf)
	err := s.fill(r.Context(), f, func(ctx context.Context) (err error) {
		one.tokens, err = s.People.Tokens(ctx, f.caller)
		return err
	})
	if err != nil {
		return err
	}
	return render(w, r, status, tokensPage(f, one))
}

// makeToken makes a token, and shows it: here, and never again.
func (s Site) makeToken(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	fields, err := form(w, r)
	if err != nil {
		return err
	}
	f, err := s.visit(r, entry, api.TokenList())
	if err != nil {
		return err
	}
	values := map[string]any{"name": strings.TrimSpace(fields.Get("name")), "role": fields.Get("role"), "scopes": anys(fields["scopes"])}
	for _, l := range tokenEnds {
		if l.words == fields.Get("ends") {
			values["expiresAt"] = f.inDays(l.days)
		}
	}
	answer, err := s.do(r, entry, api.TokenCreate(api.TokenScopes(s.Shelf)), values, keyOf(fields))
	if err != nil {
		return s.mended(r, err, func(wrong *fault.Error) error {
			return s.showTokens(w, r, f, statusOf(wrong), script{fields: fields, wrong: wrong})
		})
	}
	made, err := read[struct {
		Token  struct{ Name string }
		Secret string
	}](answer)
	if err != nil {
		return err
	}
	return s.showTokens(w, r, f, http.StatusCreated, script{made: made.Token.Name, secret: made.Secret})
}

// revokeToken ends a token.
func (s Site) revokeToken(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	if _, err := s.do(r, entry, api.TokenRevoke(), map[string]any{"tokenId": r.PathValue("tokenId")}, ""); err != nil {
		return err
	}
	http.Redirect(w, r, web.TokensPath, http.StatusSeeOther)
	return nil
}

// scopeNames are the scopes of a token in one line.
func scopeNames(scopes []shop.Scope) string {
	names := make([]string, len(scopes))
	for i, scope := range scopes {
		names[i] = string(scope)
	}
	return strings.Join(names, ", ")
}
