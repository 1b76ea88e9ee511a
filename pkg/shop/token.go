package shop

import (
	"slices"
	"time"

	"agentstore/pkg/id"
)

// The scopes of personal access tokens, besides those that members share with agents.
const (
	ScopeAccountRead     Scope = "account:read"
	ScopeApprovalsRead   Scope = "approvals:read"
	ScopeAuditRead       Scope = "audit:read"
	ScopeAgentsWrite     Scope = "agents:write"
	ScopeApprovalsDecide Scope = "approvals:decide"
	ScopeKeysWrite       Scope = "keys:write"
	ScopeMembersWrite    Scope = "members:write"
	ScopePoliciesWrite   Scope = "policies:write"
	ScopeProtectionSet   Scope = "protection:set"
	ScopeTokensWrite     Scope = "tokens:write"
)

// PersonalToken is what a member's scripts show instead of a session, as the store knows
// it, without its secret. It is for one account.
type PersonalToken struct {
	ID      id.Token
	Version int
	Name    string
	// SecretHash is the SHA-256 of the whole token, as of an API key.
	SecretHash []byte
	// Role bounds what the token may do, and so does that of the member: the lower binds.
	Role   Role
	Scopes []Scope
	// MFA: it was made in a session that used more than one factor.
	MFA       bool
	CreatedAt time.Time
	ExpiresAt time.Time
	RevokedAt time.Time // zero: not revoked
	// LastUse is coarse.
	LastUse KeyUse
}

const (
	// MaxTokens is the most tokens of one member in one account that may be good at a time.
	MaxTokens = 20
	// TokenLifetime is the longest that a token lives, and BriefLifetime the longest where
	// one of its scopes is enough for what asks a session for a recent login.
	TokenLifetime = 365 * 24 * time.Hour
	BriefLifetime = 24 * time.Hour
	// usualLifetime is how long a token lives for which no end was given, if it may.
	usualLifetime = 90 * 24 * time.Hour
	// usedEvery is how often the use of a token is recorded.
	usedEvery = 10 * time.Minute
)

// Good reports whether the token is usable at that time.
func (t PersonalToken) Good(now time.Time) bool {
	return t.RevokedAt.IsZero() && now.Before(t.ExpiresAt)
}

// Allows reports whether the token has the scope.
func (t PersonalToken) Allows(scope Scope) bool { return slices.Contains(t.Scopes, scope) }

// Brief reports whether the token lives so short that it stands for a recent login.
func (t PersonalToken) Brief() bool { return t.ExpiresAt.Sub(t.CreatedAt) <= BriefLifetime }

// of is the role that the token has while its member is that one. A token ends with the
// membership in which it was made, and does not come back with the next one.
func (t PersonalToken) of(m Member) Role {
	switch {
	case m.Left() || t.CreatedAt.Before(m.CreatedAt):
		return ""
	case m.Role.AtLeast(t.Role):
		return t.Role
	default:
		return m.Role
	}
}
