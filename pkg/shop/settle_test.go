package shop_test

import (
	"fmt"
	"slices"
	"testing"

	"agentstore/internal/test/storetest"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// An action that fails for good leaves the service as usable as it is known to
// be, ready for the next action, and the purchase alone. The next one that
// works mends it.
func TestActionFails(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		intent shop.Intent
		usable bool // after the failure
	}{
		"one that is harmless": {storetest.Harmless(), true},
		"one that may do harm": {storetest.Protectable(), false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStore(t, refuses)
			serviceID := s.active(t)
			before := s.allowed(t, serviceID)
			ref := s.act(t, serviceID, test.intent)
			s.Work(t)
			expectSame(t, "job", s.job(t, ref).Status, shop.JobFailed)
			service := s.service(t, serviceID)
			expectSame(t, "status", service.Status, shop.ServiceActive)
			expectSame(t, "usable", storetest.Usable(t, service), test.usable)
			expectSame(t, "failure", service.Failure, fmt.Sprintf("The %s failed: no capacity.", test.intent.Action))
			allowed := s.allowed(t, serviceID)
			if again := shop.Capability(storetest.ServiceType, test.intent.Action); !slices.Contains(allowed, again) || test.usable && !slices.Equal(allowed, before) {
				t.Errorf("allowed is %q, and it was %q", allowed, before)
			}
			expectSame(t, "purchase", s.purchase(t, service.Purchase).Status, shop.PurchaseCompleted)

			s.fulfil(works)
			s.act(t, serviceID, test.intent)
			s.Work(t)
			service = s.service(t, serviceID)
			expectSame(t, "usable in the end", storetest.Usable(t, service), true)
			expectSame(t, "failure in the end", service.Failure, "")
		})
	}
}

// allowed names what can be done with a service now: something, for it is active.
func (s *store) allowed(t *testing.T, serviceID id.Service) []string {
	t.Helper()
	names, err := s.Shop.Products.AllowedActions(s.service(t, serviceID))
	expectOK(t, err)
	if len(names) == 0 {
		t.Error("nothing is allowed")
	}
	return names
}
