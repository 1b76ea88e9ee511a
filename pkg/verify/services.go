package verify

import (
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// services: each is as its purchase says, and what is unsettled is being worked
// on, within the published time.
func (a *account) services() {
	const promise = "everything settles in time"
	due := make(map[id.Service]bool)
	for _, j := range a.Jobs {
		if j.Status == shop.JobDue {
			due[j.Service] = due[j.Service] || j.Intent.Action != shop.ActionDelete
			a.want(a.now.Sub(j.CreatedAt) <= shop.FinalWithin, promise, string(j.ID), "it is due since %s", j.CreatedAt)
		}
	}
	running := make(map[id.Action]bool)
	for _, action := range a.Actions {
		running[action.ID] = action.Status == shop.ActionRunning
	}
	type unit struct {
		purchase id.Purchase
		failed   bool
	}
	units := make(map[id.Service]unit)
	for _, p := range a.Purchases {
		if p.Offer.Action != nil {
			continue // it has brought none
		}
		for _, ref := range p.Services {
			units[ref.ID] = unit{p.ID, ref.Failed}
		}
	}
	for _, s := range a.Services {
		u, known := units[s.ID]
		delete(units, s.ID)
		a.want(known && u.purchase == s.Purchase, "a service has its purchase", string(s.ID), "%s does not name it", s.Purchase)
		a.want(u.failed == (s.Status == shop.ServiceFailed), "a purchase says what became of it", string(s.ID), "it is %s, its purchase says failed: %t", s.Status, u.failed)
		a.want(s.Status != shop.ServiceProvisioning || due[s.ID], promise, string(s.ID), "it is provisioning and no job is due")
		if s.Current != nil {
			a.want(due[s.ID] && running[s.Current.ID], promise, string(s.ID), "its action %s is in progress and no job is due", s.Current.ID)
			delete(running, s.Current.ID)
		}
	}
	for service, u := range units {
		a.want(false, "a purchase has its services", string(u.purchase), "%s is not there", service)
	}
	for action, isRunning := range running {
		a.want(!isRunning, promise, string(action), "it is running, and its service does not know it")
	}
}

// holdings: a service is held once at most, nothing without an owner stays, and
// an active service has its own.
func (a *account) holdings() {
	count := make(map[id.Service]int)
	status := make(map[id.Service]shop.ServiceStatus)
	for _, s := range a.Services {
		status[s.ID] = s.Status
	}
	for _, h := range a.Holdings {
		count[h.Service]++
		owned := status[h.Service] == shop.ServiceActive || status[h.Service] == shop.ServiceProvisioning || status[h.Service] == shop.ServiceSuspended
		a.want(owned || a.now.Sub(h.CreatedAt) < a.grace, "nothing is held without an owner", string(h.Service), "it runs since %s, the service is %q", h.CreatedAt, status[h.Service])
	}
	for _, s := range a.Services {
		a.want(count[s.ID] <= 1, "a service is held once at most", string(s.ID), "it has %d", count[s.ID])
		a.want(s.Status != shop.ServiceActive || s.Resource.Provider == "" || count[s.ID] > 0, "an active service is held at its provider", string(s.ID), "it has none")
	}
}
