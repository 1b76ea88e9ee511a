package embedded

import (
	"fmt"
	"sync"

	"github.com/cockroachdb/pebble/v2"
)

// failure is the first thing that went wrong, after which nothing is trusted.
//
// Pebble ends the process where it cannot go on: through its logger, and where it
// cannot change its log, by a panic that nobody can recover from. Here the goroutine
// that meets the failure stops permanently instead, before pebble learns of it, and
// everybody who waits for it gets the failure.
type failure struct {
	once     sync.Once
	cause    error
	happened chan struct{}
}

func newFailure() *failure { return &failure{happened: make(chan struct{})} }

func (f *failure) fail(cause error) error {
	f.once.Do(func() {
		f.cause = fmt.Errorf("%w: %w", ErrUnavailable, cause)
		close(f.happened)
	})
	return f.get()
}

func (f *failure) get() error {
	select {
	case <-f.happened:
		return f.cause
	default:
		return nil
	}
}

// stop is for a goroutine that must not go on.
func (f *failure) stop(cause error) {
	_ = f.fail(cause)
	select {}
}

// unless returns what do returns, or the failure that it has stopped at.
func (f *failure) unless(do func() error) error {
	done := make(chan error, 1)
	go func() { done <- do() }()
	select {
	case err := <-done:
		return err
	case <-f.happened:
		return f.get()
	}
}

// listener is for failures that pebble survives but its data does not.
func (f *failure) listener() *pebble.EventListener {
	return &pebble.EventListener{
		BackgroundError: func(err error) { _ = f.fail(err) },
		DataCorruption:  func(info pebble.DataCorruptionInfo) { _ = f.fail(info.Details) },
	}
}

// Infof implements the logger of pebble.
func (f *failure) Infof(string, ...any) {}

// Errorf implements the logger of pebble.
func (f *failure) Errorf(string, ...any) {}

// Fatalf implements the logger of pebble, for which it ends the process.
func (f *failure) Fatalf(format string, args ...any) { f.stop(fmt.Errorf(format, args...)) }
