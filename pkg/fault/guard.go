package fault

import (
	"fmt"
	"runtime/debug"
)

// Guard turns a panic of f into an error with its stack. In a goroutine nobody else
// could, and the process would end with every other request in it.
func Guard(f func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
		}
	}()
	return f()
}
