package license

import (
	"context"
	"crypto/rand"

	"agentstore/pkg/shop"
)

// Desk fulfils licenses. It has nobody to ask, and makes the keys by itself.
type Desk struct {
	// Refuses reports whether a job is refused; nil refuses none.
	Refuses func(shop.Job) bool
	// Told is shown the holder of each license that a job is about; nil is shown none.
	Told func(shop.Job, Holder)
}

// Perform implements shop.Fulfilment.
func (d Desk) Perform(_ context.Context, service shop.Service, job shop.Job) (shop.Outcome, error) {
	who, err := holderOf(job.Personal)
	if err != nil {
		return shop.Outcome{Service: service}, err
	}
	if d.Told != nil {
		d.Told(job, who)
	}
	if d.Refuses != nil && d.Refuses(job) {
		return shop.Outcome{Service: service}, &shop.Refusal{Reason: "the desk is closed"}
	}
	out := shop.Outcome{Service: service}
	if job.Intent.Action == "rotate" {
		out.Secret = []byte(newKey())
	}
	return out, nil
}

// newKey is what opens a license. Nobody keeps it.
func newKey() string { return "key-" + rand.Text() }
