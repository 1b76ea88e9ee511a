package shop

import (
	"net/netip"
	"slices"
	"time"

	"agentstore/pkg/id"
)

// Claim is who a request says it comes from. It makes the caller of the operation of
// that name, which needs the scope; without a scope any valid key will do.
type Claim func(scope Scope, operation string) Caller

// Scope is what a key may be used for.
type Scope string

// The scopes of the store. Products have more. Each operation needs exactly one.
const (
	ScopeCatalogRead    Scope = "catalog:read"
	ScopeQuotesRead     Scope = "quotes:read"
	ScopeQuotesWrite    Scope = "quotes:write"
	ScopePurchasesRead  Scope = "purchases:read"
	ScopePurchasesWrite Scope = "purchases:write"
	ScopeServicesRead   Scope = "services:read"
	ScopeServicesRenew  Scope = "services:renew"
	ScopeServicesCancel Scope = "services:cancel"
	ScopeServicesLabel  Scope = "services:label"
	ScopeSSHKeysRead    Scope = "ssh_keys:read"
	ScopeSSHKeysWrite   Scope = "ssh_keys:write"
	ScopeWalletRead     Scope = "wallet:read"
	ScopePersonalRead   Scope = "personal:read"
	ScopePersonalErase  Scope = "personal:erase"
)

// StoreScopes lists those that do not come from a product; Products.Scopes lists all.
func StoreScopes() []Scope {
	return []Scope{
		ScopeCatalogRead, ScopeQuotesRead, ScopeQuotesWrite, ScopePurchasesRead, ScopePurchasesWrite, ScopeServicesRead,
		ScopeServicesRenew, ScopeServicesCancel, ScopeServicesLabel, ScopeWalletRead,
		ScopePersonalRead, ScopePersonalErase, ScopeSSHKeysRead, ScopeSSHKeysWrite,
	}
}

// Credential is an API key as the store knows it, without its secret.
type Credential struct {
	ID      id.Key
	Agent   id.Agent
	Version int
	Name    string
	// SecretHash is the SHA-256 of the whole key, which is random enough that a
	// slow hash would add nothing.
	SecretHash []byte
	Scopes     []Scope
	// AllowedIPs are the networks that it may be used from; empty: from everywhere.
	AllowedIPs []netip.Prefix
	CreatedAt  time.Time
	ExpiresAt  time.Time // zero: never
	// RetiresAt is when a key that was replaced by another ends; zero: it was not.
	RetiresAt time.Time
	RevokedAt time.Time // zero: not revoked
	// CreatedBy is the member who made it; empty for the operator of the store.
	CreatedBy id.Person
	// LastUse is coarse, and kept apart.
	LastUse KeyUse
}

// KeyUse is one use of a key.
type KeyUse struct {
	At        time.Time // zero: it was not used
	Source    string    // the address that the request came from
	Operation string
}

// EndsAt is when the key ends by itself; zero: never.
func (c Credential) EndsAt() time.Time {
	if c.RetiresAt.IsZero() || !c.ExpiresAt.IsZero() && c.ExpiresAt.Before(c.RetiresAt) {
		return c.ExpiresAt
	}
	return c.RetiresAt
}

// Expired reports whether the key has ended by itself at that time.
func (c Credential) Expired(now time.Time) bool {
	end := c.EndsAt()
	return !end.IsZero() && !now.Before(end)
}

// Good reports whether the key is usable at that time.
func (c Credential) Good(now time.Time) bool { return c.RevokedAt.IsZero() && !c.Expired(now) }

// Allows reports whether the key has the scope.
func (c Credential) Allows(scope Scope) bool { return slices.Contains(c.Scopes, scope) }
