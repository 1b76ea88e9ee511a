package dynamo

import (
	"context"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// sessionRow is stored twice: under its token, and with the person.
type sessionRow struct {
	head
	ID        string `dynamodbav:"id,omitempty"`
	Hash      string `dynamodbav:"hash"`
	Person    string `dynamodbav:"person"`
	Account   string `dynamodbav:"account,omitempty"`
	CreatedAt millis `dynamodbav:"createdAt"`
	SeenAt    millis `dynamodbav:"seenAt,omitempty"`
	ExpiresAt millis `dynamodbav:"expiresAt"`
	EndedAt   millis `dynamodbav:"endedAt,omitempty"`
	Device    string `dynamodbav:"device,omitempty"`
	Source    string `dynamodbav:"source,omitempty"`
	AuthTime  millis `dynamodbav:"authenticatedAt,omitempty"`
	MFA       bool   `dynamodbav:"mfa,omitempty"`
}

// Session reads the session whose token has that hash.
func (t *Table) Session(ctx context.Context, hash string) (shop.Session, error) {
	row, err := get[sessionRow](ctx, t, sessionKey(hash))
	return row.domain(), err
}

// Sessions lists those of a person, including ended and expired ones.
func (t *Table) Sessions(ctx context.Context, person id.Person) ([]shop.Session, error) {
	rows, err := query[sessionRow](ctx, t, span{partition: personPartition(person), prefix: sessionPrefix})
	sessions := make([]shop.Session, len(rows))
	for i, row := range rows {
		sessions[i] = row.domain()
	}
	return sessions, err
}

// session adds both rows of a session. They have the same version, so that neither
// can be changed without the other.
func (b *builder) session(s shop.Session) {
	row := sessionRow{
		ID: string(s.ID), Hash: s.Hash, Person: string(s.Person), Account: string(s.Account),
		CreatedAt: toMillis(s.CreatedAt), SeenAt: toMillis(s.SeenAt), ExpiresAt: toMillis(s.ExpiresAt),
		EndedAt: toMillis(s.EndedAt), Device: s.Device, Source: s.Source, AuthTime: toMillis(s.AuthenticatedAt), MFA: s.MFA,
	}
	for _, k := range []key{sessionKey(s.Hash), personSessionKey(s.Person, s.ID)} {
		row.head = newHead(k, "session", s.Version)
		row.TTL = s.ExpiresAt.Unix()
		b.version(row, s.Version)
	}
}

func (r sessionRow) domain() shop.Session {
	return shop.Session{
		ID: id.Session(r.ID), Hash: r.Hash, Version: r.Version, Person: id.Person(r.Person), Account: id.Account(r.Account),
		CreatedAt: r.CreatedAt.time(), SeenAt: r.SeenAt.time(), ExpiresAt: r.ExpiresAt.time(), EndedAt: r.EndedAt.time(),
		Device: r.Device, Source: r.Source, AuthenticatedAt: r.AuthTime.time(), MFA: r.MFA,
	}
}
