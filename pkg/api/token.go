package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/product"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
	"agentstore/pkg/sorting"
)

const tokens = account + "/tokens"

// TokenList lists the member's own tokens.
func TokenList() Operation {
	return Operation{
		Name: "token_list", Title: "List your tokens",
		Summary:     "List your personal access tokens for the account, the newest first.",
		Description: "Their secrets are not stored, so nothing can show them.",
		Method:      get, Path: tokens,
		Role: shop.RoleViewer, TokenScope: shop.ScopeAccountRead, Effect: Reads, Status: http.StatusOK,
		Input: schema.Object(), answers: output[personalTokensAnswer],
		call: plain(func(ctx context.Context, s *shop.Shop, caller shop.Caller, _ struct{}) (personalTokensAnswer, error) {
			list, err := s.People.Tokens(ctx, caller)
			now := s.Now()
			return personalTokensAnswer{each(list, func(t shop.PersonalToken) personalTokenWire { return wireToken(t, now) })}, err
		}),
	}
}

// TokenCreate makes a token with some of the scopes.
func TokenCreate(table []TokenScope) Operation {
	scopes := make([]shop.Scope, len(table))
	for i, s := range table {
		scopes[i] = s.Scope
	}
	return Operation{
		Name: "token_create", Title: "Create a token",
		Summary:     "Make a personal access token for your scripts. Its secret is shown only in this answer.",
		Description: "It is sent as Authorization: Bearer, instead of a session. It may do what its scopes say, up to its role and up to yours, whichever is lower. With a scope for what asks a session for a recent login it lives for 24 hours at most. One that a token makes has no scope that its maker lacks.",
		Method:      post, Path: tokens,
		Role: shop.RoleViewer, TokenScope: shop.ScopeTokensWrite, FreshLogin: true, Effect: Creates, Status: http.StatusCreated,
		Input: schema.Object(
			schema.Required("name", nameSchema("What it is for.")),
			schema.Optional("role", schema.Default(roleSchema(), `"`+string(shop.RoleViewer)+`"`)),
			schema.Required("scopes", schema.NotEmpty(schema.List("What it may be used for.", schema.Named("TokenScope", scopeSchema(scopes)), len(scopes)))),
			schema.Optional("expiresAt", schema.Format(fmt.Sprintf("When it ends by itself: within %d days, or within %d hours, as its scopes ask. Without it, after 90 days, or after %d hours.",
				shop.TokenLifetime/(24*time.Hour), shop.BriefLifetime/time.Hour, shop.BriefLifetime/time.Hour), "date-time", 64)),
		),
		answers: output[personalTokenCreated], Errors: []fault.Code{fault.TokenLifetime, fault.SecretShown},
		call: shows(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in tokenArguments) (personalTokenCreated, error) {
			want := shop.NewPersonalToken{Name: in.Name, Role: in.Role, Scopes: in.Scopes, ExpiresAt: in.ExpiresAt.UTC().Truncate(time.Millisecond)}
			for _, scope := range table {
				if scope.Brief && slices.Contains(in.Scopes, scope.Scope) {
					want.Brief = append(want.Brief, scope.Scope)
				}
			}
			t, text, err := s.People.CreateToken(ctx, caller, want)
			return personalTokenCreated{wireToken(t, s.Now()), text}, err
		}),
	}
}

// TokenRevoke ends a token.
func TokenRevoke() Operation {
	return Operation{
		Name: "token_revoke", Title: "Revoke a token",
		Summary:     "End a personal access token at once.",
		Description: "The very next request with it is refused. An owner may end the token of any member.",
		Method:      remove, Path: tokens + "/{tokenId}",
		Role: shop.RoleViewer, TokenScope: shop.ScopeTokensWrite, FreshLogin: true, Effect: Acts, Status: http.StatusOK,
		Input:   schema.Object(schema.Required("tokenId", idSchema("The id of a token."))),
		answers: output[personalTokenAnswer], Errors: []fault.Code{fault.NotFound},
		call: keeps(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in tokenArguments) (shop.PersonalToken, error) {
			return s.People.RevokeToken(ctx, caller, in.Token)
		}, func(t shop.PersonalToken, v view) personalTokenAnswer {
			return personalTokenAnswer{wireToken(t, v.now)}
		}),
	}
}

