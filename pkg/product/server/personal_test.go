package server_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/ssh"

	"agentstore/pkg/product/server"
	"agentstore/pkg/shop"
)

func sorted(lines []string) []string { return slices.Sorted(slices.Values(lines)) }

func fingerprint(t *testing.T, line string) string {
	t.Helper()
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(line))
	if err != nil {
		t.Fatal(err)
	}
	return ssh.FingerprintSHA256(key)
}

// TestComments: the comments of SSH keys are no part of a configuration, and come back
// where a server is made.
func TestComments(t *testing.T) {
	t.Parallel()
	one, two := ed25519Key(t, 1), ed25519Key(t, 2)
	tests := []struct {
		name     string
		keys     []any
		want     []string // in the configuration
		personal map[string]string
		made     []string // at the provider, before and
		erased   []string // after an erasure
	}{
		{"none", []any{one}, []string{one}, nil, []string{one}, []string{one}},
		{"one of two", []any{two, one + " Ada's key"}, []string{one + " per_1", two}, map[string]string{one: "Ada's key"}, []string{one + " Ada's key", two}, []string{one, two}},
		{
			"both",
			[]any{one + " ada", two + " bob"},
			[]string{one + " per_1", two + " per_1"},
			map[string]string{one: "ada", two: "bob"},
			[]string{one + " ada", two + " bob"},
			[]string{one, two},
		},
		{"a key twice", []any{one, one + " ada"}, []string{one + " per_1"}, map[string]string{one: "ada"}, []string{one + " ada"}, []string{one}},
		{"white space", []any{"  " + one + "   "}, []string{one}, nil, []string{one}, []string{one}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			configured, problems, err := server.Rules{}.Configure(item(), with(map[string]any{"sshKeys": tt.keys}), 1, reference)
			if err != nil {
				t.Fatal(err)
			}
			expectProblems(t, problems)
			var c server.Configuration
			var data struct{ SSHKeys map[string]string }
			if err := json.Unmarshal(configured.JSON, &c); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(sorted(tt.want), c.SSHKeys); diff != "" {
				t.Errorf("the keys (-want +got):\n%s", diff)
			}
			service := bought(t)
			service.Configuration = configured.JSON
			if tt.personal != nil {
				service.Personal = reference()
				if err := json.Unmarshal(configured.Personal, &data); err != nil {
					t.Fatal(err)
				}
			} else if configured.Personal != nil {
				t.Errorf("there is %s about people", configured.Personal)
			}
			want := make(map[string]string)
			for key, comment := range tt.personal {
				want[fingerprint(t, key)] = comment
			}
			if diff := cmp.Diff(len(want), len(data.SSHKeys)); diff != "" || len(want) > 0 && !cmp.Equal(want, data.SSHKeys) {
				t.Errorf("the comments are %v, want %v", data.SSHKeys, want)
			}
			expectMade(t, service, configured.Personal, tt.made)
			expectMade(t, service, nil, tt.erased)
		})
	}
}

// expectMade wants a server to be made with those keys.
func expectMade(t *testing.T, service shop.Service, personal json.RawMessage, want []string) {
	t.Helper()
	p := &provider{}
	create := job(shop.ActionCreate, "")
	create.Personal = personal
	if _, err := at(p).Perform(t.Context(), service, create); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sorted(want), sorted(p.calls[0].Spec.SSHKeys)); diff != "" {
		t.Errorf("a server is made with the keys (-want +got):\n%s", diff)
	}
}

// A service of before, whose configuration has the comments itself, is made as it was
// bought.
func TestCommentsOfBefore(t *testing.T) {
	t.Parallel()
	service := bought(t)
	line := ed25519Key(t, 1) + " ada"
	service.Configuration = encode(t, server.Configuration{Hostname: "web", SSHKeys: []string{line}})
	expectMade(t, service, nil, []string{line})
}
