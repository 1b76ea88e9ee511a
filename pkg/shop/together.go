package shop

import "agentstore/pkg/fault"

// together runs functions at the same time and returns the first error in their
// order, so that the outcome does not depend on which was faster.
func together(fs ...func() error) error {
	errs := make([]error, len(fs))
	done := make(chan struct{})
	for i, f := range fs {
		go func() {
			defer func() { done <- struct{}{} }()
			errs[i] = fault.Guard(f)
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
