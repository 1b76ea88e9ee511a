package storetest

import (
	"crypto/ed25519"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

// Largest is the largest configuration that the product accepts, of characters that
// take the most room in JSON: six bytes for one.
func Largest(tb testing.TB) map[string]any {
	tb.Helper()
	const (
		keys, keyLength, userData = 10, 4096, 32768
		longestHost               = 253 - len("-10")
	)
	label := strings.Repeat("a", 60)
	hostname := strings.Join([]string{label, label + "aaa", label + "aaa", label + "aaa"}, ".")[:longestHost]
	input := map[string]any{
		"hostname": hostname, "region": "ap-southeast", "image": "nvidia-ai-ubuntu", "billingTermMonths": 12.0,
		"backupsEnabled": true, "userData": strings.Repeat("\u2028", userData-1) + "\x01",
	}
	var lines []any
	for i := range keys {
		line := PublicKey(tb, byte(i))
		lines = append(lines, line+strings.Repeat(`\`, keyLength-len(line)))
	}
	input["sshKeys"] = lines
	return input
}

// PublicKey is the line of an authorized_keys file, up to its comment.
func PublicKey(tb testing.TB, seed byte) string {
	tb.Helper()
	private := ed25519.NewKeyFromSeed([]byte(fmt.Sprintf("%-*d", ed25519.SeedSize, seed)))
	public, err := ssh.NewPublicKey(private.Public())
	must(tb, err)
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(public))) + " "
}
