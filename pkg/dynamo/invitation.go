package dynamo

import (
	"context"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// invitationRow is stored twice: under its token, and with the account.
type invitationRow struct {
	head
	ID         string `dynamodbav:"id"`
	Hash       string `dynamodbav:"hash"`
	Account    string `dynamodbav:"account"`
	Role       string `dynamodbav:"role,omitempty"`
	Email      string `dynamodbav:"email,omitempty"`
	InvitedBy  string `dynamodbav:"invitedBy,omitempty"`
	CreatedAt  millis `dynamodbav:"createdAt"`
	ExpiresAt  millis `dynamodbav:"expiresAt"`
	AcceptedBy string `dynamodbav:"acceptedBy,omitempty"`
	RevokedAt  millis `dynamodbav:"revokedAt,omitempty"`
}

// Invitation reads the invitation whose token has that hash.
func (t *Table) Invitation(ctx context.Context, hash string) (shop.Invitation, error) {
	row, err := get[invitationRow](ctx, t, invitationKey(hash))
	return row.domain(), err
}

// Invitations lists those of an account, including used and expired ones.
func (t *Table) Invitations(ctx context.Context, account id.Account) ([]shop.Invitation, error) {
	rows, err := query[invitationRow](ctx, t, span{partition: accountPartition(account), prefix: invitationPrefix})
	invitations := make([]shop.Invitation, len(rows))
	for i, row := range rows {
		invitations[i] = row.domain()
	}
	return invitations, err
}

// invitation adds both rows of an invitation, which have the same version.
func (b *builder) invitation(i shop.Invitation) {
	row := invitationRow{
		ID: string(i.ID), Hash: i.Hash, Account: string(i.Account), Role: string(i.Role), Email: i.Email,
		InvitedBy: string(i.InvitedBy), CreatedAt: toMillis(i.CreatedAt), ExpiresAt: toMillis(i.ExpiresAt),
		AcceptedBy: string(i.AcceptedBy), RevokedAt: toMillis(i.RevokedAt),
	}
	for _, k := range []key{invitationKey(i.Hash), accountInvitationKey(i.Account, i.ID)} {
		row.head = newHead(k, "invitation", i.Version)
		row.TTL = i.ExpiresAt.Unix()
		b.version(row, i.Version)
	}
}

func (r invitationRow) domain() shop.Invitation {
	return shop.Invitation{
		ID: id.Invitation(r.ID), Hash: r.Hash, Account: id.Account(r.Account), Version: r.Version,
		Role: shop.Role(r.Role), Email: r.Email, InvitedBy: id.Person(r.InvitedBy),
		CreatedAt: r.CreatedAt.time(), ExpiresAt: r.ExpiresAt.time(),
		AcceptedBy: id.Person(r.AcceptedBy), RevokedAt: r.RevokedAt.time(),
	}
}
