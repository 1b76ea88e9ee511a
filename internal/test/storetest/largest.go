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
		"backupsEnabled": true, "userData": strings.Repeat("\x01", userData),
	}
	var lines []any
	for i := range keys {
		line := PublicKey(tb, byte(i))
		lines = append(lines, line+strings.Repeat(`\`, keyLength-len(line)))
	}
	input["sshKeys"] = lines
	input["firewall"] = largestFirewall()
	return input
}

// largestFirewall has as many rules as there may be, and as many and as long sources.
func largestFirewall() []any {
	const rules, sources = 20, 64
	var list []any
	for rule := range rules {
		var from []any
		for i := rule; i < sources; i += rules {
			from = append(from, fmt.Sprintf("2001:db80:1111:2222:3333:4444:5555:66%02x/128", i))
		}
		list = append(list, map[string]any{"protocol": "tcp", "ports": "10022-10023", "sources": from})
	}
	list[0].(map[string]any)["ports"] = "22-10023"
	return list
}

// PublicKey is the line of an authorized_keys file, up to its comment.
func PublicKey(tb testing.TB, seed byte) string {
	tb.Helper()
	private := ed25519.NewKeyFromSeed([]byte(fmt.Sprintf("%-*d", ed25519.SeedSize, seed)))
	public, err := ssh.NewPublicKey(private.Public())
	must(tb, err)
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(public))) + " "
}
