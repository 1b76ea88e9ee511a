package verify

import (
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// cancellations: one of many comes to an end, and what it says has ended has.
func (a *account) cancellations() {
	const promise = "a cancellation of many settles"
	services := make(map[id.Service]shop.Service)
	for _, s := range a.Services {
		services[s.ID] = s
	}
	for _, c := range a.Cancellations {
		open := c.Count(shop.MatchOpen)
		a.want(open == 0 == c.DueAt.IsZero(), promise, string(c.ID), "%d services are open, and it is due at %s", open, c.DueAt)
		a.want(open == 0 || a.now.Sub(c.CreatedAt) <= shop.FinalWithin+time.Hour, promise, string(c.ID), "%d services are open since %s", open, c.CreatedAt)
		for _, m := range c.Matches {
			ended := services[m.Service].Status.Ended()
			a.want(m.State != shop.MatchEnded || ended, promise, string(c.ID), "it has ended %s, which is %s", m.Service, services[m.Service].Status)
		}
	}
}
