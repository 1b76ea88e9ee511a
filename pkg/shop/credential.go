package shop

import (
	"slices"
	"time"

	"agentstore/pkg/id"
)

// Claim is who a request says that it comes from. It makes the caller of an
// operation that needs the scope; without a scope any valid key will do.
type Claim func(Scope) Caller

// Scope is what a key may be used for.
type Scope string

// The scopes. Each operation needs exactly one.
const (
	ScopeCatalogRead      Scope = "catalog:read"
	ScopeQuotesRead       Scope = "quotes:read"
	ScopeQuotesWrite      Scope = "quotes:write"
	ScopePurchasesRead    Scope = "purchases:read"
	ScopePurchasesWrite   Scope = "purchases:write"
	ScopeServicesRead     Scope = "services:read"
	ScopeServersRestart   Scope = "servers:restart"
	ScopeServersReinstall Scope = "servers:reinstall"
)

// Scopes lists all of them.
func Scopes() []Scope {
	return []Scope{
		ScopeCatalogRead, ScopeQuotesRead, ScopeQuotesWrite, ScopePurchasesRead, ScopePurchasesWrite,
		ScopeServicesRead, ScopeServersRestart, ScopeServersReinstall,
	}
}

// Credential is an API key as the store knows it: without its secret.
type Credential struct {
	ID      id.Key
	Agent   id.Agent
	Version int
	Name    string
	// SecretHash is the SHA-256 of the whole key, which is random enough that a
	// slow hash would add nothing.
	SecretHash []byte
	Scopes     []Scope
	CreatedAt  time.Time
	ExpiresAt  time.Time // zero: never
	RevokedAt  time.Time // zero: not revoked
	// CreatedBy is the member who made it; empty for the operator of the store.
	CreatedBy id.Person
	// LastUsedAt is coarse, and kept apart; zero: not since it was made.
	LastUsedAt time.Time
}

// Good tells whether the key opens anything at that time.
func (c Credential) Good(now time.Time) bool {
	return c.RevokedAt.IsZero() && (c.ExpiresAt.IsZero() || now.Before(c.ExpiresAt))
}

// Allows tells whether the key has the scope.
func (c Credential) Allows(scope Scope) bool { return slices.Contains(c.Scopes, scope) }
