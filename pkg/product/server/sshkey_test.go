package server_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

// sshKey writes a public key as an authorized_keys file has it, without a comment.
func sshKey(t *testing.T, key crypto.PublicKey) string {
	t.Helper()
	public, err := ssh.NewPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(string(ssh.MarshalAuthorizedKey(public)), "\n")
}

func ed25519Key(t *testing.T, seed byte) string {
	t.Helper()
	secret := ed25519.NewKeyFromSeed([]byte(strings.Repeat(string(rune(seed)), ed25519.SeedSize)))
	return sshKey(t, secret.Public())
}

// rsaKey is a key of that many bits that nobody has the other half of.
func rsaKey(t *testing.T, bits uint) string {
	t.Helper()
	n := new(big.Int).Lsh(big.NewInt(1), bits-1)
	return sshKey(t, &rsa.PublicKey{N: n.Add(n, big.NewInt(1)), E: 65537})
}

func ecdsaKey(t *testing.T, curve elliptic.Curve) string {
	t.Helper()
	secret, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return sshKey(t, secret.Public())
}

// rawKey writes a key of any type (RFC 4253, section 6.6).
func rawKey(algorithm string, fields any) string {
	blob := append(ssh.Marshal(struct{ Algorithm string }{algorithm}), ssh.Marshal(fields)...)
	return algorithm + " " + base64.StdEncoding.EncodeToString(blob)
}

func dsaKey() string {
	power := func(n uint) *big.Int { return new(big.Int).Lsh(big.NewInt(1), n) }
	return rawKey("ssh-dss", struct{ P, Q, G, Y *big.Int }{power(1023), power(159), power(2), power(3)})
}

func certificate(t *testing.T) string {
	t.Helper()
	signer, err := ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	c := &ssh.Certificate{Key: signer.PublicKey(), CertType: ssh.UserCert, ValidPrincipals: []string{"root"}, ValidBefore: ssh.CertTimeInfinity}
	if err := c.SignCert(rand.Reader, signer); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(string(ssh.MarshalAuthorizedKey(c)), "\n")
}

func TestSSHKeys(t *testing.T) {
	t.Parallel()
	good := ed25519Key(t, 1)
	tests := []struct{ name, key string }{
		{"Ed25519", good},
		{"a comment", good + " ada@example.com"},
		{"a comment of several words", good + ` Ada's key, "the new one"`},
		{"a comment that looks like a key", good + " " + ed25519Key(t, 2)},
		{"white space around it", "  " + good + "  "},
		{"RSA", rsaKey(t, 2048)},
		{"the longest RSA", rsaKey(t, 16384) + " " + strings.Repeat("c", 1000)},
		{"ECDSA P-256", ecdsaKey(t, elliptic.P256())},
		{"ECDSA P-384", ecdsaKey(t, elliptic.P384())},
		{"ECDSA P-521", ecdsaKey(t, elliptic.P521())},
		{"a security key", rawKey("sk-ssh-ed25519@openssh.com", struct{ Key, Application string }{strings.Repeat("k", 32), "ssh:"})},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, problems := configure(t, item(), with(map[string]any{"sshKeys": []any{tt.key}}), 1)
			expectProblems(t, problems)
		})
	}
}

func TestSSHKeysRefused(t *testing.T) {
	t.Parallel()
	good := ed25519Key(t, 1)
	algorithm, blob, _ := strings.Cut(good, " ")
	const (
		notAKey = "invalid_input $.configuration.sshKeys[0] must be one OpenSSH public key (Ed25519, ECDSA or RSA) on one line, as ssh-ed25519 AAAA… comment"
		notLine = "invalid_input $.configuration.sshKeys[0] must match ^[ -~]+$"
	)
	tests := []struct{ name, key, want string }{
		{"garbage", "garbage", notAKey},
		{"white space", "   ", notAKey},
		{"a comment alone", "# my key", notAKey},
		{"a type alone", algorithm, notAKey},
		{"a blob alone", blob, notAKey},
		{"a blob that is cut off", good[:len(good)-5], notAKey},
		{"a blob with another type before it", "ssh-rsa " + blob, notAKey},
		{"an option that could run a command", `command="rm -rf /" ` + good, notAKey},
		{"an option that is one word", "restrict " + good, notAKey},
		{"an option in the place of the type", "restrict " + blob, notAKey},
		{"a certificate authority", "cert-authority " + good, notAKey},
		{"a certificate", certificate(t), notAKey},
		{"DSA", dsaKey(), notAKey},
		{"a private key", "-----BEGIN OPENSSH PRIVATE KEY-----", notAKey},
		{"a line of known_hosts", "example.com " + good, notAKey},
		{"an RSA key that is too large", rsaKey(t, 16392), notAKey},
		{"two keys", good + "\n" + ed25519Key(t, 2), notLine},
		{"a line feed at the end", good + "\n", notLine},
		{"a carriage return", good + "\r", notLine},
		{"a tab", strings.Replace(good, " ", "\t", 1), notLine},
		{"NUL", good + "\x00", notLine},
		{"a comment that is not ASCII", good + " für Ada", notLine},
		{"no key", "", "invalid_input $.configuration.sshKeys[0] must have at least 1 character"},
		{"too long", good + " " + strings.Repeat("c", 4096-len(good)), "invalid_input $.configuration.sshKeys[0] must have at most 4096 characters, not 4097"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, problems := configure(t, item(), with(map[string]any{"sshKeys": []any{tt.key}}), 1)
			expectProblems(t, problems, tt.want)
		})
	}
}
