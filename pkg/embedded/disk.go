package embedded

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// disk keeps everything in a folder. One goroutine decides and applies updates one
// after another; another one waits until they are on disk, many at a time, and only
// then shows them to readers and answers.
type disk struct {
	pebble   *pebble.DB
	folder   *folder
	requests chan *request
	applied  chan group
	stopped  sync.WaitGroup // both of them
	closed   sync.WaitGroup // what closes snapshots
	stop     chan struct{}

	mu      sync.Mutex
	durable *state // what readers see
	shown   recent // of it

	newest  recent                // of what is applied; for the goroutine that applies alone
	unused  chan *pebble.Snapshot // that nobody reads any more
	failure *failure
}

// diskOptions are what tests change.
type diskOptions struct{ fs vfs.FS }

// request is an update that waits for its answer.
type request struct {
	ctx    context.Context
	decide func(view) (changes, error)
	batch  *pebble.Batch // nil where nothing was written
	wrote  changes
	err    error
	answer chan error
}

// group are updates that become visible together.
type group struct {
	requests []*request
	state    *state
}

const (
	// maxGroup bounds how long the first of a group waits for the others.
	maxGroup = 64
	// The memory of the store does not grow with its data.
	cacheSize    = 64 << 20
	memTableSize = 16 << 20
)

func openDisk(dir string, o diskOptions) (*disk, error) {
	if o.fs == nil {
		o.fs = vfs.Default
	}
	d := &disk{
		requests: make(chan *request), applied: make(chan group, 8), stop: make(chan struct{}),
		unused: make(chan *pebble.Snapshot, 8), failure: newFailure(),
	}
	folder, err := openFolder(dir, o.fs)
	if err != nil {
		return nil, err
	}
	d.folder = folder
	err = d.failure.unless(func() (err error) {
		d.pebble, err = pebble.Open(filepath.Join(dir, pebbleFolder), d.options(&guard{o.fs, folder, d.failure}))
		return err
	})
	if err != nil {
		folder.close()
		return nil, fmt.Errorf("embedded: the data in %s cannot be opened: %w", dir, err)
	}
	d.durable = d.snapshot()
	d.stopped.Go(d.apply)
	d.stopped.Go(d.sync)
	d.closed.Go(d.tidy)
	return d, nil
}

func (d *disk) options(fs vfs.FS) *pebble.Options {
	o := &pebble.Options{
		FS:                 fs,
		FormatMajorVersion: pebbleFormat,
		CacheSize:          cacheSize,
		MemTableSize:       memTableSize,
		MaxOpenFiles:       512,
		Logger:             d.failure,
		EventListener:      d.failure.listener(),
		// A write waits for nothing but the disk: two tables may wait for theirs.
		MemTableStopWritesThreshold: 4,
		L0CompactionThreshold:       8,
		L0StopWritesThreshold:       24,
	}
	for i := range o.Levels {
		// Most writes ask first whether there is an item already.
		o.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
	}
	return o
}

// snapshot is the state of this moment. Only the goroutine that applies may take it.
func (d *disk) snapshot() *state {
	return &state{snapshot: d.pebble.NewSnapshot(), users: 1}
}

// update waits for its answer for as long as the disk works.
func (d *disk) update(ctx context.Context, decide func(view) (changes, error)) error {
	r := &request{ctx: ctx, decide: decide, answer: make(chan error, 1)}
	select {
	case d.requests <- r:
	case <-d.stop:
		return errClosed
	case <-d.failure.happened:
		return d.failed()
	}
	select {
	case err := <-r.answer:
		return err
	case <-d.failure.happened:
		return d.failed()
	}
}

var errClosed = fmt.Errorf("%w: it is closed", ErrUnavailable)

// apply decides and applies the updates, each on top of those before it.
func (d *disk) apply() {
	defer close(d.applied)
	for {
		select {
		case r := <-d.requests:
			d.applyGroup(r)
		case <-d.stop:
			return
		case <-d.failure.happened:
			return
		}
	}
}

// applyGroup applies an update, and others that are already waiting.
func (d *disk) applyGroup(r *request) {
	var g group
	wrote := false
	for more := true; more; r, more = d.waiting(len(g.requests)) {
		d.applyOne(r)
		g.requests = append(g.requests, r)
		wrote = wrote || r.batch != nil
	}
	if wrote {
		g.state = d.snapshot()
	}
	d.applied <- g
}

func (d *disk) waiting(already int) (r *request, more bool) {
	if already == maxGroup {
		return nil, false
	}
	select {
	case r = <-d.requests:
		return r, true
	default:
		return nil, false
	}
}

func (d *disk) applyOne(r *request) {
	if r.err = r.ctx.Err(); r.err != nil {
		return
	}
	changes, err := r.decide(newestView{pebbleView{d.pebble, d}})
	if err != nil || len(changes) == 0 {
		r.err = err
		return
	}
	batch := d.pebble.NewBatchWithSize(sizeOfChanges(changes))
	for _, c := range changes {
		if err := write(batch, c); err != nil {
			r.err = d.failure.fail(err)
			return
		}
	}
	if err := d.pebble.ApplyNoSyncWait(batch, pebble.Sync); err != nil {
		r.err = d.failure.fail(err)
		return
	}
	r.batch, r.wrote = batch, changes
	d.newest.write(changes)
}

// write adds a change to a batch. The place of an item is set once before it is removed,
// so that the two can annihilate each other: most entries of the index live for
// milliseconds, and their tombstones would be compacted again and again.
func write(batch *pebble.Batch, c pair) error {
	switch {
	case c.value != nil:
		return batch.Set(c.key, c.value, nil)
	case c.key[0] == itemSpace:
		return batch.Delete(c.key, nil)
	default:
		return batch.SingleDelete(c.key, nil)
	}
}

func sizeOfChanges(changes changes) int {
	const overhead = 32
	size := overhead
	for _, c := range changes {
		size += len(c.key) + len(c.value) + overhead
	}
	return size
}

// sync waits for the disk, group by group. A refused update waits too, for those
// that it was refused because of.
func (d *disk) sync() {
	for g := range d.applied {
		for _, r := range g.requests {
			if r.batch == nil {
				continue
			}
			if err := r.batch.SyncWait(); err != nil {
				d.failure.fail(err)
				return
			}
			_ = r.batch.Close()
		}
		if d.failed() != nil {
			return
		}
		if g.state != nil {
			d.show(g.state, g.requests...)
		}
		for _, r := range g.requests {
			r.answer <- r.err
		}
	}
}

func (d *disk) failed() error { return d.failure.get() }

func (d *disk) close() error {
	defer d.folder.close()
	if d.failed() != nil {
		return nil // what is left is for the next start
	}
	err := d.failure.unless(func() error {
		close(d.stop)
		d.stopped.Wait()
		d.show(nil)
		close(d.unused)
		d.closed.Wait()
		return d.pebble.Close()
	})
	_ = d.failure.fail(errClosed) // for whoever comes too late
	return err
}

func (d *disk) backup(dir string) error {
	if err := d.failed(); err != nil {
		return err
	}
	return d.failure.unless(func() error { return d.folder.backup(d.pebble, dir) })
}
