package embedded

import (
	"context"
	"errors"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestStoragesAreAlike does the same in memory and on disk, and sees the same.
func TestStoragesAreAlike(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		tree := newMemory()
		disk, err := openDisk("data", diskOptions{fs: vfs.NewMem()})
		if err != nil {
			r.Fatal(err)
		}
		defer disk.close()
		key := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 'a', 254, 255}), 1, 4)
		for range rapid.IntRange(1, 30).Draw(r, "steps") {
			var c changes
			for range rapid.IntRange(0, 3).Draw(r, "changes") {
				if k := key.Draw(r, "key"); rapid.Bool().Draw(r, "remove") {
					c.remove(k)
				} else {
					c.set(k, rapid.SliceOfN(rapid.Byte(), 1, 3).Draw(r, "value"))
				}
			}
			refuse := rapid.IntRange(0, 9).Draw(r, "refuse") == 5
			got, k := key.Draw(r, "get"), key.Draw(r, "lower")
			upper, backwards := key.Draw(r, "upper"), rapid.Bool().Draw(r, "backwards")
			limit := rapid.IntRange(1, 20).Draw(r, "limit")
			want := seen(r, tree, c, refuse, got, k, upper, backwards, limit)
			if diff := cmp.Diff(want, seen(r, disk, c, refuse, got, k, upper, backwards, limit)); diff != "" {
				r.Fatalf("-in memory +on disk:\n%s", diff)
			}
		}
	})
}

var errRefused = errors.New("refused")

// seen is what an update sees before it writes, and others after it.
func seen(r *rapid.T, s storage, c changes, refuse bool, key, lower, upper []byte, backwards bool, limit int) (seen [][]byte) {
	look := func(v view) error {
		value, err := v.get(key)
		if err != nil {
			return err
		}
		seen = append(seen, []byte("get"), append([]byte{}, value...), []byte("scan"))
		left := limit
		return v.scan(lower, upper, backwards, func(key, value []byte) bool {
			seen = append(seen, append([]byte{}, key...), append([]byte{}, value...))
			left--
			return left > 0
		})
	}
	err := s.update(context.Background(), func(v view) (changes, error) {
		if err := look(v); err != nil {
			return nil, err
		}
		if refuse {
			return c, errRefused
		}
		return c, nil
	})
	if refuse != errors.Is(err, errRefused) || !refuse && err != nil {
		r.Fatal(err)
	}
	if err := s.view(look); err != nil {
		r.Fatal(err)
	}
	return seen
}
