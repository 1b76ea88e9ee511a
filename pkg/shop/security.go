package shop

import (
	"context"
	"encoding/json"
)

// SetSecurity sets whether the members of the caller's account need a login with
// more than one factor. It needs an owner whose own login had one, so that nobody
// locks themselves out. It binds from the next request on. The encoding is for the
// audit trail. It returns insufficient_role, mfa_required and precondition_failed.
func (p *People) SetSecurity(ctx context.Context, caller Caller, requireMFA bool, encode func(Account) json.RawMessage) (Account, error) {
	if requireMFA && !caller.MFA {
		return Account{}, caller.errMFA("Who asks the members for a second factor has logged in with one. Yours was without.")
	}
	var account Account
	err := p.alter(ctx, answering(caller, &account), RoleOwner, "account_security_set", string(caller.Account), func(c membership) (Change, error) {
		if err := caller.expects(c.account); err != nil {
			return Change{}, err
		}
		account = c.account
		account.RequireMFA = requireMFA
		account.Version++
		return Change{Account: &account, Event: &Event{Before: encode(c.account), After: encode(account)}}, nil
	})
	return account, err
}
