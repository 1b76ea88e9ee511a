package dynamo

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"agentstore/pkg/shop"
)

// The conditions of authority. Two transactions that check one item at the same
// moment cancel each other, which is why each is about one agent, one member, one
// token or one session, never about a whole account.
const (
	ifNoEpoch = "attribute_not_exists(epoch)"
	ifEpoch   = "epoch = :epoch"
	ifAlive   = "attribute_exists(PK) AND attribute_not_exists(endedAt)"
	// ifNotRevoked is of a token, and ifSince of the membership that it was made in.
	ifNotRevoked = "attribute_exists(PK) AND attribute_not_exists(revokedAt)"
	ifSince      = " AND createdAt <= :since"
)

// authority adds what a change rests on. A transaction cannot both check and write
// an item: an item that the change writes is conditional on the version that was
// read instead.
func (b *builder) authority(c shop.Change) {
	a := c.Authority
	if a == nil {
		return
	}
	if a.Agent != "" && !slices.ContainsFunc(c.Budgets, func(w shop.Budget) bool { return w.Agent == a.Agent }) {
		b.epoch(*a)
	}
	if a.Session != "" && !slices.ContainsFunc(c.Sessions, func(s shop.Session) bool { return s.Hash == a.Session }) {
		b.check(sessionKey(a.Session), ifAlive, nil)
	}
	if a.Token != "" && !slices.ContainsFunc(c.Tokens, func(t shop.PersonalToken) bool { return t.ID == a.Token }) {
		b.check(tokenKey(a.Token), ifNotRevoked, nil)
	}
	if len(a.Roles) > 0 && !slices.ContainsFunc(c.Members, func(m shop.Member) bool { return m.Account == a.Account && m.Person == a.Person }) {
		b.role(*a)
	}
}

func (b *builder) epoch(a shop.Authority) {
	k := budgetKey(a.Agent.Account(), a.Agent)
	if a.Epoch == 0 {
		b.check(k, ifNoEpoch, nil)
		return
	}
	b.check(k, ifEpoch, item{":epoch": number(int64(a.Epoch))})
}

// role checks that a member has one of the roles.
func (b *builder) role(a shop.Authority) {
	names := make([]string, len(a.Roles))
	values := item{}
	for i, role := range a.Roles {
		names[i] = ":" + string(role)
		values[names[i]] = text(string(role))
	}
	condition := "#role IN (" + strings.Join(names, ", ") + ")"
	if !a.Since.IsZero() {
		condition += ifSince
		values[":since"] = number(a.Since.UnixMilli())
	}
	check := b.check(memberKey(a.Account, a.Person), condition, values)
	check.ExpressionAttributeNames = map[string]string{"#role": "role"} // a reserved word
}

func (b *builder) check(k key, condition string, values item) *types.ConditionCheck {
	check := &types.ConditionCheck{
		TableName: b.table, Key: b.spread.item(k), ConditionExpression: &condition, ExpressionAttributeValues: values,
	}
	b.entries = append(b.entries, types.TransactWriteItem{ConditionCheck: check})
	return check
}
