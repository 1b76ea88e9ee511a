package dynamo_test

import (
	"testing"

	"agentstore/pkg/auth"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

var _ auth.Keys = (*dynamo.Table)(nil)

func TestCredential(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		for name, build := range map[string]func(id.Agent) objects{"full": full, "least": least} {
			want := build(newAgent()).credential
			_, err := s.Credential(t.Context(), want.ID)
			expectError(t, name+" that is not there", err, shop.ErrNotFound)
			expectOK(t, s.PutCredential(t.Context(), want))
			got, err := s.Credential(t.Context(), want.ID)
			expectOK(t, err)
			expectSame(t, name, got, want)
		}
	})
}

func TestCredentialIsRevoked(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		credential := least(newAgent()).credential
		expectOK(t, s.PutCredential(t.Context(), credential))
		credential.Version, credential.RevokedAt = 2, now
		expectOK(t, s.PutCredential(t.Context(), credential))
		got, err := s.Credential(t.Context(), credential.ID)
		expectOK(t, err)
		expectSame(t, "revoked", got, credential)
		expectError(t, "a second revocation", s.PutCredential(t.Context(), credential), shop.ErrConflict)
	})
}
