package seal

import (
	"context"
	"crypto/rand"
	"fmt"

	"agentstore/pkg/shop"
)

// WithKey seals with one key of KeySize random bytes, which the caller keeps.
func WithKey(key []byte) (Ring, error) {
	if len(key) != KeySize {
		return Ring{}, fmt.Errorf("seal: a key has %d bytes, and not %d", len(key), KeySize)
	}
	return Ring{oneKey(key)}, nil
}

// NewKey is a new key for WithKey.
func NewKey() []byte {
	key := make([]byte, KeySize)
	_, _ = rand.Read(key) // never fails
	return key
}

// oneKey is the key of every secret.
type oneKey []byte

func (k oneKey) fresh(context.Context, shop.SecretOf) (key, wrapped []byte, err error) {
	return k, nil, nil
}

func (k oneKey) again(_ context.Context, _ shop.SecretOf, wrapped []byte) ([]byte, error) {
	if wrapped != nil {
		return nil, shop.ErrUnreadable // it has a key of its own, of another ring
	}
	return k, nil
}
