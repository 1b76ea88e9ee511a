package local

import "runtime/debug"

// The memory that is in use is small beside what a machine has, and half of the
// processor's time for collecting garbage goes for a little more of it.
const (
	usualGarbage = 100
	moreGarbage  = 300
)

// collectLess lets the heap grow to four times what is in use, unless GOGC says
// otherwise.
func collectLess() {
	if before := debug.SetGCPercent(moreGarbage); before != usualGarbage {
		debug.SetGCPercent(before)
	}
}
