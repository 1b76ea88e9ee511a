package sim

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/period"
	"agentstore/pkg/shop"
)

var (
	howManyLives = flag.Int("lives", 0, "how many histories of 400 days to run, of 20 services each; 0 is 6")
	oneLife      = flag.Uint64("life", 0, "the one history of 400 days to run, with its trace")
)

const (
	year = 400 * 24 * time.Hour
	// servicesOfALife is how many services are bought in one history.
	servicesOfALife = 20
)

// TestLives has services live for 400 days: with leases, renewals, empty wallets, top-ups,
// cancellations, crashes, late and doubled starts of the work, and a provider that flaps.
func TestLives(t *testing.T) {
	t.Parallel()
	if *oneLife != 0 {
		w := live(t, *oneLife)
		t.Logf("%s", strings.Join(w.trace, "\n"))
		return
	}
	count := *howManyLives
	if count == 0 {
		count = 6 // make proof runs 500, which are 10,000 services
	}
	var next, failed atomic.Int64
	var workers sync.WaitGroup
	var sum tally
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for n := next.Add(1); n <= int64(count) && failed.Load() < 3; n = next.Add(1) {
				l := live(t, *firstOne+uint64(n)-1)
				sum.add(l.seen)
				if len(l.broken) > 0 {
					failed.Add(1)
				}
			}
		})
	}
	workers.Wait()
	t.Logf("%d histories: %+v", count, &sum)
	// A proof that meets nothing proves nothing.
	for what, met := range map[string]int64{
		"renewals": sum.renewals.Load(), "suspensions": sum.suspended.Load(), "resumptions": sum.resumed.Load(), "extensions": sum.extended.Load(), "leases that ended": sum.expired.Load(),
		"cancellations": sum.canceled.Load(), "ends of unpaid ones": sum.unpaid.Load(), "crashes": sum.crashes.Load(), "low balances": sum.low.Load(), "cancellations of many": sum.many.Load(),
		"approved renewals": sum.approved.Load(),

		"resizes": sum.resized.Load(), "snapshots": sum.copied.Load(), "snapshots that were deleted": sum.deleted.Load(), "changes that failed": sum.undone.Load(),
	} {
		if met == 0 && failed.Load() == 0 {
			t.Errorf("there were no %s", what)
		}
	}
}

// tally counts what histories have met.
type tally struct {
	renewals, suspended, resumed, extended, expired, canceled, unpaid, crashes, low, many, approved atomic.Int64
	resized, copied, deleted, undone                                                                atomic.Int64
}

func (t *tally) add(o *tally) {
	for _, pair := range [][2]*atomic.Int64{
		{&t.renewals, &o.renewals},
		{&t.suspended, &o.suspended},
		{&t.resumed, &o.resumed},
		{&t.extended, &o.extended},
		{&t.expired, &o.expired},
		{&t.canceled, &o.canceled},
		{&t.unpaid, &o.unpaid},
		{&t.crashes, &o.crashes},
		{&t.low, &o.low},
		{&t.many, &o.many},
		{&t.approved, &o.approved},
		{&t.resized, &o.resized},
		{&t.copied, &o.copied},
		{&t.deleted, &o.deleted},
		{&t.undone, &o.undone},
	} {
		pair[0].Add(pair[1].Load())
	}
}

func (t *tally) String() string {
	return fmt.Sprintf("%d renewals, %d suspensions, %d resumptions, %d leases extended, %d ended, %d cancelled, %d unpaid, %d crashes, %d low balances, %d ended by many, %d renewals approved, %d resizes, %d snapshots, %d of them deleted, %d changes that failed",
		t.renewals.Load(), t.suspended.Load(), t.resumed.Load(), t.extended.Load(), t.expired.Load(), t.canceled.Load(), t.unpaid.Load(), t.crashes.Load(), t.low.Load(), t.many.Load(), t.approved.Load(),
		t.resized.Load(), t.copied.Load(), t.deleted.Load(), t.undone.Load())
}

// lives is a history of services.
type lives struct {
	*world
	bought int
	// excused is until when work may be late: nobody was started, or the provider was down.
	excused time.Time
	running []*process
	fundAt  time.Time
	seen    *tally
	status  map[id.Service]shop.ServiceStatus
	// previewed are the moments at which somebody has asked what a cancellation gives back.
	previewed map[id.Service][]time.Time
	// until is the end of each lease that was extended, as it was answered.
	until map[id.Service]time.Time
	// byMany are those that a cancellation of many may have ended, and unpaid since when
	// those that are due could have been charged.
	byMany map[id.Service]bool
	unpaid map[id.Service]time.Time
	began  time.Time
	// quotes are those of changes of services.
	quotes []shop.Quote
}

