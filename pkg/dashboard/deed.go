package dashboard

import "strings"

// deeds say the operations of the audit log as people do.
var deeds = map[string]string{
	"login": "Logged in", "logout": "Logged out", "account_create": "Made the account", "account_switch": "Switched to the account",
	"account_security_set": "Changed the security", "session_end": "Ended a session", "session_end_all": "Ended sessions",
	"member_update": "Changed a role", "member_remove": "Removed a member", "member_leave": "Left the account",
	"invitation_create": "Invited somebody", "invitation_revoke": "Withdrew an invitation", "invitation_accept": "Accepted an invitation",
	"agent_create": "Made an agent", "agent_update": "Renamed an agent",
	"token_create": "Made a token", "token_revoke": "Revoked a token",
	"key_create": "Made a key", "key_rotate": "Rotated a key", "key_revoke": "Revoked a key",
	"policy_set": "Changed the limits of the account", "agent_policy_set": "Changed the limits of an agent",
	"approval_request": "Asked for approval", "approval_approve": "Approved", "approval_deny": "Denied", "approval_deny_all": "Denied all of an agent",
	"quote_create": "Quoted", "purchase_create": "Bought", "protection_set": "Changed the protection",
	"service_cancel": "Cancelled", "service_renewal_set": "Changed the renewal", "service_renew": "Renewed", "service_suspend": "Suspended", "service_end": "Ended",
	"renewal_warning": "Warned of a renewal", "renewal_failed": "Could not renew", "lease_expire": "Reached its end", "end_warning": "Warned of the end",
	"wallet_funding": "Added funds", "wallet_adjustment": "Adjusted the wallet", "personal_erase": "Erased personal data",
}

// deed is what an operation has done. Members do the same as agents by operations of
// their own, with a prefix.
func deed(operation string) string {
	name := strings.TrimPrefix(operation, "account_")
	for _, known := range []string{operation, name} {
		if words := deeds[known]; words != "" {
			return words
		}
	}
	return sentence(name)
}
