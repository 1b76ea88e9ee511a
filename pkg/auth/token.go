// Package auth identifies callers by their API key.
//
// A key is written ask_live_<keyId>.<secret>, or ask_test_ for a store on a
// laptop. The secret is 30 random characters and 6 of checksum, so that a
// scanner can recognize a real key, and a mistyped one is refused without a read. The
// personal access token of a member is written asp_live_<tokenId>.<secret> in the same
// way.
package auth

import (
	"crypto/sha256"
	"errors"
	"hash/crc32"
	"io"
	"strings"

	"agentstore/pkg/id"
)

// Mode distinguishes keys for real money from keys for trying the store out.
type Mode string

// The modes. A store accepts only the keys of its own mode.
const (
	Live Mode = "live"
	Test Mode = "test"
)

const (
	base62      = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	randomLen   = 30 // 178 bits
	checksumLen = 6  // 62^6 > 2^32
)

// Token is a key and its name. It must not be logged.
type Token struct {
	Key  id.Key
	text string
}

// NewToken makes the secret of a key and returns the key as its owner sees it,
// which is shown only once. Its errors are those of entropy.
func NewToken(mode Mode, key id.Key, entropy io.Reader) (Token, string, error) {
	text, err := newText(prefix(mode)+string(key), entropy)
	if err != nil {
		return Token{}, "", err
	}
	return Token{key, text}, text, nil
}

// newText adds a secret and the checksum to a name.
func newText(name string, entropy io.Reader) (string, error) {
	random := make([]byte, randomLen)
	for i := range random {
		c, err := base62Digit(entropy)
		if err != nil {
			return "", err
		}
		random[i] = c
	}
	body := name + "." + string(random)
	return body + checksum(body), nil
}

// base62Digit draws one of 62 characters, each equally likely: bytes from 248 = 4*62
// upwards are drawn again.
func base62Digit(entropy io.Reader) (byte, error) {
	var b [1]byte
	for {
		if _, err := io.ReadFull(entropy, b[:]); err != nil {
			return 0, err
		}
		if b[0] < 248 {
			return base62[b[0]%62], nil
		}
	}
}

var errMalformed = errors.New("malformed key")

// ParseToken reads a key of that mode, checksum included.
func ParseToken(mode Mode, text string) (Token, error) {
	name, ok := nameIn(text, prefix(mode))
	if !ok {
		return Token{}, errMalformed
	}
	key, ok := id.ParseKey(name)
	if !ok {
		return Token{}, errMalformed
	}
	return Token{key, text}, nil
}

// nameIn is what stands between the prefix and the secret; false where the checksum is
// wrong.
func nameIn(text, prefix string) (string, bool) {
	rest, ok := strings.CutPrefix(text, prefix)
	if !ok {
		return "", false
	}
	name, secret, _ := strings.Cut(rest, ".")
	if len(secret) != randomLen+checksumLen {
		return "", false
	}
	body := text[:len(text)-checksumLen]
	return name, checksum(body) == text[len(body):]
}

// Hash is what is stored instead of the secret. It covers the mode, so that a test
// key cannot be respelled as a live one.
func (t Token) Hash() []byte { return hashOf(t.text) }

func hashOf(text string) []byte {
	hash := sha256.Sum256([]byte(text))
	return hash[:]
}

func prefix(mode Mode) string { return "ask_" + string(mode) + "_" }

// checksum is the CRC-32 (IEEE) of the text in base 62, padded with zeros.
func checksum(text string) string {
	sum := crc32.ChecksumIEEE([]byte(text))
	var digits [checksumLen]byte
	for i := range digits {
		digits[checksumLen-1-i] = base62[sum%62]
		sum /= 62
	}
	return string(digits[:])
}
