package shop

import (
	"context"
	"log/slog"
	"sync/atomic"
)

// Meter counts how much writes were in each other's way. The zero value is ready for
// use, by several goroutines at once.
type Meter struct {
	counts [len(counters)]atomic.Int64
	// whole is what this one is part of; nil for none.
	whole *Meter
}

// Counter is what a Meter counts one kind of.
type Counter int

// The counters.
const (
	Conflicts Counter = iota
	Retries
	Holds
	Waits
	Throttles
)

var counters = [...]struct{ name, help string }{
	Conflicts: {"conflicts", "Transactions and single writes that were lost to another transaction."},
	Retries:   {"retries", "Writes that started over because another one was quicker."},
	Holds:     {"holds", "Changes that held what they spend before they were written."},
	Waits:     {"waits", "Times that a change waited for a place in a wallet."},
	Throttles: {"throttles", "Calls of the table that were throttled."},
}

// Count is one number of a Meter.
type Count struct {
	Name string // as conflicts
	Help string // a sentence for people
	N    int64
}

// Counts are all numbers, always in the same order.
func (m *Meter) Counts() []Count {
	counts := make([]Count, len(counters))
	for i, c := range counters {
		counts[i] = Count{c.name, c.help, m.counts[i].Load()}
	}
	return counts
}

// Attrs are what a log line says: the counts that are not zero. Metric filters of the
// template read them.
func (m *Meter) Attrs() (attrs []slog.Attr) {
	for _, c := range m.Counts() {
		if c.N > 0 {
			attrs = append(attrs, slog.Int64(c.Name, c.N))
		}
	}
	return attrs
}

type meterKey struct{}

// Metered has what is done with the context counted by a meter, and by that of the
// parent as well.
func Metered(ctx context.Context, m *Meter) context.Context {
	m.whole, _ = ctx.Value(meterKey{}).(*Meter)
	return context.WithValue(ctx, meterKey{}, m)
}

// CountOne counts one more for whoever has the context metered.
func CountOne(ctx context.Context, c Counter) {
	m, _ := ctx.Value(meterKey{}).(*Meter)
	for ; m != nil; m = m.whole {
		m.counts[c].Add(1)
	}
}
