package dynamo

import (
	"context"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

type credentialRow struct {
	head
	ID         string   `dynamodbav:"id"`
	Agent      string   `dynamodbav:"agent"`
	Name       string   `dynamodbav:"name"`
	SecretHash []byte   `dynamodbav:"secretHash,omitempty"`
	Scopes     []string `dynamodbav:"scopes,omitempty"`
	CreatedAt  millis   `dynamodbav:"createdAt"`
	ExpiresAt  millis   `dynamodbav:"expiresAt,omitempty"`
	RevokedAt  millis   `dynamodbav:"revokedAt,omitempty"`
}

// Credential reads one API key. It returns shop.ErrNotFound.
func (t *Table) Credential(ctx context.Context, keyID id.Key) (shop.Credential, error) {
	row, err := get[credentialRow](ctx, t, keyKey(keyID))
	c := shop.Credential{
		ID: id.Key(row.ID), Agent: id.Agent(row.Agent), Version: row.Version, Name: row.Name,
		SecretHash: row.SecretHash, CreatedAt: row.CreatedAt.time(),
		ExpiresAt: row.ExpiresAt.time(), RevokedAt: row.RevokedAt.time(),
	}
	for _, scope := range row.Scopes {
		c.Scopes = append(c.Scopes, shop.Scope(scope))
	}
	return c, err
}

// PutCredential writes a new API key, or the next version of one. It returns
// shop.ErrConflict.
func (t *Table) PutCredential(ctx context.Context, c shop.Credential) error {
	row := credentialRow{
		head: newHead(keyKey(c.ID), "credential", c.Version),
		ID:   string(c.ID), Agent: string(c.Agent), Name: c.Name, SecretHash: c.SecretHash,
		CreatedAt: toMillis(c.CreatedAt), ExpiresAt: toMillis(c.ExpiresAt), RevokedAt: toMillis(c.RevokedAt),
	}
	for _, scope := range c.Scopes {
		row.Scopes = append(row.Scopes, string(scope))
	}
	b := builder{table: &t.name}
	b.version(row, c.Version)
	if b.err != nil {
		return b.err
	}
	return t.write(ctx, b.puts)
}
