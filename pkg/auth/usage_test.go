package auth_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"agentstore/pkg/auth"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// uses is what was written down; an error refuses it.
type uses struct {
	mu    sync.Mutex
	asked int
	kept  []shop.KeyUse
	err   error
	slow  time.Duration
}

func (u *uses) PutKeyUse(_ context.Context, _ id.Key, use shop.KeyUse, every time.Duration) error {
	time.Sleep(u.slow)
	u.mu.Lock()
	defer u.mu.Unlock()
	u.asked++
	if every != time.Hour {
		return fmt.Errorf("every %s", every)
	}
	if u.err == nil {
		u.kept = append(u.kept, use)
	}
	return u.err
}

const away = "2001:db8::1"

// A good key is noted once in a span, and when its address changes, by the
// operation of the request; an outage refuses nobody, and is made up for.
func TestUsage(t *testing.T) {
	t.Parallel()
	credential, key := issue(t, auth.Live)
	kept := &uses{}
	clock := now
	v := verifier(keeping(credential))
	v.Usage = &auth.Usage{Store: kept, Now: func() time.Time { return clock }, Every: time.Hour}
	errDown := errors.New("down")
	var want []shop.KeyUse
	for _, step := range []struct {
		after             time.Duration
		source, operation string
		err               error
		asked             bool
	}{
		{0, home, "quote_get", errDown, true},
		{0, home, "quote_get", errDown, true},
		{time.Second, home, "quote_create", nil, true},
		{time.Second, home, "quote_get", nil, false},
		{time.Hour, home, "quote_get", nil, false},
		{time.Hour + time.Second, home, "service_get", nil, true},
		{time.Hour + 2*time.Second, away, "service_get", nil, false}, // within a minute
		{time.Hour + time.Minute + time.Second, away, "service_list", nil, true},
		{time.Hour + time.Minute + 2*time.Second, home, "service_list", nil, false},
		{time.Hour + 2*time.Minute + time.Second, home, "service_list", errDown, true},
		{time.Hour + 2*time.Minute + time.Second, home, "mcp", nil, true},
		// Another process has written the same down.
		{3 * time.Hour, home, "mcp", shop.ErrConflict, true},
		{3*time.Hour + time.Minute, home, "mcp", nil, false},
	} {
		kept.asked, kept.err, clock = 0, step.err, now.Add(step.after)
		claim, err := v.Begin(t.Context(), []string{"Bearer " + key}, step.source)
		if err != nil {
			t.Fatal(err)
		}
		caller := claim(shop.ScopeCatalogRead, step.operation)
		if err := caller.Confirm(t.Context()); err != nil {
			t.Errorf("after %s: %v", step.after, err)
		}
		if kept.err == nil && caller.Confirm(t.Context()) != nil {
			t.Errorf("after %s it is not confirmed again", step.after)
		}
		if asked := kept.asked == 1; asked != step.asked || kept.asked > 1 {
			t.Errorf("after %s from %s: %d writes, want one: %t", step.after, step.source, kept.asked, step.asked)
		}
		if step.asked && step.err == nil {
			want = append(want, shop.KeyUse{At: clock, Source: step.source, Operation: step.operation})
		}
	}
	if diff := cmp.Diff(want, kept.kept); diff != "" {
		t.Errorf("what was written down (-want +got):\n%s", diff)
	}
}

// Two addresses that take turns are written down once a minute, not at each request.
func TestUsageOfAddressesThatTakeTurns(t *testing.T) {
	t.Parallel()
	kept := &uses{}
	clock := now
	u := &auth.Usage{Store: kept, Now: func() time.Time { return clock }, Every: time.Hour}
	for i := range 3600 {
		clock = now.Add(time.Duration(i) * time.Second)
		u.Note(t.Context(), exampleKey, []string{home, away}[i%2], "quote_get")
	}
	if kept.asked > 60 {
		t.Errorf("%d writes in an hour", kept.asked)
	}
	if kept.asked < 30 {
		t.Errorf("the change of the address is written down %d times", kept.asked)
	}
}

// Of requests at the same time one waits for the write.
func TestUsageOfManyAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		kept := &uses{slow: time.Second}
		u := &auth.Usage{Store: kept, Now: func() time.Time { return now }, Every: time.Hour}
		start := time.Now()
		var waited int
		var mu sync.Mutex
		var all sync.WaitGroup
		for range 64 {
			all.Go(func() {
				u.Note(t.Context(), exampleKey, home, "quote_get")
				mu.Lock()
				defer mu.Unlock()
				if time.Since(start) > 0 {
					waited++
				}
			})
		}
		all.Wait()
		if kept.asked != 1 || waited != 1 {
			t.Errorf("%d writes, and %d requests waited", kept.asked, waited)
		}
	})
}

// The memory of a process has an end: what it has forgotten it writes down again.
func TestUsageForgets(t *testing.T) {
	t.Parallel()
	kept := &uses{}
	u := &auth.Usage{Store: kept, Now: func() time.Time { return now }, Every: time.Hour}
	u.Note(t.Context(), exampleKey, home, "quote_get")
	for i := range 10_000 {
		u.Note(t.Context(), exampleKey[:32]+id.Key(fmt.Sprintf("%06d", i)), home, "quote_get")
	}
	u.Note(t.Context(), exampleKey, home, "quote_get")
	if kept.asked != 10_002 {
		t.Errorf("%d writes: the first key is remembered beside 10,000 others", kept.asked)
	}
}

// A key that is no good, or used from elsewhere, is not in use.
func TestUsageOfBadKeys(t *testing.T) {
	t.Parallel()
	credential, key := issue(t, auth.Live)
	networks, err := shop.ParseNetworks("$", []string{away})
	if err != nil {
		t.Fatal(err)
	}
	credential.AllowedIPs = networks
	kept := &uses{}
	v := verifier(keeping(credential))
	v.Usage = &auth.Usage{Store: kept, Now: func() time.Time { return now }, Every: time.Hour}
	_, unknown := issue(t, auth.Live)
	for _, key := range []string{key, unknown, key[:len(key)-1] + "!"} {
		if err := verify(t, v, "Bearer "+key); err == nil {
			t.Error("it is good")
		}
	}
	if kept.asked != 0 {
		t.Errorf("%d uses are written down", kept.asked)
	}
}
