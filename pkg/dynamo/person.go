package dynamo

import (
	"context"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

type personRow struct {
	head
	ID        string `dynamodbav:"id"`
	Issuer    string `dynamodbav:"issuer"`
	Subject   string `dynamodbav:"subject"`
	Email     string `dynamodbav:"email,omitempty"`
	Name      string `dynamodbav:"name,omitempty"`
	CreatedAt millis `dynamodbav:"createdAt"`
}

// identityRow exists once for each person, under the name that their issuer gives
// them.
type identityRow struct {
	head
	Person string `dynamodbav:"person"`
}

// Identified returns the person whom an issuer calls by that subject.
func (t *Table) Identified(ctx context.Context, issuer, subject string) (id.Person, error) {
	row, err := get[identityRow](ctx, t, identityKey(issuer, subject))
	return id.Person(row.Person), err
}

// Person reads one person.
func (t *Table) Person(ctx context.Context, person id.Person) (shop.Person, error) {
	row, err := get[personRow](ctx, t, personKey(person))
	return shop.Person{
		ID: id.Person(row.ID), Version: row.Version, Issuer: row.Issuer, Subject: row.Subject,
		Email: row.Email, Name: row.Name, CreatedAt: row.CreatedAt.time(),
	}, err
}

// person adds a person and, with the first version, their identity.
func (b *builder) person(p shop.Person) {
	if p.Version == 1 {
		b.version(identityRow{newHead(identityKey(p.Issuer, p.Subject), "identity", 1), string(p.ID)}, 1)
	}
	b.version(personRow{
		head: newHead(personKey(p.ID), "person", p.Version),
		ID:   string(p.ID), Issuer: p.Issuer, Subject: p.Subject,
		Email: p.Email, Name: p.Name, CreatedAt: toMillis(p.CreatedAt),
	}, p.Version)
}
