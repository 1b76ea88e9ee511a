package shop

import (
	"sync"

	"agentstore/pkg/fault"
)

// parallel runs functions at the same time and returns the first error in their
// order, so that the outcome does not depend on which was faster. The last one
// runs in the caller's own goroutine, which has nothing else to do.
func parallel(fs ...func() error) error {
	if len(fs) == 0 {
		return nil
	}
	errs := make([]error, len(fs))
	last := len(fs) - 1
	var others sync.WaitGroup
	for i, f := range fs[:last] {
		others.Go(func() { errs[i] = fault.Guard(f) })
	}
	errs[last] = fault.Guard(fs[last])
	others.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
