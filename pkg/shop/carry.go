package shop

import (
	"context"
	"errors"
	"slices"
	"sync"

	"agentstore/pkg/id"
)

// mostProofs is how many proofs one request reads at once.
const mostProofs = 24

// proven finds out which holds are of changes that are committed.
func (h payer) proven(ctx context.Context, account id.Account, holds []id.Hold) (map[id.Hold]bool, error) {
	return h.each(holds, func(hold id.Hold) (bool, error) {
		proof, err := h.store.HoldProof(ctx, account, hold)
		if errors.Is(err, ErrNotFound) {
			return false, nil
		}
		return err == nil && !proof.Void, err
	})
}

// seen finds out which holds of others are known to be committed already.
func (h payer) seen(ctx context.Context, account id.Account, holds []id.Hold) map[id.Hold]bool {
	committed, _ := h.each(holds, func(hold id.Hold) (bool, error) { return h.store.Committed(ctx, account, hold) })
	return committed
}

// each asks the same of several holds, side by side.
func (h payer) each(holds []id.Hold, ask func(id.Hold) (bool, error)) (map[id.Hold]bool, error) {
	var mu sync.Mutex
	answers := make(map[id.Hold]bool)
	var steps []func() error
	for _, hold := range holds {
		steps = append(steps, func() error {
			answer, err := ask(hold)
			mu.Lock()
			defer mu.Unlock()
			answers[hold] = answer
			return err
		})
	}
	err := h.run(steps)
	return answers, err
}

// oldest are the first of the holds of one or more items, each once: as many as one
// request reads the proofs of.
func oldest(holds []id.Hold) []id.Hold {
	slices.Sort(holds)
	holds = slices.Compact(holds)
	return holds[:min(len(holds), mostProofs)]
}

// learn proves the ends of holds of other processes, where a wallet or a budget has many
// of them: they are carried with what is written next.
func (h payer) learn(ctx context.Context, account id.Account, rows map[heldRow][]Hold) {
	var unknown []id.Hold
	for _, open := range rows {
		for _, o := range h.ends.crowded(open) {
			unknown = append(unknown, o.ID)
		}
	}
	// It is not this request's own work, and whoever comes next learns what fails here.
	committed := h.seen(NoRequest(ctx), account, oldest(unknown))
	for row, open := range rows {
		for _, o := range open {
			if committed[o.ID] && o.leavable() {
				h.ends.leave(account, row, o)
			}
		}
	}
}

// leavable reports whether the end of a hold has nothing to move: of a budget, or of
// money that went out.
func (o Hold) leavable() bool { return !o.Release && o.Minor <= 0 || o.Day != "" }

// over has a change be under way no longer. The last one of its account ends what is
// left, but not where others crowd: they carry it.
func (h payer) over(ctx context.Context, held *holds) {
	if !h.ends.over(held.account) {
		return
	}
	var steps []func() error
	for _, row := range h.ends.rows(held.account) {
		if !slices.Contains(held.crowded, row) {
			steps = append(steps, func() error { return h.carry(ctx, held.account, row) })
		}
	}
	_ = h.run(steps)
}

// carry ends what is left of a wallet or a budget by an update of its own. Part of a
// purchase that is given back at this moment may be in its way. What fails here is settled
// later.
func (h payer) carry(ctx context.Context, account id.Account, row heldRow) (err error) {
	ends := h.ends.take(account, row)
	if len(ends) == 0 {
		return nil
	}
	for try := range undoTries {
		if err = h.drop(ctx, account, row, ends); !errors.Is(err, ErrConflict) {
			return err
		}
		if err := h.sleep.pause(ctx, try); err != nil {
			return err
		}
	}
	return err
}

// drop ends holds that are proved to be committed.
func (h payer) drop(ctx context.Context, account id.Account, row heldRow, committed []Hold) error {
	return h.patiently(ctx, func() error {
		if row.wallet {
			_, err := h.store.StepWallet(ctx, WalletStep{Account: account, Committed: committed, At: h.now()})
			return err
		}
		return h.store.StepBudget(ctx, BudgetStep{Budget: Budget{Account: account, Agent: row.agent}, Committed: committed, At: h.now()})
	})
}

// undecided leaves out of what was read as open what is committed: it is held no longer,
// and never given back.
func (h payer) undecided(ctx context.Context, account id.Account, held ...*Held) ([]*Held, error) {
	var unknown []id.Hold
	for _, kept := range held {
		if kept.contended() {
			for _, o := range h.ends.others(kept.Open) {
				unknown = append(unknown, o.ID)
			}
		}
	}
	committed, err := h.proven(ctx, account, oldest(unknown))
	for i, kept := range held {
		if kept.contended() {
			less := *kept
			less.Open = slices.DeleteFunc(slices.Clone(kept.Open), func(o Hold) bool {
				return o.leavable() && (committed[o.ID] || h.ends.committed(o.ID))
			})
			held[i] = &less
		}
	}
	return held, err
}

// undecided is the basket without the holds that are committed.
func (s *Shop) undecided(ctx context.Context, b basket) (basket, error) {
	held, err := s.writer().undecided(ctx, b.funds.Account, b.funds.Held, b.bounds.Account.Held, b.bounds.Agent.Held)
	b.funds.Held, b.bounds.Account.Held, b.bounds.Agent.Held = held[0], held[1], held[2]
	return b, err
}

// decide decides by a basket and, where it is refused for want of money while something
// is held, once more by what is really open.
func (s *Shop) decide(ctx context.Context, b basket, by func(basket) error) error {
	refusal := by(b)
	if !b.short(refusal) {
		return refusal
	}
	b, err := s.undecided(ctx, b)
	if err != nil {
		return err
	}
	if refusal = by(b); b.short(refusal) {
		return &unsettled{refusal}
	}
	return refusal
}
