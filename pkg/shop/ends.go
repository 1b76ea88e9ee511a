package shop

import (
	"cmp"
	"maps"
	"slices"
	"sync"

	"agentstore/pkg/id"
	"agentstore/pkg/sorting"
)

// Ends is what one process remembers of holds. To end each hold of a purchase by an
// update of its own would take as many writes of the wallet and the budgets as the
// purchases themselves, and one item takes only so many a second. So where others are
// about to write the item anyway, an end is left to them.
//
// Only what is committed and went out is left: its hold moved the money when it began,
// and a proof of it never changes. So it may be removed by anybody, and more than once.
// What is forgotten here, because the process has died, somebody else proves again. The
// zero value is ready for use.
type Ends struct {
	// Crowd is how many open holds of others crowd an item; zero is half of the places in a
	// wallet. With fewer, an item is far from as many writes as it takes.
	Crowd int

	mu sync.Mutex
	// left are the ends that nobody has carried yet.
	left map[id.Account]map[heldRow]map[id.Hold]Hold
	// underway is how many changes of an account hold something.
	underway map[id.Account]int
	// ours are holds of this process, and what it has proved of others: whether their
	// changes are known to be committed. Former is the generation before.
	ours, former map[id.Hold]bool
}

// heldRow names an item that holds: a wallet, or the budget of an agent or, without one,
// of the account.
type heldRow struct {
	wallet bool
	agent  id.Agent
}

// compare has budgets come before wallets.
func (r heldRow) compare(other heldRow) int {
	if r.wallet != other.wallet {
		if other.wallet {
			return -1
		}
		return 1
	}
	return cmp.Compare(r.agent, other.agent)
}

const (
	// mostCarried is how many ends one update carries.
	mostCarried = 48
	// mostOurs is how many holds a generation remembers. They are of the last seconds at
	// any rate.
	mostOurs = 4096
)

// begin has a change be under way.
func (e *Ends) begin(account id.Account, hold id.Hold) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.remember(hold, false)
	if e.underway == nil {
		e.underway = make(map[id.Account]int)
	}
	e.underway[account]++
}

// over has a change be under way no longer, and reports whether it was the last one of
// its account: nobody of this process is about to carry anything.
func (e *Ends) over(account id.Account) (last bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.underway[account]--
	if e.underway[account] > 0 {
		return false
	}
	delete(e.underway, account)
	return true
}

// remember needs the lock.
func (e *Ends) remember(hold id.Hold, committed bool) {
	if len(e.ours) >= mostOurs {
		e.former, e.ours = e.ours, nil
	}
	if e.ours == nil {
		e.ours = make(map[id.Hold]bool)
	}
	e.ours[hold] = committed
}

// committed reports whether the change of a hold is known to be committed.
func (e *Ends) committed(hold id.Hold) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.ours[hold] || e.former[hold]
}

// others are the holds that this process has not made and of which it has proved
// nothing, the oldest first.
func (e *Ends) others(open []Hold) []Hold {
	e.mu.Lock()
	defer e.mu.Unlock()
	others := slices.DeleteFunc(slices.Clone(open), func(h Hold) bool {
		_, ours := e.ours[h.ID]
		_, former := e.former[h.ID]
		return ours || former
	})
	sorting.By(others, func(a, b Hold) int { return cmp.Compare(a.ID, b.ID) })
	return others
}

// crowded are those holds where they crowd, and none otherwise.
func (e *Ends) crowded(open []Hold) []Hold {
	if others := e.others(open); len(others) >= cmp.Or(e.Crowd, MaxWalletHolds/2) {
		return others
	}
	return nil
}

// leave leaves the ends of holds to whoever updates the item next.
func (e *Ends) leave(account id.Account, row heldRow, holds ...Hold) {
	if len(holds) == 0 {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.left == nil {
		e.left = make(map[id.Account]map[heldRow]map[id.Hold]Hold)
	}
	rows := e.left[account]
	if rows == nil {
		rows = make(map[heldRow]map[id.Hold]Hold)
		e.left[account] = rows
	}
	if rows[row] == nil {
		rows[row] = make(map[id.Hold]Hold)
	}
	for _, h := range holds {
		rows[row][h.ID] = h
		e.remember(h.ID, true)
	}
}

// take takes ends to carry. Whoever could not leaves them again.
func (e *Ends) take(account id.Account, row heldRow) []Hold {
	e.mu.Lock()
	defer e.mu.Unlock()
	rows := e.left[account]
	var taken []Hold
	for hold, h := range rows[row] {
		if len(taken) == mostCarried {
			return taken
		}
		taken = append(taken, h)
		delete(rows[row], hold)
	}
	delete(rows, row)
	if len(rows) == 0 {
		delete(e.left, account)
	}
	return taken
}

// rows are the items of an account of which ends are left.
func (e *Ends) rows(account id.Account) []heldRow {
	e.mu.Lock()
	defer e.mu.Unlock()
	return sorting.Collect(maps.Keys(e.left[account]), heldRow.compare)
}
