// Package sshkey reads public keys as OpenSSH writes them.
package sshkey

import (
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
)

// Key is a public key that can log in to a server.
type Key struct {
	// Line is the type and the key, as in an authorized_keys file, without a comment.
	Line string
	// Comment says whose it is; empty for none.
	Comment string
	// Fingerprint is that of ssh-keygen -l, as SHA256:….
	Fingerprint string
}

// Must words what Parse accepts.
const Must = "must be one OpenSSH public key (Ed25519, ECDSA or RSA) on one line, as ssh-ed25519 AAAA… comment"

// Parse reads a line with exactly one key, and without options, which could run
// commands. It reports false for anything else.
func Parse(line string) (Key, bool) {
	if strings.ContainsAny(line, "\r\n") {
		return Key{}, false
	}
	key, comment, options, rest, err := ssh.ParseAuthorizedKey([]byte(line))
	if err != nil || len(options) > 0 || len(rest) > 0 || !slices.Contains(loginKeys(), key.Type()) {
		return Key{}, false
	}
	return Key{strings.TrimSuffix(string(ssh.MarshalAuthorizedKey(key)), "\n"), comment, ssh.FingerprintSHA256(key)}, true
}

// loginKeys are the types of key that can log in to a current server: OpenSSH 10.0
// dropped DSA, and a certificate is of no use in an authorized_keys file.
func loginKeys() []string {
	return []string{
		ssh.KeyAlgoED25519, ssh.KeyAlgoRSA, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521,
		ssh.KeyAlgoSKED25519, ssh.KeyAlgoSKECDSA256,
	}
}
