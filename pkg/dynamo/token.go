package dynamo

import (
	"context"
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// tokenRow is a personal access token of a member.
type tokenRow struct {
	head
	ID         string   `dynamodbav:"id"`
	Name       string   `dynamodbav:"name"`
	SecretHash []byte   `dynamodbav:"secretHash,omitempty"`
	Role       string   `dynamodbav:"role"`
	Scopes     []string `dynamodbav:"scopes,omitempty"`
	MFA        bool     `dynamodbav:"mfa,omitempty"`
	CreatedAt  millis   `dynamodbav:"createdAt"`
	ExpiresAt  millis   `dynamodbav:"expiresAt"`
	RevokedAt  millis   `dynamodbav:"revokedAt,omitempty"`
	UsedAt     millis   `dynamodbav:"usedAt,omitempty"`
	Source     string   `dynamodbav:"source,omitempty"`
	UsedFor    string   `dynamodbav:"usedFor,omitempty"`
}

// tokenKept is how long an expired token is listed before DynamoDB may delete it.
const tokenKept = 30 * 24 * time.Hour

// PersonalToken reads one token. It returns shop.ErrNotFound.
func (t *Table) PersonalToken(ctx context.Context, token id.Token) (shop.PersonalToken, error) {
	row, err := get[tokenRow](ctx, t, tokenKey(token))
	return row.domain(), err
}

// PersonalTokens lists those of a member, including ended ones.
func (t *Table) PersonalTokens(ctx context.Context, account id.Account, person id.Person) ([]shop.PersonalToken, error) {
	rows, err := query[tokenRow](ctx, t, tokensOf(account, person))
	tokens := make([]shop.PersonalToken, len(rows))
	for i, row := range rows {
		tokens[i] = row.domain()
	}
	return tokens, err
}

func storedToken(t shop.PersonalToken) tokenRow {
	row := tokenRow{
		head: newHead(tokenKey(t.ID), "token", t.Version),
		ID:   string(t.ID), Name: t.Name, SecretHash: t.SecretHash, Role: string(t.Role), Scopes: texts[string](t.Scopes), MFA: t.MFA,
		CreatedAt: toMillis(t.CreatedAt), ExpiresAt: toMillis(t.ExpiresAt), RevokedAt: toMillis(t.RevokedAt),
		UsedAt: toMillis(t.LastUse.At), Source: t.LastUse.Source, UsedFor: t.LastUse.Operation,
	}
	row.TTL = t.ExpiresAt.Add(tokenKept).Unix()
	return row
}

func (r tokenRow) domain() shop.PersonalToken {
	return shop.PersonalToken{
		ID: id.Token(r.ID), Version: r.Version, Name: r.Name, SecretHash: r.SecretHash, Role: shop.Role(r.Role),
		Scopes: texts[shop.Scope](r.Scopes), MFA: r.MFA, CreatedAt: r.CreatedAt.time(), ExpiresAt: r.ExpiresAt.time(), RevokedAt: r.RevokedAt.time(),
		LastUse: shop.KeyUse{At: r.UsedAt.time(), Source: r.Source, Operation: r.UsedFor},
	}
}
