package shop

import (
	"fmt"
	"runtime/debug"
)

// together runs functions at the same time and returns the first error in their
// order, so that the outcome does not depend on which was faster.
func together(fs ...func() error) error {
	errs := make([]error, len(fs))
	done := make(chan struct{})
	for i, f := range fs {
		go func() {
			defer func() { done <- struct{}{} }()
			errs[i] = guard(f)
		}()
	}
	for range fs {
		<-done
	}
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// guard turns a panic into an error: in a goroutine nobody else could, and the
// process would end with every other request in it.
func guard(f func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
		}
	}()
	return f()
}
