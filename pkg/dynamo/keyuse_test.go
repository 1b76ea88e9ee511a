package dynamo_test

import (
	"testing"
	"time"

	"agentstore/pkg/auth"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

var _ auth.UseStore = (*dynamo.Table)(nil)

// The store itself keeps how often the use of a key is written down, whichever
// process has used it: once in a span, and when the address is another.
func TestKeyUse(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		key := least(newAgent()).credential.ID
		kept := func(want shop.KeyUse) {
			t.Helper()
			uses, err := s.KeyUses(t.Context(), key.Agent())
			expectOK(t, err)
			expectSame(t, "uses", uses, map[id.Key]shop.KeyUse{key: want})
		}
		var last shop.KeyUse
		for _, step := range []struct {
			after  time.Duration
			source string
			stands bool // what is written down already
		}{
			{0, "192.0.2.7", false},
			{0, "192.0.2.7", true},
			{time.Hour - time.Millisecond, "192.0.2.7", true},
			{time.Hour, "192.0.2.7", false},
			{time.Hour + time.Millisecond, "2001:db8::1", false},
			{time.Hour + time.Millisecond, "2001:db8::1", true},
			{time.Hour + time.Millisecond, "", false}, // nobody knows from where
			{time.Hour + time.Millisecond, "2001:db8::1", false},
		} {
			use := shop.KeyUse{At: now.Add(step.after), Source: step.source, Operation: "quote_get"}
			err := s.PutKeyUse(t.Context(), key, use, time.Hour)
			if step.stands {
				expectError(t, "a use that is no news", err, shop.ErrConflict)
			} else {
				expectOK(t, err)
				last = use
			}
			kept(last)
		}
	})
}
