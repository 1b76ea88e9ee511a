// Package seal hides the secrets that providers give from everybody who can read the
// table: AES-256-GCM with a key that is not in it. The key is one of AWS KMS, or a
// file in the store's folder.
package seal

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"fmt"

	"agentstore/pkg/shop"
)

// KeySize is the length of a key in bytes.
const KeySize = 32

// Ring seals secrets, and opens those that it sealed.
type Ring struct{ keys keys }

// keys are where the key of a secret comes from.
type keys interface {
	// fresh is a key for a new secret, and what must be kept beside the secret to have
	// the key again; nil where nothing must.
	fresh(context.Context, shop.SecretOf) (key, wrapped []byte, err error)
	// again is the key of a secret. It returns shop.ErrUnreadable where it is lost.
	again(ctx context.Context, of shop.SecretOf, wrapped []byte) (key []byte, err error)
}

// Seal seals the secret of an action.
func (r Ring) Seal(ctx context.Context, of shop.SecretOf, text []byte) (shop.Sealed, error) {
	key, wrapped, err := r.keys.fresh(ctx, of)
	if err != nil {
		return shop.Sealed{}, err
	}
	box, err := boxOf(key)
	if err != nil {
		return shop.Sealed{}, err
	}
	return shop.Sealed{Text: box.Seal(nil, nil, text, bound(of)), Key: wrapped}, nil
}

// Open opens the secret of an action. It returns shop.ErrUnreadable for what was not
// sealed for that action and by this ring, or was damaged, and does not say which.
func (r Ring) Open(ctx context.Context, of shop.SecretOf, sealed shop.Sealed) ([]byte, error) {
	key, err := r.keys.again(ctx, of, sealed.Key)
	if err != nil {
		return nil, err
	}
	box, err := boxOf(key)
	if err != nil {
		return nil, shop.ErrUnreadable
	}
	text, err := box.Open(nil, nil, sealed.Text, bound(of))
	if err != nil {
		return nil, shop.ErrUnreadable
	}
	return text, nil
}

// boxOf puts a random nonce of 96 bits before each text (NIST SP 800-38D, section
// 8.2.2): a key of the folder may seal four thousand million of them.
func boxOf(key []byte) (cipher.AEAD, error) {
	if len(key) != KeySize {
		return nil, fmt.Errorf("seal: a key has %d bytes, and not %d", len(key), KeySize)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// bound is what a sealed text is bound to. The lengths keep two different actions
// from being written alike.
func bound(of shop.SecretOf) []byte {
	return fmt.Appendf(nil, "agentstore secret 1 %d:%s %d:%s %d:%s",
		len(of.Account), of.Account, len(of.Service), of.Service, len(of.Action), of.Action)
}
