package sim

import (
	"fmt"
	"runtime/debug"
)

// task is an operation under way. It runs from one of its calls to the next
// while the driver waits, and the driver runs while the task waits in a call.
type task struct {
	// at is the call that the task waits in.
	at   call
	wake chan verdict
	// idle says that the task waits: false in a call, true for ever.
	idle   chan bool
	panics string
}

// call is something that a task is about to do to the world.
type call struct {
	kind callKind
	name string
}

type callKind int

const (
	callStorage callKind = iota // a write
	callProvider
	callSleep
	callRead // that is made late
)

// verdict is what becomes of a call. The zero verdict lets it happen.
type verdict struct {
	moment moment
	err    error // what the caller sees
	dies   bool  // the process of the task ends here
}

// moment is when a call fails.
type moment int

const (
	never moment = iota
	before
	after // it happened, and its answer is lost
)

func newTask(run func()) *task {
	t := &task{wake: make(chan verdict), idle: make(chan bool)}
	go func() {
		<-t.wake
		defer func() {
			if cause := recover(); cause != nil {
				t.panics = fmt.Sprintf("%v\n%s", cause, debug.Stack())
			}
			t.idle <- true
		}()
		run()
	}()
	return t
}

// resume lets the task go on from its call to the next, and reports whether it has
// ended. The first resume starts it.
func (t *task) resume(v verdict) (ended bool) {
	t.wake <- v
	return <-t.idle
}

// wait stops the task in a call until the driver resumes it.
func (t *task) wait(c call) verdict {
	t.at = c
	t.idle <- false
	return <-t.wake
}