func live(t *testing.T, seed uint64) *lives {
	l := &lives{
		world: newWorld(t, seed), seen: &tally{}, status: make(map[id.Service]shop.ServiceStatus),
		previewed: make(map[id.Service][]time.Time), until: make(map[id.Service]time.Time),
		byMany: make(map[id.Service]bool), unpaid: make(map[id.Service]time.Time),
	}
	l.began = l.clock.now().UTC().Truncate(24 * time.Hour)
	l.decide = func(call) verdict { return verdict{} }
	l.policies(seed)
	for _, account := range l.model.accounts() {
		l.run(l.pay(l.model.newFunding(account, 30_000), traits{}))
	}
	for end := l.clock.now().Add(year); l.clock.now().Before(end); {
		l.step++
		l.happen()
		l.clock.advance(l.pause())
		l.work()
		l.watch()
	}
	l.last()
	for _, b := range l.broken {
		t.Errorf("life %d: %s", seed, b)
	}
	if len(l.broken) > 0 {
		t.Errorf("to run it again: go test ./internal/test/sim -run TestLives -life=%d", seed)
	}
	return l
}

// pause is until something is due, and a little longer, or a while.
func (l *lives) pause() time.Duration {
	now := l.clock.now()
	wait := time.Duration(l.random.Int64N(int64(3 * 24 * time.Hour)))
	for _, s := range l.services() {
		if !s.DueAt.IsZero() {
			wait = min(wait, s.DueAt.Sub(now))
		}
	}
	refs, err := l.table.DueJobs(context.Background(), now.Add(year))
	if err != nil {
		l.breaks("jobs can be read", "%v", err)
	}
	for _, ref := range refs {
		if job, err := l.table.Job(context.Background(), ref); err == nil {
			wait = min(wait, job.DueAt.Sub(now))
		}
	}
	return max(wait, 0) + time.Duration(l.random.Int64N(int64(2*time.Minute)))
}

func (l *lives) services() (all []shop.Service) {
	for _, account := range l.model.accounts() {
		services, _, err := l.table.Services(context.Background(), account, shop.Page{Limit: 100})
		if err != nil {
			l.breaks("services can be read", "%v", err)
		}
		all = append(all, services...)
	}
	return all
}

func (l *lives) oneIn(n int) bool { return l.random.IntN(n) == 0 }

// happen is what people, agents and the world do.
func (l *lives) happen() {
	agent := pick(l.random, l.model.agents...)
	if l.oneIn(100) {
		for _, s := range l.services() {
			if s.Status == shop.ServiceSuspended && !s.Lease.IsExpired() {
				l.run(l.pay(l.model.newFunding(s.Account, 10_000), traits{}))
				return
			}
		}
	}
	switch n := l.random.IntN(100); {
	case l.fundAt.Before(l.clock.now()):
		l.fundAt = l.clock.now().Add(time.Duration(l.random.Int64N(int64(40 * 24 * time.Hour))))
		f := l.model.newFunding(agent.Account(), pick[int64](l.random, 2_000, 10_000, 40_000))
		l.run(l.pay(f, traits{}))
	case n < 50:
		if l.bought < servicesOfALife {
			l.bought++
			l.do("buy", func(ctx context.Context, p *process) { l.buy(ctx, p, agent) })
		}
	case n < 51:
		l.cancel(pick(l.random, shop.CancelNow, shop.CancelEndOfTerm))
	case n < 54:
		l.setRenewal()
	case n < 55:
		// Nobody starts the work for hours.
		l.excused = l.clock.now().Add(6 * time.Hour)
		l.clock.advance(5 * time.Hour)
	case n < 56:
		l.cloud.down = true
	case n < 59:
		l.setLabels()
	case n < 64:
		l.extend()
	case n < 74:
		l.approve()
	case n < 82:
		l.resize()
	case n == 82 && l.oneIn(4):
		l.cancelMany(agent)
	}
}

// do runs a process to its end; it may die at any call.
func (l *lives) do(name string, run func(context.Context, *process)) {
	p := l.newProcess(name, traits{retries: l.oneIn(2)}, run)
	for v := (verdict{}); !l.resume(p, v); {
		v = l.chance(p.task.at)
	}
}

