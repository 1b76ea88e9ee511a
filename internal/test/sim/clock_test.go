package sim

import (
	"sync/atomic"
	"time"
)

// clock stands still until the driver moves it. A read that has had its answer
// may still look at it while the driver runs, hence the atomic.
type clock struct{ since atomic.Int64 }

var beginning = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

func (c *clock) now() time.Time { return beginning.Add(time.Duration(c.since.Load())) }

func (c *clock) advance(d time.Duration) { c.since.Add(int64(d)) }
