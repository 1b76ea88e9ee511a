package fault_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"agentstore/pkg/fault"
)

// The statuses are part of the public contract: clients branch on them.
func TestStatuses(t *testing.T) {
	t.Parallel()
	want := map[fault.Code]int{
		"invalid_input":            400,
		"idempotency_key_required": 400,
		"unauthenticated":          401,
		"insufficient_funds":       402,
		"insufficient_scope":       403,
		"insufficient_role":        403,
		"address_not_allowed":      403,
		"spend_limit_exceeded":     403,
		"policy_violation":         403,
		"approval_required":        403,
		"origin_not_allowed":       403,
		"not_found":                404,
		"method_not_allowed":       405,
		"quote_expired":            409,
		"quote_already_used":       409,
		"price_above_maximum":      409,
		"sold_out":                 409,
		"action_in_progress":       409,
		"secret_shown":             409,
		"service_not_ready":        409,
		"protected":                409,
		"last_owner":               409,
		"approval_decided":         409,
		"idempotency_in_flight":    409,
		"precondition_failed":      412,
		"payload_too_large":        413,
		"misdirected":              421,
		"unsupported_media_type":   415,
		"idempotency_conflict":     422,
		"unsupported_image":        422,
		"unsupported_region":       422,
		"busy":                     429,
		"rate_limited":             429,
		"approval_limit_reached":   429,
		"provider_unavailable":     503,
		"ssh_lockout":              422, "store_unavailable": 503,
		"internal":     500,
		"mfa_required": 403,

		"reauthentication_required": 403,
		"session_required":          403,
		"token_lifetime_exceeded":   400,
		"two_credentials":           400,
	}
	got := make(map[fault.Code]int)
	for _, code := range fault.Codes() {
		got[code] = code.Status()
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
}

func TestTitles(t *testing.T) {
	t.Parallel()
	seen := make(map[string]fault.Code)
	for _, code := range fault.Codes() {
		title := code.Title()
		if title == "" {
			t.Errorf("%s has no title", code)
		}
		if other, taken := seen[title]; taken {
			t.Errorf("%s and %s are both called %q", code, other, title)
		}
		seen[title] = code
	}
}

func TestRetryable(t *testing.T) {
	t.Parallel()
	want := map[fault.Code]bool{
		fault.ActionInProgress: true, fault.IdempotencyInFlight: true, fault.Busy: true, fault.RateLimited: true,
		fault.ProviderUnavailable: true, fault.StoreUnavailable: true, fault.Internal: true, fault.ApprovalLimitReached: true,
	}
	for _, code := range fault.Codes() {
		if code.Retryable() != want[code] {
			t.Errorf("%s: retryable is %v", code, code.Retryable())
		}
	}
}

func TestUnknownCode(t *testing.T) {
	t.Parallel()
	const unknown fault.Code = "no_such_code"
	if unknown.Status() != 500 || unknown.Title() != "" || unknown.Retryable() {
		t.Errorf("status %d, title %q, retryable %v", unknown.Status(), unknown.Title(), unknown.Retryable())
	}
}
