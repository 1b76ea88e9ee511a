package shop

import (
	"sync"

	"agentstore/pkg/id"
)

// backlog hands out due jobs so that none of the accounts waits for another one's: in
// rotation, one of each, and no more of one at once than leaves room for the others.
type backlog struct {
	most int // of one account at once

	mu       sync.Mutex
	accounts []*owed
	next     int // whose turn it is
}

// owed are the jobs of one account that have not begun, and how many are under way.
type owed struct {
	account id.Account
	jobs    []JobRef
	running int
}

// newBacklog is of jobs in the order in which they are to begin for each account.
func newBacklog(due []JobRef, most int) *backlog {
	b := &backlog{most: most}
	of := make(map[id.Account]*owed)
	for _, ref := range due {
		o := of[ref.Account]
		if o == nil {
			o = &owed{account: ref.Account}
			of[ref.Account] = o
			b.accounts = append(b.accounts, o)
		}
		o.jobs = append(o.jobs, ref)
	}
	return b
}

// take hands out the next job. There is none while each account that has jobs has as
// many under way as it may: whoever ends one of them takes on.
func (b *backlog) take() (JobRef, *owed, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for range b.accounts {
		o := b.accounts[b.next%len(b.accounts)]
		b.next++
		if len(o.jobs) == 0 || o.running == b.most {
			continue
		}
		ref := o.jobs[0]
		o.jobs = o.jobs[1:]
		o.running++
		return ref, o, true
	}
	return JobRef{}, nil, false
}

func (b *backlog) ended(o *owed) {
	b.mu.Lock()
	defer b.mu.Unlock()
	o.running--
}

// left is how many jobs have not begun.
func (b *backlog) left() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	left := 0
	for _, o := range b.accounts {
		left += len(o.jobs)
	}
	return left
}
