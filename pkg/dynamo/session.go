package dynamo

import (
	"context"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

type sessionRow struct {
	head
	Hash      string `dynamodbav:"hash"`
	Person    string `dynamodbav:"person"`
	Account   string `dynamodbav:"account,omitempty"`
	CreatedAt millis `dynamodbav:"createdAt"`
	SeenAt    millis `dynamodbav:"seenAt,omitempty"`
	ExpiresAt millis `dynamodbav:"expiresAt"`
}

// Session reads the session whose token has that hash.
func (t *Table) Session(ctx context.Context, hash string) (shop.Session, error) {
	row, err := get[sessionRow](ctx, t, sessionKey(hash))
	return shop.Session{
		Hash: row.Hash, Version: row.Version, Person: id.Person(row.Person), Account: id.Account(row.Account),
		CreatedAt: row.CreatedAt.time(), SeenAt: row.SeenAt.time(), ExpiresAt: row.ExpiresAt.time(),
	}, err
}

func storedSession(s shop.Session) sessionRow {
	row := sessionRow{
		head: newHead(sessionKey(s.Hash), "session", s.Version),
		Hash: s.Hash, Person: string(s.Person), Account: string(s.Account),
		CreatedAt: toMillis(s.CreatedAt), SeenAt: toMillis(s.SeenAt), ExpiresAt: toMillis(s.ExpiresAt),
	}
	row.TTL = s.ExpiresAt.Unix()
	return row
}