// chance has a call fail, or its process die.
func (l *lives) chance(c call) verdict {
	if c.kind == callProvider && l.cloud.down && !l.oneIn(5) {
		return verdict{moment: before, err: errTimeout}
	}
	if c.kind == callSleep || c.kind == callRead || !l.oneIn(25) {
		return verdict{}
	}
	v := pick(l.random,
		verdict{moment: before, err: errDead, dies: true}, verdict{moment: after, err: errDead, dies: true},
		verdict{moment: before, err: errTimeout}, verdict{moment: after, err: errTimeout})
	if c.kind == callStorage && !v.dies {
		v.err = errOutage
	}
	if v.dies {
		l.seen.crashes.Add(1)
	}
	l.excused = l.clock.now().Add(20 * time.Minute)
	return v
}

func (l *lives) buy(ctx context.Context, p *process, agent id.Agent) {
	r := &request{agent: agent, operation: quoteCreate}
	o := order(pick(l.random, l.catalog.Items...).ID, 1)
	switch l.random.IntN(4) {
	case 0:
		o.Lease = &shop.LeaseOrder{After: period.Period{Seconds: 3600 + l.random.Int64N(90*86400)}, OnExpiry: shop.ExpiryDelete}
	case 1:
		o.Lease = &shop.LeaseOrder{After: period.Period{Months: 1 + l.random.IntN(6)}, OnExpiry: pick(l.random, shop.ExpiryDelete, shop.ExpiryStop)}
	}
	o.Labels = l.labels()
	quoted, err := p.shop.CreateQuote(ctx, r.caller(), o, once[shop.Quoted](r))
	if err != nil {
		return
	}
	var q shop.Quoted
	l.model.decode(quoted.Body, &q)
	r = &request{agent: agent, operation: purchaseCreate, key: string(q.Quote.ID)}
	_, err = p.shop.BuyQuote(ctx, r.caller(), q.Quote.ID, shop.Repeated{}, once[shop.Bought](r))
	l.note("bought: %v", err)
}

// living picks a service that lives.
func (l *lives) living() (shop.Service, bool) {
	var alive []shop.Service
	for _, s := range l.services() {
		if s.Status == shop.ServiceActive || s.Status == shop.ServiceSuspended {
			alive = append(alive, s)
		}
	}
	if len(alive) == 0 {
		return shop.Service{}, false
	}
	return pick(l.random, alive...), true
}

// cancel previews and cancels, perhaps twice.
func (l *lives) cancel(when shop.CancelWhen) {
	s, any := l.living()
	if !any {
		return
	}
	r := &request{agent: s.Agent, operation: "service_cancel", key: fmt.Sprint("cancel-", l.step)}
	for range 1 + l.random.IntN(2) {
		l.do("cancel "+string(s.ID), func(ctx context.Context, p *process) {
			l.previewed[s.ID] = append(l.previewed[s.ID], l.clock.now().Truncate(time.Second))
			preview, err := p.shop.PreviewCancel(ctx, r.caller(), s.ID, when)
			if err != nil {
				return
			}
			_, err = p.shop.Cancel(ctx, r.caller(), s.ID, shop.CancelOrder{When: when, Token: preview.Token}, once[shop.Service](r))
			l.note("cancelled %s: %v", s.ID, err)
		})
	}
}

func (l *lives) setRenewal() {
	if s, any := l.living(); any {
		r := &request{agent: s.Agent, operation: "service_renewal_set"}
		renews := !l.oneIn(4)
		l.do("renewal", func(ctx context.Context, p *process) {
			_, err := p.shop.SetRenewal(ctx, r.caller(), s.ID, renews, once[shop.Service](r))
			l.note("renewal of %s %t: %v", s.ID, renews, err)
		})
	}
}

// extend extends a lease, perhaps twice, and most often one that is about to end.
func (l *lives) extend() {
	s, any := l.living()
	if !any || s.Lease == nil {
		return
	}
	if left := s.Lease.ExpiresAt.Sub(l.clock.now()); left > 0 && left < 3*24*time.Hour && l.oneIn(2) {
		l.clock.advance(left - time.Duration(l.random.Int64N(2))*time.Second)
	}
	order := shop.LeaseOrder{After: period.Period{Seconds: 3600 + l.random.Int64N(60*86400)}}
	if l.oneIn(4) {
		order.OnExpiry = pick(l.random, shop.ExpiryDelete, shop.ExpiryStop)
	}
	r := &request{agent: s.Agent, operation: "service_extend", key: fmt.Sprint("extend-", l.step)}
	for range 1 + l.random.IntN(2) {
		l.do("extend "+string(s.ID), func(ctx context.Context, p *process) {
			answer, err := p.shop.Extend(ctx, r.caller(), s.ID, order, once[shop.Extension](r))
			l.note("extended %s: %v", s.ID, err)
			if err != nil {
				return
			}
			var e shop.Extension
			l.model.decode(answer.Body, &e)
			l.until[s.ID] = e.Service.Lease.ExpiresAt
			if !answer.Replayed {
				l.seen.extended.Add(1)
			}
		})
	}
}

