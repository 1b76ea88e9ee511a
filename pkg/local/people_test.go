package local

import (
	"net"
	"strings"
	"testing"

	"agentstore/pkg/app"
)

// TestTrial: the issuer that believes everybody is there only where nobody but
// this machine is meant to come.
func TestTrial(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		listening, public, issuer string
		trial                     bool
		words                     string
	}{
		{"127.0.0.1:3000", "", "", true, "put no proxy in front of it"},
		{"[::1]:3000", "", "", true, "put no proxy in front of it"},
		{"127.0.0.1:3000", "http://localhost:3000", "", true, "put no proxy in front of it"},
		{"127.0.0.1:3000", "https://store.example.com", "", false, "nobody can log in"},
		{"0.0.0.0:3000", "", "", false, "nobody can log in"},
		{"[::]:3000", "", "", false, "nobody can log in"},
		{"192.0.2.7:3000", "", "", false, "nobody can log in"},
		{"127.0.0.1:3000", "", "https://login.example.com", false, "http://127.0.0.1:3000/"},
	} {
		at, err := net.ResolveTCPAddr("tcp", tc.listening)
		if err != nil {
			t.Fatal(err)
		}
		c := app.Config{PublicURL: tc.public, OIDCIssuer: tc.issuer}
		if got, words := trial(c, at), logins(c, at); got != tc.trial || !strings.Contains(words, tc.words) {
			t.Errorf("%+v: %v, %s", tc, got, words)
		}
	}
}
