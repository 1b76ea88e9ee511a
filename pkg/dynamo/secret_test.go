package dynamo_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

func aSecret() shop.Secret {
	agent := newAgent()
	return shop.Secret{
		SecretOf:  shop.SecretOf{Account: agent.Account(), Service: newID(id.Maker.Service), Action: newID(id.Maker.Action)},
		Reader:    shop.Holder(newID(func(m id.Maker) id.Key { return m.Key(agent) })),
		Sealed:    shop.Sealed{Text: []byte{0, 1, 255}, Key: []byte{2}},
		ExpiresAt: now.Add(shop.SecretLifetime),
	}
}

// A secret is taken by its reader, in its time, and once. Whoever else asks leaves it
// as it is.
func TestTakeSecret(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		secret := aSecret()
		s.commit(t, shop.Change{Secret: &secret, At: now})
		stored := s.items(t)
		last := secret.ExpiresAt.Add(-time.Millisecond)
		another, foreign := secret.SecretOf, secret.SecretOf
		another.Action = newID(id.Maker.Action)
		foreign.Account = newAgent().Account()
		for name, c := range map[string]struct {
			of     shop.SecretOf
			reader shop.Holder
			at     time.Time
		}{
			"another action":  {another, secret.Reader, last},
			"another account": {foreign, secret.Reader, last},
			"another reader":  {secret.SecretOf, secret.Reader + "X", last},
			"no reader":       {secret.SecretOf, "", last},
			"too late":        {secret.SecretOf, secret.Reader, secret.ExpiresAt},
		} {
			got, err := s.TakeSecret(t.Context(), c.of, c.reader, c.at)
			expectError(t, name, err, shop.ErrNotFound)
			expectSame(t, name, got, shop.Secret{})
			s.expectItems(t, name, stored)
		}
		got, err := s.TakeSecret(t.Context(), secret.SecretOf, secret.Reader, last)
		expectOK(t, err)
		expectSame(t, "secret", got, secret)
		expectSame(t, "items left", len(s.items(t)), 0)
		_, err = s.TakeSecret(t.Context(), secret.SecretOf, secret.Reader, last)
		expectError(t, "again", err, shop.ErrNotFound)
	})
}

// However many ask at once, one has it.
func TestTakeSecretOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		secret := aSecret()
		s.commit(t, shop.Change{Secret: &secret, At: now})
		var taken atomic.Int64
		var readers sync.WaitGroup
		for range 64 {
			readers.Go(func() {
				if _, err := s.TakeSecret(t.Context(), secret.SecretOf, secret.Reader, now); err == nil {
					taken.Add(1)
				}
			})
		}
		readers.Wait()
		expectSame(t, "taken", taken.Load(), int64(1))
	})
}