// labels are some of a few.
func (l *lives) labels() (labels []string) {
	for _, label := range []string{"ci", "run=42", "v1.2"} {
		if l.oneIn(3) {
			labels = append(labels, label)
		}
	}
	return labels
}

func (l *lives) setLabels() {
	if s, any := l.living(); any {
		r := &request{agent: s.Agent, operation: "service_labels_set", key: fmt.Sprint("labels-", l.step)}
		labels := l.labels()
		for range 1 + l.random.IntN(2) {
			l.do("labels", func(ctx context.Context, p *process) {
				_, err := p.shop.SetLabels(ctx, r.caller(), s.ID, labels, once[shop.Service](r))
				l.note("labels of %s %v: %v", s.ID, labels, err)
			})
		}
	}
}

// work starts the scheduled work: at times twice at once, at times not at all.
func (l *lives) work() {
	if l.cloud.down && l.oneIn(3) {
		l.cloud.down = false
	}
	if l.cloud.down {
		l.excused = l.clock.now().Add(time.Hour)
	}
	if l.oneIn(40) {
		l.excused = l.clock.now().Add(20 * time.Minute)
		return
	}
	for range 1 + l.random.IntN(2) {
		p := l.newProcess("schedule", traits{retries: l.oneIn(2)}, func(ctx context.Context, p *process) {
			_, err := p.worker.RunServices(ctx)
			_, many := p.worker.RunCancellations(ctx)
			_, jobs := p.worker.RunDue(ctx)
			holds := p.worker.SettleHolds(ctx)
			l.note("schedule: %v", errors.Join(err, many, jobs, holds))
		})
		if !l.resume(p, verdict{}) {
			l.running = append(l.running, p)
		}
	}
	for len(l.running) > 0 {
		i := l.random.IntN(len(l.running))
		if l.resume(l.running[i], l.chance(l.running[i].task.at)) {
			l.running = append(l.running[:i], l.running[i+1:]...)
		}
	}
}

// watch holds the services as they are against what is promised at each moment.
func (l *lives) watch() {
	now := l.clock.now()
	for _, s := range l.services() {
		if before := l.status[s.ID]; before != s.Status {
			l.count(before, s)
			l.status[s.ID] = s.Status
		}
		if s.Status == shop.ServiceSuspended && !s.Lease.IsExpired() && now.Sub(s.Bill.PaidUntil) < 72*time.Hour && s.Current == nil && now.After(l.excused) {
			l.breaks("nothing that is paid is stopped", "%s is paid until %s", s.ID, s.Bill.PaidUntil)
		}
		if e := s.End; e != nil && e.Reason == shop.EndUnpaid && e.At.Sub(s.Bill.PaidUntil) < 10*24*time.Hour {
			l.breaks("nothing that is paid is deleted", "%s was paid until %s, and ended at %s", s.ID, s.Bill.PaidUntil, e.At)
		}
		if e := s.End; e != nil && now.After(l.excused) && now.Sub(e.At) > 5*time.Minute && len(l.cloud.servers[labelOf(shop.ServiceKey{Account: s.Account, Service: s.ID})]) > 0 {
			l.breaks("what has ended does not run", "%s has ended at %s", s.ID, e.At)
		}
		if s.Lease != nil && s.Lease.ExpiresAt.Before(l.until[s.ID]) {
			l.breaks("an extension that was answered holds", "the lease of %s was to end at %s, and ends at %s", s.ID, l.until[s.ID], s.Lease.ExpiresAt)
		}
		if e := s.End; e != nil && e.Reason == shop.EndExpired && e.At.Before(s.Lease.ExpiresAt) {
			l.breaks("no lease ends early", "that of %s ends at %s, and it has ended at %s", s.ID, s.Lease.ExpiresAt, e.At)
		}
		l.charged(s, now)
		lives := s.Status == shop.ServiceActive
		if lives && s.Lease != nil && now.After(l.excused) && now.Sub(s.Lease.ExpiresAt) > 5*time.Minute {
			l.breaks("nothing runs five minutes past its lease", "the lease of %s has ended at %s", s.ID, s.Lease.ExpiresAt)
		}
		if lives && now.After(l.excused) && now.Sub(s.Bill.PaidUntil) > 72*time.Hour+busy {
			l.breaks("nothing runs past its grace", "%s is paid until %s", s.ID, s.Bill.PaidUntil)
		}
	}
}

// busy is how long the store may need for a step.
const busy = 10 * time.Minute

