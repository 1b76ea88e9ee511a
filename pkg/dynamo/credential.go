package dynamo

import (
	"context"
	"net/netip"

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
	AllowedIPs []string `dynamodbav:"allowedIps,omitempty"` // CIDR
	CreatedAt  millis   `dynamodbav:"createdAt"`
	ExpiresAt  millis   `dynamodbav:"expiresAt,omitempty"`
	RetiresAt  millis   `dynamodbav:"retiresAt,omitempty"`
	RevokedAt  millis   `dynamodbav:"revokedAt,omitempty"`
	CreatedBy  string   `dynamodbav:"createdBy,omitempty"`
}

// Credential reads one API key. It returns shop.ErrNotFound.
func (t *Table) Credential(ctx context.Context, keyID id.Key) (shop.Credential, error) {
	row, err := get[credentialRow](ctx, t, credentialKey(keyID))
	return row.domain(), err
}

// Credentials lists the keys of an agent, in no particular order: their ids begin
// with the agent's.
func (t *Table) Credentials(ctx context.Context, agent id.Agent) ([]shop.Credential, error) {
	rows, err := query[credentialRow](ctx, t, keysOf(agent))
	credentials := make([]shop.Credential, len(rows))
	for i, row := range rows {
		credentials[i] = row.domain()
	}
	return credentials, err
}

func (r credentialRow) domain() shop.Credential {
	return shop.Credential{
		ID: id.Key(r.ID), Agent: id.Agent(r.Agent), Version: r.Version, Name: r.Name,
		SecretHash: r.SecretHash, Scopes: texts[shop.Scope](r.Scopes), AllowedIPs: networks(r.AllowedIPs), CreatedAt: r.CreatedAt.time(),
		ExpiresAt: r.ExpiresAt.time(), RetiresAt: r.RetiresAt.time(), RevokedAt: r.RevokedAt.time(), CreatedBy: id.Person(r.CreatedBy),
	}
}

func storedCredential(c shop.Credential) credentialRow {
	row := credentialRow{
		head: newHead(credentialKey(c.ID), "credential", c.Version),
		ID:   string(c.ID), Agent: string(c.Agent), Name: c.Name, SecretHash: c.SecretHash, Scopes: texts[string](c.Scopes),
		CreatedAt: toMillis(c.CreatedAt), ExpiresAt: toMillis(c.ExpiresAt), RetiresAt: toMillis(c.RetiresAt), RevokedAt: toMillis(c.RevokedAt),
		CreatedBy: string(c.CreatedBy),
	}
	for _, network := range c.AllowedIPs {
		row.AllowedIPs = append(row.AllowedIPs, network.String())
	}
	return row
}

// networks reads the networks of a key. One that cannot be read is the zero
// Prefix, which has no address in it.
func networks(list []string) []netip.Prefix {
	if len(list) == 0 {
		return nil
	}
	out := make([]netip.Prefix, len(list))
	for i, network := range list {
		out[i], _ = netip.ParsePrefix(network)
	}
	return out
}

// PutCredential writes a new API key, or the next version of an existing one. It
// returns shop.ErrConflict.
func (t *Table) PutCredential(ctx context.Context, c shop.Credential) error {
	b := t.builder()
	b.version(storedCredential(c), c.Version)
	return t.write(ctx, b)
}
