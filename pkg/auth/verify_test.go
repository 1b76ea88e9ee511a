package auth_test

import (
	"context"
	"crypto/rand"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"agentstore/pkg/auth"
	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// keys is a place where keys are kept.
type keys func(context.Context, id.Key) (shop.Credential, error)

func (k keys) Credential(ctx context.Context, key id.Key) (shop.Credential, error) {
	return k(ctx, key)
}

// keeping keeps the given keys.
func keeping(credentials ...shop.Credential) keys {
	return func(_ context.Context, key id.Key) (shop.Credential, error) {
		for _, c := range credentials {
			if c.ID == key {
				return c, nil
			}
		}
		return shop.Credential{}, shop.ErrNotFound
	}
}

func verifier(k auth.Keys) auth.Verifier {
	return auth.Verifier{Keys: k, Mode: auth.Live, Now: func() time.Time { return now }}
}

// issue makes a key for reading the catalog.
func issue(tb testing.TB, mode auth.Mode) (shop.Credential, string) {
	tb.Helper()
	agent := ids().Agent(ids().Account())
	credential, text, err := auth.Issue(mode, ids(), rand.Reader, agent, "laptop", []shop.Scope{shop.ScopeCatalogRead})
	if err != nil {
		tb.Fatal(err)
	}
	return credential, text
}

// home is where the requests of the tests come from.
const home = "192.0.2.7"

// verify asks whether the headers allow to read the catalog.
func verify(t *testing.T, v auth.Verifier, authorization ...string) error {
	t.Helper()
	claim, err := v.Begin(t.Context(), authorization, home)
	if err != nil {
		return err
	}
	return claim(shop.ScopeCatalogRead, "catalog_search").Confirm(t.Context())
}

func TestIssue(t *testing.T) {
	t.Parallel()
	agent := ids().Agent(ids().Account())
	scopes := []shop.Scope{shop.ScopeCatalogRead, shop.ScopeQuotesWrite}
	got, text, err := auth.Issue(auth.Live, ids(), rand.Reader, agent, "laptop", scopes)
	if err != nil {
		t.Fatal(err)
	}
	token, err := auth.ParseToken(auth.Live, text)
	if err != nil {
		t.Fatal(err)
	}
	want := shop.Credential{
		ID: token.Key, Agent: agent, Version: 1, Name: "laptop", SecretHash: token.Hash(), Scopes: scopes, CreatedAt: now,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if token.Key.Agent() != agent {
		t.Errorf("the key %s is not of %s", token.Key, agent)
	}
}

func TestIssueWithoutEntropy(t *testing.T) {
	t.Parallel()
	if got, text, err := auth.Issue(auth.Live, ids(), strings.NewReader(""), ids().Agent(ids().Account()), "", nil); err == nil || text != "" || got.ID != "" {
		t.Errorf("got %+v, %q, %v", got, text, err)
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	credential, key := issue(t, auth.Live)
	lasting := credential
	lasting.ExpiresAt = now.Add(1)
	retiring := lasting
	retiring.RetiresAt = now.Add(1)
	at := credential
	at.AllowedIPs = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	tests := []struct {
		name          string
		credential    shop.Credential
		authorization string
	}{
		{"a key", credential, "Bearer " + key},
		{"another case of the scheme", credential, "bEARER " + key},
		{"more white space", credential, "Bearer   " + key + " "},
		{"a key that is about to expire", lasting, "Bearer " + key},
		{"a key that is about to retire", retiring, "Bearer " + key},
		{"a key where it may be used", at, "Bearer " + key},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			claim, err := verifier(keeping(tt.credential)).Begin(t.Context(), []string{tt.authorization}, home)
			if err != nil {
				t.Fatal(err)
			}
			caller := claim(shop.ScopeCatalogRead, "catalog_search")
			if caller.Agent != credential.Agent || caller.Account != credential.Agent.Account() {
				t.Errorf("the caller is %s of %s", caller.Agent, caller.Account)
			}
			for range 2 {
				if err := caller.Confirm(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// Whoever has no good key learns nothing about why, and the log everything but
// the secret.
func TestUnauthenticated(t *testing.T) {
	t.Parallel()
	credential, key := issue(t, auth.Live)
	testCredential, testKey := issue(t, auth.Test)
	_, otherKey := issue(t, auth.Live)
	_, secret, _ := strings.Cut(key, ".")
	_, wrongSecret, _ := strings.Cut(otherKey, ".")
	_, testSecret, _ := strings.Cut(testKey, ".")
	name := string(credential.ID)
	elsewhere := []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")}
	with := func(change func(*shop.Credential)) shop.Credential {
		c := credential
		change(&c)
		return c
	}
	tests := []struct {
		name          string
		kept          shop.Credential
		authorization []string
		cause         string
	}{
		{"no header", credential, nil, "no Authorization header"},
		{"two headers", credential, []string{"Bearer " + key, "Bearer " + key}, "more than one Authorization header"},
		{"an empty header", credential, []string{""}, "not a Bearer key"},
		{"another scheme", credential, []string{"Basic " + key}, "not a Bearer key"},
		{"no scheme", credential, []string{key}, "not a Bearer key"},
		{"a scheme alone", credential, []string{"Bearer"}, "malformed key"},
		{"no white space", credential, []string{"Bearer" + key}, "not a Bearer key"},
		{"a malformed key", credential, []string{"Bearer " + key[:len(key)-1]}, "malformed key"},
		{"two keys", credential, []string{"Bearer " + key + " " + key}, "malformed key"},
		{"two keys in a list", credential, []string{"Bearer " + key + ", Bearer " + key}, "malformed key"},
		{"a key of the other mode", testCredential, []string{"Bearer " + testKey}, "malformed key"},
		{
			"a key of the other mode, spelled as of this one", testCredential,
			[]string{"Bearer " + withChecksum(strings.Replace(testKey[:len(testKey)-6], "ask_test_", "ask_live_", 1))},
			"wrong secret",
		},
		{"an unknown key", credential, []string{"Bearer " + otherKey}, "unknown key"},
		{"a wrong secret", credential, []string{"Bearer " + withChecksum("ask_live_"+name+"."+wrongSecret[:30])}, "wrong secret"},
		{"no hash in the store", with(func(c *shop.Credential) { c.SecretHash = nil }), []string{"Bearer " + key}, "wrong secret"},
		{"a revoked key", with(func(c *shop.Credential) { c.RevokedAt = now.Add(-time.Hour) }), []string{"Bearer " + key}, "revoked key"},
		{"a key revoked by a clock that is ahead", with(func(c *shop.Credential) { c.RevokedAt = now.Add(time.Hour) }), []string{"Bearer " + key}, "revoked key"},
		{"an expired key", with(func(c *shop.Credential) { c.ExpiresAt = now }), []string{"Bearer " + key}, "expired key"},
		{"a retired key", with(func(c *shop.Credential) { c.RetiresAt = now }), []string{"Bearer " + key}, "expired key"},
		{"a retired key that would expire later", with(func(c *shop.Credential) { c.RetiresAt, c.ExpiresAt = now, now.Add(1) }), []string{"Bearer " + key}, "expired key"},
		{"an expired key that would retire later", with(func(c *shop.Credential) { c.RetiresAt, c.ExpiresAt = now.Add(1), now }), []string{"Bearer " + key}, "expired key"},
		{"a wrong secret from elsewhere", with(func(c *shop.Credential) { c.AllowedIPs = elsewhere }), []string{"Bearer " + withChecksum("ask_live_"+name+"."+wrongSecret[:30])}, "wrong secret"},
		{"a revoked key from elsewhere", with(func(c *shop.Credential) { c.RevokedAt, c.AllowedIPs = now, elsewhere }), []string{"Bearer " + key}, "revoked key"},
		{"an expired key without the scope", with(func(c *shop.Credential) { c.ExpiresAt, c.Scopes = now, nil }), []string{"Bearer " + key}, "expired key"},
	}
	want := &fault.Error{
		Code: fault.Unauthenticated, Detail: "The request carries no valid API key.",
		Fixes: []string{
			"Send the header Authorization: Bearer <key>, with the key from AGENT_STORE_AGENT_API_KEY.",
			"Ask the owner of the account for a new key if this one was revoked or has expired.",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := verify(t, verifier(keeping(tt.kept)), tt.authorization...)
			var got *fault.Error
			if !errors.As(err, &got) {
				t.Fatalf("the error is %v", err)
			}
			if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(fault.Error{})); diff != "" {
				t.Errorf("the answer (-want +got):\n%s", diff)
			}
			if cause := errors.Unwrap(got); cause == nil || cause.Error() != tt.cause {
				t.Errorf("the cause is %v, want %s", cause, tt.cause)
			}
			for _, hidden := range []string{secret, wrongSecret[:30], testSecret[:30]} {
				if strings.Contains(err.Error(), hidden) {
					t.Errorf("a secret is in the log: %v", err)
				}
			}
		})
	}
}

func TestInsufficientScope(t *testing.T) {
	t.Parallel()
	credential, key := issue(t, auth.Live)
	claim, err := verifier(keeping(credential)).Begin(t.Context(), []string{"Bearer " + key}, home)
	if err != nil {
		t.Fatal(err)
	}
	caller := claim(shop.ScopePurchasesWrite, "purchase_create")
	want := &fault.Error{
		Code: fault.InsufficientScope, Detail: "This API key lacks the scope purchases:write.",
		Fixes: []string{"Ask the owner of the account for a key with the scope purchases:write."},
		Extra: map[string]any{"missingScope": "purchases:write"},
	}
	if diff := cmp.Diff(want, fault.From(caller.Confirm(t.Context())), cmpopts.IgnoreUnexported(fault.Error{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A key that is held to networks is taken from there alone, and who has it is told
// that, before they are told of scopes.
func TestAddressNotAllowed(t *testing.T) {
	t.Parallel()
	tests := []struct {
		networks []string
		source   string
		allowed  bool
	}{
		{nil, "203.0.113.9", true},
		{nil, "", true},
		{[]string{"203.0.113.9"}, "203.0.113.9", true},
		{[]string{"203.0.113.9"}, "203.0.113.10", false},
		{[]string{"203.0.113.8/29", "198.51.100.0/24"}, "198.51.100.255", true},
		{[]string{"203.0.113.8/29", "198.51.100.0/24"}, "203.0.113.15", true},
		{[]string{"203.0.113.8/29", "198.51.100.0/24"}, "203.0.113.16", false},
		{[]string{"203.0.113.8/29"}, "::ffff:203.0.113.9", true},
		{[]string{"2001:db8:1::/48"}, "2001:db8:1:ffff::1", true},
		{[]string{"2001:db8:1::/48"}, "2001:db8:2::1", false},
		{[]string{"2001:db8::1"}, "2001:db8::1", true},
		{[]string{"fe80::/10"}, "fe80::1%eth0", true},
		{[]string{"0.0.0.0/0"}, "2001:db8::1", false},
		{[]string{"::/0"}, "203.0.113.9", false},
		{[]string{"0.0.0.0/0", "::/0"}, "", false},
		{[]string{"0.0.0.0/0", "::/0"}, "a proxy", false},
	}
	for _, tt := range tests {
		t.Run(strings.Join(tt.networks, ",")+" from "+tt.source, func(t *testing.T) {
			t.Parallel()
			credential, key := issue(t, auth.Live)
			networks, err := shop.ParseNetworks("$", tt.networks)
			if err != nil {
				t.Fatal(err)
			}
			credential.AllowedIPs = networks
			claim, err := verifier(keeping(credential)).Begin(t.Context(), []string{"Bearer " + key}, tt.source)
			if err != nil {
				t.Fatal(err)
			}
			for _, scope := range []shop.Scope{"", shop.ScopeCatalogRead, shop.ScopePurchasesWrite} {
				var want fault.Code
				switch {
				case !tt.allowed:
					want = fault.AddressNotAllowed
				case scope == shop.ScopePurchasesWrite:
					want = fault.InsufficientScope
				}
				err := claim(scope, "any").Confirm(t.Context())
				if want == "" && err != nil || want != "" && !fault.Is(err, want) {
					t.Errorf("with the scope %q: %v, want %q", scope, err, want)
				}
			}
		})
	}
}

// That the store cannot be read says nothing about the key.
func TestFailureOfTheStore(t *testing.T) {
	t.Parallel()
	_, key := issue(t, auth.Live)
	errDown := errors.New("down")
	tests := []struct {
		name string
		keys keys
		want string
	}{
		{"an error", func(context.Context, id.Key) (shop.Credential, error) { return shop.Credential{}, errDown }, "down"},
		{"a panic", func(context.Context, id.Key) (shop.Credential, error) { panic("out of order") }, "panic: out of order"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := verify(t, verifier(tt.keys), "Bearer "+key)
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) || fault.Is(err, fault.Unauthenticated) {
				t.Errorf("the error is %v, want %s", err, tt.want)
			}
		})
	}
}

// Begin does not wait for the store, so that the caller can go on to read.
func TestBeginDoesNotWait(t *testing.T) {
	t.Parallel()
	credential, key := issue(t, auth.Live)
	proceed := make(chan struct{})
	slow := keys(func(ctx context.Context, name id.Key) (shop.Credential, error) {
		<-proceed
		return keeping(credential)(ctx, name)
	})
	claim, err := verifier(slow).Begin(t.Context(), []string{"Bearer " + key}, home)
	if err != nil {
		t.Fatal(err)
	}
	caller := claim(shop.ScopeCatalogRead, "catalog_search")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := caller.Confirm(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Confirm = %v for a caller who has gone", err)
	}

	close(proceed)
	if err := caller.Confirm(t.Context()); err != nil {
		t.Errorf("Confirm = %v", err)
	}
}

// The store is asked for the presented key, in the context of the request.
func TestKeyIsLookedUp(t *testing.T) {
	t.Parallel()
	credential, key := issue(t, auth.Live)
	type mark struct{}
	ctx := context.WithValue(t.Context(), mark{}, true)
	claim, err := verifier(keys(func(ctx context.Context, name id.Key) (shop.Credential, error) {
		if ctx.Value(mark{}) == nil || name != credential.ID {
			return shop.Credential{}, errors.New("asked for " + string(name))
		}
		return credential, nil
	})).Begin(ctx, []string{"Bearer " + key}, home)
	if err != nil {
		t.Fatal(err)
	}
	caller := claim(shop.ScopeCatalogRead, "catalog_search")
	if err := caller.Confirm(ctx); err != nil {
		t.Error(err)
	}
}