func (l *lives) count(before shop.ServiceStatus, s shop.Service) {
	switch {
	case s.Status == shop.ServiceSuspended:
		l.seen.suspended.Add(1)
	case before == shop.ServiceSuspended && s.Status == shop.ServiceActive:
		l.seen.resumed.Add(1)
	case s.End != nil && s.End.Reason == shop.EndExpired:
		l.seen.expired.Add(1)
		if late := s.End.At.Sub(s.Lease.ExpiresAt); late > 5*time.Minute && l.excused.Before(s.Lease.ExpiresAt) {
			l.breaks("nothing runs five minutes past its lease", "%s has ended %s after it", s.ID, late)
		}
	case s.End != nil && s.End.Reason == shop.EndUnpaid:
		l.seen.unpaid.Add(1)
	case s.End != nil:
		l.seen.canceled.Add(1)
	}
}

// last ends all faults, lets the store settle, and checks its books, and the trail.
func (l *lives) last() {
	l.calm()
	l.run(l.newProcess("schedule", traits{}, func(ctx context.Context, p *process) {
		_, err := p.worker.RunServices(ctx)
		_, many := p.worker.RunCancellations(ctx)
		l.note("schedule: %v", errors.Join(err, many))
	}))
	l.settle()
	for _, account := range l.model.accounts() {
		books := l.books(account)
		for _, m := range l.cloud.all() {
			if key := ownerOf(m.label); key.Account == account {
				books.Holdings = append(books.Holdings, shop.Holding{ServiceKey: key, CreatedAt: m.createdAt})
			}
		}
		l.verify(books)
		l.trail(account, books)
		l.money(account, books)
		l.account(books)
	}
}

// trail compares what has happened with the services with what the trail says: each
// change has one entry.
func (l *lives) trail(account id.Account, books shop.Books) {
	events := make(map[string]int)
	for cursor := shop.Cursor(""); ; {
		page, next, err := l.table.Trail(context.Background(), account, shop.TrailFilter{}, shop.Page{Limit: 100, After: cursor})
		if err != nil {
			l.breaks("the trail can be read", "%v", err)
			return
		}
		for _, e := range page {
			if e.Outcome == "" {
				events[e.Operation+" "+e.Subject]++
			}
		}
		if cursor = next; next == "" {
			break
		}
	}
	charges := make(map[id.Service]int)
	approved := make(map[id.Service]int) // whose entry of the trail is that of the approval
	for _, q := range books.Approvals {
		if q.Status == shop.ApprovalApproved && q.Intent.Action == shop.ActionRenew {
			approved[q.Service] += events["approval_approve "+string(q.ID)]
		}
	}
	for _, e := range books.Entries {
		if e.Kind == shop.EntryRenewal {
			charges[e.Service]++
			l.seen.renewals.Add(1)
		}
	}
	for _, s := range books.Services {
		l.refunded(s)
		if got := events["service_renew "+string(s.ID)] + approved[s.ID]; got != charges[s.ID] {
			l.breaks("each change has one entry of the trail", "%s was charged %d times, and the trail says %d", s.ID, charges[s.ID], got)
		}
		ended := events["service_end "+string(s.ID)]
		if want := s.End != nil && s.End.Reason != shop.EndCanceled; want && ended != 1 {
			l.breaks("each change has one entry of the trail", "%s has ended, and the trail says it %d times", s.ID, ended)
		}
	}
}

// refunded compares what was given back with the published rule: the unused seconds of
// the term that was paid, rounded down, from the preview of a cancellation or the end of a
// lease on.
func (l *lives) refunded(s shop.Service) {
	if s.End == nil {
		return
	}
	rule := func(at time.Time) int64 {
		left, whole := s.Bill.PaidUntil.Unix()-at.Unix(), s.Bill.PaidUntil.Unix()-s.Bill.PaidFrom.Unix()
		return max(s.Bill.Paid*min(left, whole)/whole, 0)
	}
	var owed []int64
	switch s.End.Reason {
	case shop.EndExpired:
		owed = append(owed, rule(s.Lease.ExpiresAt))
	case shop.EndCanceled:
		owed = append(owed, 0) // at the end of its term
		for _, at := range l.previewed[s.ID] {
			owed = append(owed, rule(at))
		}
		if l.byMany[s.ID] {
			owed = append(owed, rule(s.End.At.Truncate(time.Second))) // of a term that was charged since
		}
	default:
		owed = append(owed, 0)
	}
	if !slices.Contains(owed, s.End.Refund) {
		l.breaks("refunds are what the rule says", "%s (%s): %d were given back, owed are %v", s.ID, s.End.Reason, s.End.Refund, owed)
	}
}
