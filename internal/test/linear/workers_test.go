package linear

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"agentstore/pkg/product/server"
	"agentstore/pkg/shop"
)

// workers deliver, and refund what is doomed. Their clock runs so fast that
// leases end while their owners live, and one takes a job from another.
type workers struct {
	*world
	shop.Fulfilment // of the mock
	ahead           atomic.Int64

	mu      sync.Mutex
	refused map[shop.JobRef]int64 // when the provider refused it first
	settled map[shop.JobRef]bool
}

// aClockTick is more than half of a lease.
const aClockTick = 70 * time.Second

func (ws *workers) begin(w *world) {
	ws.world = w
	ws.refused = make(map[shop.JobRef]int64)
	ws.settled = make(map[shop.JobRef]bool)
	ws.Fulfilment = w.Worker.Fulfilments[server.ServiceType]
	w.Worker.Fulfilments = map[string]shop.Fulfilment{server.ServiceType: ws}
	w.Worker.Now = func() time.Time { return w.Clock.Now().Add(time.Duration(ws.ahead.Load())) }
}

// Perform refuses what is doomed. No refund can be older than the refusal.
func (ws *workers) Perform(ctx context.Context, service shop.Service, job shop.Job) (shop.Outcome, error) {
	if job.Intent.Action != shop.ActionCreate || !doomed(service) {
		return ws.Fulfilment.Perform(ctx, service, job)
	}
	ws.mu.Lock()
	defer ws.mu.Unlock()
	ref := shop.JobRef{Account: job.Account, Job: job.ID}
	if _, known := ws.refused[ref]; !known {
		ws.refused[ref] = ws.now()
	}
	return shop.Outcome{}, &shop.Refusal{Reason: "doomed"}
}

// round works on what is due, and returns how much that was. A lost answer is
// no error here: the job stays due.
func (ws *workers) round(t *testing.T, client int) int {
	ws.ahead.Add(int64(aClockTick))
	due, err := ws.Table.DueJobs(t.Context(), ws.Worker.Now())
	if err != nil {
		t.Error(err)
	}
	for _, ref := range due {
		_, _ = ws.Worker.Run(t.Context(), ref)
		ws.observe(t, client, ref)
	}
	return len(due)
}

// observe notes a refund when its job is seen to have failed: both were written
// in one transaction.
func (ws *workers) observe(t *testing.T, client int, ref shop.JobRef) {
	job, err := ws.Table.Job(t.Context(), ref)
	if err != nil {
		t.Error(err)
	}
	if job.Intent.Action != shop.ActionCreate || job.Status != shop.JobFailed {
		return
	}
	service, err := ws.Table.Service(t.Context(), job.Account, job.Service)
	if err != nil {
		t.Error(err)
	}
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.settled[ref] {
		return
	}
	ws.settled[ref] = true
	for account, c := range ws.callers {
		if c.Account == service.Account {
			ws.note(client, ws.refused[ref], call{account, refund{service.Purchase}}, answer{})
		}
	}
}

// drain works until nothing is due any more, now or after a delay. A refund may
// have arrived so late that nobody worked on its job again: it is noted now.
func (ws *workers) drain(t *testing.T, client int) {
	const quiet = 4 // rounds: longer than a lease
	for idle := 0; idle < quiet; idle++ {
		if ws.round(t, client) > 0 {
			idle = 0
		}
		ws.network.late.Wait()
	}
	for ref := range ws.refused {
		ws.observe(t, client, ref)
	}
}
