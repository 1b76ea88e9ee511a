package auth_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"agentstore/pkg/auth"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// uses is what was written down; an outage refuses it.
type uses struct {
	at     []time.Time
	outage bool
}

func (u *uses) PutKeyUse(_ context.Context, _ id.Key, at time.Time) error {
	if u.outage {
		return errors.New("down")
	}
	u.at = append(u.at, at)
	return nil
}

// A good key is noted once in a span; one that is no good is not, and an outage
// refuses nobody.
func TestUsage(t *testing.T) {
	t.Parallel()
	credential, key := issue(t, auth.Live)
	kept := &uses{outage: true}
	clock := now
	v := verifier(keeping(credential))
	v.Usage = &auth.Usage{Store: kept, Now: func() time.Time { return clock }, Every: time.Hour}
	use := func(key string) error {
		claim, err := v.Begin(t.Context(), []string{"Bearer " + key})
		if err != nil {
			return err
		}
		return claim(shop.ScopeCatalogRead).Confirm(t.Context())
	}
	for _, step := range []struct {
		after  time.Duration
		outage bool
		want   []time.Time
	}{
		{0, true, nil},
		{time.Minute, false, []time.Time{now.Add(time.Minute)}},
		{time.Hour, false, []time.Time{now.Add(time.Minute)}},
		{time.Hour + time.Minute, false, []time.Time{now.Add(time.Minute), now.Add(time.Hour + time.Minute)}},
	} {
		kept.outage, clock = step.outage, now.Add(step.after)
		if err := use(key); err != nil {
			t.Errorf("after %s: %v", step.after, err)
		}
		if !slices.Equal(kept.at, step.want) {
			t.Errorf("after %s there is %v, want %v", step.after, kept.at, step.want)
		}
	}
	clock = now.Add(48 * time.Hour)
	if err := use(key[:len(key)-1] + "!"); err == nil || len(kept.at) != 2 {
		t.Errorf("a bad key is noted: %v, %v", kept.at, err)
	}
}
