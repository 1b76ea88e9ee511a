package verify

import (
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// questions: what members are asked about renewals is what the services wait for.
func (a *account) questions() {
	const promise = "a renewal that is asked about waits"
	asks := make(map[id.Approval]*shop.RenewalAsked)
	for _, s := range a.Services {
		if s.Bill.Asked != nil && s.Status.Lives() {
			asks[s.Bill.Asked.Approval] = s.Bill.Asked
		}
	}
	for _, q := range a.Approvals {
		if q.Intent.Action != shop.ActionRenew {
			continue
		}
		asked := asks[q.ID]
		delete(asks, q.ID)
		open := asked != nil && !asked.Denied
		a.want((q.Status == shop.ApprovalPending) == open, promise, string(q.ID), "it is %s, and %s waits for it: %t", q.Status, q.Service, open)
	}
	for question := range asks {
		a.want(false, promise, string(question), "it is not there")
	}
}
