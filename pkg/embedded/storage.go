package embedded

import "context"

// storage keeps bytes under keys, in the order of the keys.
type storage interface {
	// view shows a state that nothing can undo.
	view(func(view) error) error
	// update decides on the newest state, one update after another, and writes all of
	// the changes or nothing. It returns when they are on disk; an error of decide is
	// returned when the state that it is based on is.
	update(ctx context.Context, decide func(view) (changes, error)) error
	backup(dir string) error
	failed() error
	close() error
}

// view is a state of the whole table. What it returns is valid until the view ends.
type view interface {
	// get returns nil where there is nothing.
	get(key []byte) ([]byte, error)
	// scan goes through the keys from lower up to but not including upper, until
	// yield returns false.
	scan(lower, upper []byte, backwards bool, yield func(key, value []byte) bool) error
}

// changes are what an update writes. A nil value removes the key.
type changes []pair

type pair struct{ key, value []byte }

func (c *changes) set(key, value []byte) { *c = append(*c, pair{key, value}) }

func (c *changes) remove(key []byte) { *c = append(*c, pair{key, nil}) }
