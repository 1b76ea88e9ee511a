package shop

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"agentstore/pkg/id"
)

func TestPurchaseFails(t *testing.T) {
	t.Parallel()
	made := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	now := made.Add(time.Hour)
	purchase := func(version int, status PurchaseStatus, failure string, failed ...bool) Purchase {
		p := Purchase{ID: "pur_1", Version: version, Status: status, Failure: failure, CreatedAt: made, UpdatedAt: now}
		if version == 1 {
			p.UpdatedAt = made
		}
		for i, f := range failed {
			p.Services = append(p.Services, ServiceRef{ID: serviceID(i), DisplayName: fmt.Sprintf("web-%d", i), Failed: f})
		}
		return p
	}
	tests := []struct {
		name   string
		before Purchase
		failed int
		want   Purchase
	}{
		{"the only unit", purchase(1, PurchaseCompleted, "", false), 0, purchase(2, PurchaseFailed, "no capacity", true)},
		{"one of two", purchase(1, PurchaseCompleted, "", false, false), 1, purchase(2, PurchasePartiallyFailed, "no capacity", false, true)},
		{"the other of two", purchase(2, PurchasePartiallyFailed, "too late", false, true), 0, purchase(3, PurchaseFailed, "no capacity", true, true)},
		{"the same once more", purchase(2, PurchasePartiallyFailed, "too late", false, true), 1, purchase(3, PurchasePartiallyFailed, "no capacity", false, true)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			units := append([]ServiceRef{}, tt.before.Services...)
			got := tt.before.fail(Service{ID: serviceID(tt.failed), Failure: "no capacity"}, now)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(units, tt.before.Services); diff != "" {
				t.Errorf("the purchase before changes (-want +got):\n%s", diff)
			}
		})
	}
}

func serviceID(i int) id.Service { return id.Service(fmt.Sprintf("svc_%d", i)) }

func TestFailureText(t *testing.T) {
	t.Parallel()
	refusal := fmt.Errorf("wrapped: %w", &Refusal{Reason: "the provider refuses: no capacity"})
	if got, want := failureText(ActionCreate, refusal), "The create failed: the provider refuses: no capacity."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	// What a provider says in passing may be anything, and is for the log.
	passing := errors.New("dial tcp 10.0.0.1:443: connection refused")
	if got, want := failureText(tune, passing), "The tune failed: the provider did not answer well after many attempts."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The wait is anything up to a bound that doubles, and is never nothing.
func TestBackoff(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		attempts := rapid.IntRange(1, 1000).Draw(t, "attempts")
		longest := 5 * time.Minute
		if attempts < 8 {
			longest = 2 * time.Second << attempts
		}
		if got := (&Worker{}).backoff(attempts); got < time.Millisecond || got > longest+time.Millisecond {
			t.Fatalf("after %d attempts: %v, want at most %v", attempts, got, longest)
		}
	})
}

// Workers that fail together do not come back together.
func TestBackoffIsSpread(t *testing.T) {
	t.Parallel()
	const many = 1000
	var early, late int
	for range many {
		switch got := (&Worker{}).backoff(maxAttempts); {
		case got < longestBackoff/4:
			early++
		case got > longestBackoff*3/4:
			late++
		}
	}
	// Each is a quarter of them, give or take 14 for one standard deviation.
	if early < many/8 || late < many/8 {
		t.Errorf("of %d waits %d are short and %d long", many, early, late)
	}
}
