package dynamo

import (
	"context"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// memberRow is stored twice: with the account, and with the person.
type memberRow struct {
	head
	Account   string `dynamodbav:"account"`
	Person    string `dynamodbav:"person"`
	Role      string `dynamodbav:"role,omitempty"`
	Email     string `dynamodbav:"email,omitempty"`
	Name      string `dynamodbav:"name,omitempty"`
	CreatedAt millis `dynamodbav:"createdAt"`
	AddedBy   string `dynamodbav:"addedBy,omitempty"`
}

// Member reads one member of an account.
func (t *Table) Member(ctx context.Context, account id.Account, person id.Person) (shop.Member, error) {
	row, err := get[memberRow](ctx, t, memberKey(account, person))
	return row.domain(), err
}

// Members lists the members of an account, including those who have left.
func (t *Table) Members(ctx context.Context, account id.Account) ([]shop.Member, error) {
	return t.members(ctx, accountPartition(account))
}

// Memberships lists the memberships of a person, including those that have ended.
func (t *Table) Memberships(ctx context.Context, person id.Person) ([]shop.Member, error) {
	return t.members(ctx, personPartition(person))
}

func (t *Table) members(ctx context.Context, partition string) ([]shop.Member, error) {
	rows, err := query[memberRow](ctx, t, span{partition: partition, prefix: memberPrefix})
	members := make([]shop.Member, len(rows))
	for i, row := range rows {
		members[i] = row.domain()
	}
	return members, err
}

// member adds both rows of a member. They have the same version, so that neither can
// be changed without the other.
func (b *builder) member(m shop.Member) {
	row := memberRow{
		Account: string(m.Account), Person: string(m.Person), Role: string(m.Role),
		Email: m.Email, Name: m.Name, CreatedAt: toMillis(m.CreatedAt), AddedBy: string(m.AddedBy),
	}
	for _, k := range []key{memberKey(m.Account, m.Person), membershipKey(m.Person, m.Account)} {
		row.head = newHead(k, "member", m.Version)
		b.version(row, m.Version)
	}
}

func (r memberRow) domain() shop.Member {
	return shop.Member{
		Account: id.Account(r.Account), Person: id.Person(r.Person), Version: r.Version, Role: shop.Role(r.Role),
		Email: r.Email, Name: r.Name, CreatedAt: r.CreatedAt.time(), AddedBy: id.Person(r.AddedBy),
	}
}
