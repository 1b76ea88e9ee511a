package shop_test

import (
	"testing"

	"agentstore/pkg/shop"
)

// An action that fails for good leaves the service as usable as it is known to
// be, ready for the next action, and the purchase alone. The next one that
// works mends it.
func TestActionFails(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		intent       shop.Intent
		provisioning shop.ProvisioningStatus // after the failure
	}{
		"restart":   {shop.Intent{Type: shop.ActionRestart}, shop.ProvisioningReady},
		"reinstall": {shop.Intent{Type: shop.ActionReinstall, Image: "debian-12"}, shop.ProvisioningFailed},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStore(t, refuses)
			serviceID := s.active(t)
			before := s.service(t, serviceID)
			ref := s.act(t, serviceID, test.intent)
			s.Work(t)
			expectSame(t, "job", s.job(t, ref).Status, shop.JobFailed)
			service := s.service(t, serviceID)
			expectSame(t, "status", service.Status, shop.ServiceActive)
			expectSame(t, "power", service.Server.PowerState, shop.PowerRunning)
			expectSame(t, "provisioning", service.Server.ProvisioningStatus, test.provisioning)
			expectSame(t, "failure", service.Failure, "The "+name+" failed: no capacity.")
			expectSame(t, "allowed", service.AllowedActions(), before.Capabilities)
			expectSame(t, "purchase", s.purchase(t, service.Purchase).Status, shop.PurchaseCompleted)

			s.fulfil(works)
			s.act(t, serviceID, test.intent)
			s.Work(t)
			service = s.service(t, serviceID)
			expectSame(t, "provisioning in the end", service.Server.ProvisioningStatus, shop.ProvisioningReady)
			expectSame(t, "failure in the end", service.Failure, "")
		})
	}
}

// A restart says nothing of the image: that of a failed reinstall stays failed.
func TestRestartAfterFailedReinstall(t *testing.T) {
	t.Parallel()
	s := newStore(t, refuses)
	s.atMock()
	_, serviceID := s.oneJob(t)
	s.Work(t)
	s.fulfil(refuses)
	s.act(t, serviceID, shop.Intent{Type: shop.ActionReinstall, Image: "debian-12"})
	s.Work(t)
	s.atMock()
	s.act(t, serviceID, shop.Intent{Type: shop.ActionRestart})
	s.Work(t)
	service := s.service(t, serviceID)
	expectSame(t, "power", service.Server.PowerState, shop.PowerRunning)
	expectSame(t, "provisioning", service.Server.ProvisioningStatus, shop.ProvisioningFailed)
}