// TokenScope is a scope of personal access tokens, and what it is for.
type TokenScope struct {
	Scope shop.Scope
	// Brief: one of the operations asks a session for a recent login, so that a token with
	// the scope ends after shop.BriefLifetime.
	Brief      bool
	Operations []string
}

// TokenScopes lists them for a store that sells what is on the shelf, in the order of
// their names.
func TokenScopes(shelf product.Shelf) []TokenScope { return scopesOf(AccountOperations(shelf)) }

// tokenScopes are the same, of the table as it is before it names them. audit_list is not
// in that table, because it names the operations of it.
func tokenScopes(table []Operation) []TokenScope {
	return scopesOf(append(slices.Clip(table), Operation{Name: "audit_list", TokenScope: shop.ScopeAuditRead}))
}

func scopesOf(table []Operation) []TokenScope {
	var scopes []TokenScope
	for _, o := range table {
		if o.TokenScope == "" {
			continue
		}
		i := slices.IndexFunc(scopes, func(s TokenScope) bool { return s.Scope == o.TokenScope })
		if i < 0 {
			i, scopes = len(scopes), append(scopes, TokenScope{Scope: o.TokenScope})
		}
		scopes[i].Operations = append(scopes[i].Operations, o.Name)
		scopes[i].Brief = scopes[i].Brief || o.FreshLogin
	}
	sorting.By(scopes, func(a, b TokenScope) int { return strings.Compare(string(a.Scope), string(b.Scope)) })
	return scopes
}

type tokenArguments struct {
	Token     id.Token     `json:"tokenId"`
	Name      string       `json:"name"`
	Role      shop.Role    `json:"role"`
	Scopes    []shop.Scope `json:"scopes"`
	ExpiresAt time.Time    `json:"expiresAt"`
}

type personalTokensAnswer struct {
	Tokens []personalTokenWire `json:"tokens"`
}

type personalTokenAnswer struct {
	Token personalTokenWire `json:"token"`
}

type personalTokenCreated struct {
	Token  personalTokenWire `json:"token"`
	Secret string            `json:"secret" jsonschema:"the whole token, as asp_live_…; shown only this time"`
}

type personalTokenWire struct {
	ID        string    `json:"id" jsonschema:"pass it as tokenId"`
	Name      string    `json:"name"`
	Role      shop.Role `json:"role" jsonschema:"the most that it may do; the role of its member binds as well"`
	Scopes    []string  `json:"scopes"`
	Status    keyStatus `json:"status"`
	CreatedAt time.Time `json:"createdAt"`
	ExpiresAt time.Time `json:"expiresAt"`
	RevokedAt time.Time `json:"revokedAt,omitzero"`
	// The last use is coarse: see shop.
	LastUsedAt   time.Time `json:"lastUsedAt,omitzero" jsonschema:"to within ten minutes; absent if it was never used"`
	LastUsedFrom string    `json:"lastUsedFrom,omitempty" jsonschema:"the address that this use came from"`
	LastUsedFor  string    `json:"lastUsedFor,omitempty" jsonschema:"the operation of this use"`
}

func wireToken(t shop.PersonalToken, now time.Time) personalTokenWire {
	status := keyGood
	switch {
	case !t.RevokedAt.IsZero():
		status = keyRevoked
	case !t.Good(now):
		status = keyExpired
	}
	return personalTokenWire{
		string(t.ID), t.Name, t.Role, each(t.Scopes, func(s shop.Scope) string { return string(s) }), status,
		t.CreatedAt, t.ExpiresAt, t.RevokedAt, t.LastUse.At, t.LastUse.Source, t.LastUse.Operation,
	}
}
