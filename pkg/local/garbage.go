package local

import "runtime/debug"

// The memory in use is small compared with what a machine has, and a little more of
// it saves half of the processor time spent on collecting garbage.
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
