package license

import (
	"context"

	"agentstore/pkg/shop"
)

// Desk fulfils licenses. It has nobody to ask.
type Desk struct {
	// Refuses tells whether a job is refused; nil refuses none.
	Refuses func(shop.Job) bool
}

// Perform implements shop.Fulfilment.
func (d Desk) Perform(_ context.Context, service shop.Service, job shop.Job) (shop.Outcome, error) {
	if d.Refuses != nil && d.Refuses(job) {
		return shop.Outcome{Service: service}, &shop.Refusal{Reason: "the desk is closed"}
	}
	return shop.Outcome{Service: service}, nil
}
