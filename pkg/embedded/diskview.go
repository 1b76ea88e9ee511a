package embedded

import (
	"errors"

	"github.com/cockroachdb/pebble/v2"
)

// show lets readers see a state and what has led to it, and none when it is nil.
func (d *disk) show(s *state, requests ...*request) {
	d.mu.Lock()
	old := d.durable
	d.durable = s
	for _, r := range requests {
		d.shown.write(r.wrote)
	}
	d.mu.Unlock()
	d.release(old)
}

func (d *disk) view(see func(view) error) error {
	if err := d.failed(); err != nil {
		return err
	}
	d.mu.Lock()
	s := d.durable
	if s == nil {
		d.mu.Unlock()
		return errClosed
	}
	s.users++
	d.mu.Unlock()
	defer d.release(s)
	return see(shownView{pebbleView{s.snapshot, d}, s})
}

// state is what the table was at one moment.
type state struct {
	snapshot *pebble.Snapshot
	users    int
}

func (d *disk) release(s *state) {
	d.mu.Lock()
	s.users--
	last := s.users == 0
	d.mu.Unlock()
	if !last {
		return
	}
	select {
	case d.unused <- s.snapshot:
	case <-d.failure.happened:
	}
}

// tidy closes what nobody reads any more. After a failure pebble may wait here for a
// lock that is never released, and no reader must wait with it.
func (d *disk) tidy() {
	for snapshot := range d.unused {
		_ = snapshot.Close()
	}
}

// shownView is a state that readers see.
type shownView struct {
	pebbleView
	state *state
}

func (v shownView) get(key []byte) ([]byte, error) {
	v.disk.mu.Lock()
	value, known := v.disk.shown.get(key) // of this state or a later one, which is on disk too
	v.disk.mu.Unlock()
	if known {
		return value, nil
	}
	value, err := v.pebbleView.get(key)
	if value == nil || err != nil {
		return nil, err
	}
	v.disk.mu.Lock()
	defer v.disk.mu.Unlock()
	if v.disk.durable == v.state { // else it may have changed meanwhile
		v.disk.shown.put(key, value)
	}
	return value, nil
}

// newestView is the state that updates are decided on.
type newestView struct{ pebbleView }

func (v newestView) get(key []byte) ([]byte, error) {
	if value, known := v.disk.newest.get(key); known {
		return value, nil
	}
	value, err := v.pebbleView.get(key)
	if value != nil {
		v.disk.newest.put(key, value)
	}
	return value, err
}

// pebbleView reads from a snapshot, or the newest state.
type pebbleView struct {
	reader pebble.Reader
	disk   *disk
}

func (v pebbleView) get(key []byte) ([]byte, error) {
	value, closer, err := v.reader.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, v.disk.failure.fail(err)
	}
	own := append(make([]byte, 0, len(value)), value...)
	return own, closer.Close()
}

func (v pebbleView) scan(lower, upper []byte, backwards bool, yield func(key, value []byte) bool) error {
	iter, err := v.reader.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return v.disk.failure.fail(err)
	}
	step, valid := iter.Next, false
	if backwards {
		step, valid = iter.Prev, iter.Last()
	} else {
		valid = iter.First()
	}
	for ; valid; valid = step() {
		value, err := iter.ValueAndErr()
		if err != nil || !yield(iter.Key(), value) {
			break
		}
	}
	if err := iter.Close(); err != nil {
		return v.disk.failure.fail(err)
	}
	return nil
}
