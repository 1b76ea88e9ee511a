package sim

import (
	"context"
	"fmt"
	"testing"
	"time"

	"agentstore/pkg/shop"
)

// TestEveryCrashPointOfManyEnds has two servers ended by one cancellation. The process dies
// before or after each call that changes something, and at pairs of them: each server
// ends once, and is refunded once.
func TestEveryCrashPointOfManyEnds(t *testing.T) {
	t.Parallel()
	everyCrash(t, 6, endMany)
}

func endMany(t *testing.T, crashes []int) *scenario {
	s := &scenario{world: newWorld(t, 1), crashes: crashes}
	m := s.model
	agent := m.agents[0]
	f := m.newFunding(agent.Account(), 100_000)
	s.until("funded", func() bool { return f.done }, func() *process { return s.pay(f, traits{}) })
	s.ask(m.askQuote(agent, s.catalog.Items[0].ID, 2))
	s.ask(m.askBuyQuote(agent, m.quotes[0].ID))
	s.workUntilDone()
	before := s.books(agent.Account()).Wallet.Balance.Minor
	s.decide = s.die
	s.clock.advance(time.Hour)
	r := &request{agent: agent, operation: "service_cancel_many", key: "many"}
	cancellations := func() []shop.ManyCancellation { return s.books(agent.Account()).Cancellations }
	refund := int64(0)
	s.until("begun", func() bool { return len(cancellations()) == 1 }, func() *process {
		return s.newProcess("cancel many", traits{}, func(ctx context.Context, p *process) {
			preview, err := p.shop.PreviewCancelMany(ctx, r.caller(), shop.Matching{Agent: agent})
			if err == nil {
				refund = preview.Refunds[0].Minor
				_, err = p.shop.CancelMany(ctx, r.caller(), preview.Matching, preview.Token, once[shop.ManyCancellation](r))
			}
			s.note("cancelled: %v", err)
		})
	})
	s.until("ended", func() bool { return cancellations()[0].Done() }, func() *process {
		s.clock.advance(time.Minute)
		return s.newProcess("schedule", traits{}, func(ctx context.Context, p *process) {
			_, err := p.worker.RunCancellations(ctx)
			s.note("schedule: %v", err)
		})
	})
	s.workUntilDone()
	books := s.books(agent.Account())
	c := books.Cancellations[0]
	got := fmt.Sprint(books.Wallet.Balance.Minor-before, " came back in ", len(books.Entries)-2, " entries, ", c.Count(shop.MatchEnded), " ended, ", len(s.cloud.all()), " servers")
	if want := fmt.Sprint(refund, " came back in 2 entries, 2 ended, 0 servers"); got != want {
		s.breaks("each service ends once", "%s, and not %s", got, want)
	}
	s.settle()
	s.check()
	return s
}
