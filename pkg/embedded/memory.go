package embedded

import (
	"bytes"
	"context"
	"errors"
	"sync"

	"github.com/tidwall/btree"
)

// memory keeps everything in a tree, and forgets it with the process.
type memory struct {
	mu   sync.RWMutex
	tree *btree.BTreeG[pair]
}

func newMemory() *memory {
	// The lock of the tree is left out, for memory has its own.
	return &memory{tree: btree.NewBTreeGOptions(before, btree.Options{NoLocks: true})}
}

func before(a, b pair) bool { return bytes.Compare(a.key, b.key) < 0 }

func (m *memory) view(see func(view) error) error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return see(treeView{m.tree})
}

func (m *memory) update(ctx context.Context, decide func(view) (changes, error)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	changes, err := decide(treeView{m.tree})
	if err != nil {
		return err
	}
	for _, change := range changes {
		if change.value == nil {
			m.tree.Delete(change)
		} else {
			m.tree.Set(change)
		}
	}
	return nil
}

func (m *memory) backup(string) error {
	return errors.New("embedded: a table in memory has no copy on disk")
}

func (m *memory) failed() error { return nil }

func (m *memory) close() error { return nil }

type treeView struct{ tree *btree.BTreeG[pair] }

func (v treeView) get(key []byte) ([]byte, error) {
	found, _ := v.tree.Get(pair{key: key})
	return found.value, nil
}

func (v treeView) scan(lower, upper []byte, backwards bool, yield func(key, value []byte) bool) error {
	if backwards {
		v.tree.Descend(pair{key: upper}, func(found pair) bool {
			if bytes.Equal(found.key, upper) {
				return true
			}
			return bytes.Compare(found.key, lower) >= 0 && yield(found.key, found.value)
		})
		return nil
	}
	v.tree.Ascend(pair{key: lower}, func(found pair) bool {
		return bytes.Compare(found.key, upper) < 0 && yield(found.key, found.value)
	})
	return nil
}
