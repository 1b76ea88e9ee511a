package auth_test

import (
	"context"
	"strings"
	"testing"

	"agentstore/pkg/auth"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// strangers are keys that are no good, by why: none may take another time than the
// others, or it would tell which ids there are.
func strangers(tb testing.TB) (v auth.Verifier, reads, compares *int, keys map[string]string) {
	tb.Helper()
	credential, key := issue(tb, auth.Live)
	_, other := issue(tb, auth.Live)
	_, secret, _ := strings.Cut(other, ".")
	kept := keeping(credential)
	reads, compares = new(int), new(int)
	v = verifier(counting(reads, kept)).Comparing(func() { *compares++ })
	return v, reads, compares, map[string]string{
		"an unknown id":  other,
		"a wrong secret": withChecksum("ask_live_" + string(credential.ID) + "." + secret[:30]),
		"a good key":     key,
	}
}

func counting(reads *int, next keys) keys {
	return func(ctx context.Context, key id.Key) (shop.Credential, error) {
		*reads++
		return next(ctx, key)
	}
}

// What is done for an unknown id is what is done for a wrong secret: one read, and
// one comparison of two hashes.
func TestUnknownIDsAreWorkedForLikeWrongSecrets(t *testing.T) {
	t.Parallel()
	v, reads, compares, keys := strangers(t)
	for name, key := range keys {
		*reads, *compares = 0, 0
		if err := verify(t, v, "Bearer "+key); (err == nil) != (name == "a good key") {
			t.Errorf("%s: %v", name, err)
		}
		if *reads != 1 || *compares != 1 {
			t.Errorf("%s: %d reads and %d comparisons, want one of each", name, *reads, *compares)
		}
	}
}

// BenchmarkStrangers prints what the two take.
func BenchmarkStrangers(b *testing.B) {
	v, _, _, keys := strangers(b)
	for _, name := range []string{"an unknown id", "a wrong secret"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				claim, err := v.Begin(b.Context(), []string{"Bearer " + keys[name]}, home)
				if err != nil {
					b.Fatal(err)
				}
				if claim("", "").Confirm(b.Context()) == nil {
					b.Fatal("it is good")
				}
			}
		})
	}
}
