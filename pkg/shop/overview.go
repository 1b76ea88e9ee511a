package shop

import (
	"context"

	"agentstore/pkg/id"
)

// Overview is what a person sees first.
type Overview struct {
	Account Account // empty where the person has none
	Wallet  Wallet
	// Accounts are all that the person is a member of, in the order in which they
	// joined.
	Accounts []AccountRole
}

// AccountRole is an account, and the person's role in it.
type AccountRole struct {
	Account Account
	Role    Role
}

// Overview reads what the caller sees first.
func (p *People) Overview(ctx context.Context, caller Caller) (Overview, error) {
	var o Overview
	err := parallel(
		func() (err error) { o.Accounts, err = p.accounts(ctx, caller.Person); return err },
		func() (err error) {
			if caller.Account != "" && !caller.LacksMFA {
				o.Wallet, err = wallet(ctx, p.Store, caller.Account)
			}
			return err
		},
	)
	for _, a := range o.Accounts {
		if a.Account.ID == caller.Account {
			o.Account = a.Account
		}
	}
	return o, err
}

func (p *People) accounts(ctx context.Context, person id.Person) ([]AccountRole, error) {
	memberships, err := p.Memberships(ctx, person)
	if err != nil {
		return nil, err
	}
	accounts := make([]AccountRole, len(memberships))
	reads := make([]func() error, len(memberships))
	for i, m := range memberships {
		reads[i] = func() (err error) {
			accounts[i].Role = m.Role
			accounts[i].Account, err = p.Store.Account(ctx, m.Account)
			return err
		}
	}
	return accounts, parallel(reads...)
}
