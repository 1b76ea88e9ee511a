package embedded

import (
	"testing"

	"pgregory.net/rapid"
)

// TestRecentIsNeverStale: what it knows is what was written last.
func TestRecentIsNeverStale(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		var known recent
		table := make(map[string][]byte)
		size := rapid.IntRange(generation/8, generation/4) // so that generations end soon
		keys := rapid.Map(rapid.IntRange(0, 9), func(n int) []byte { return []byte{itemSpace, byte(n)} })
		for range rapid.IntRange(1, 30).Draw(r, "steps") {
			key := keys.Draw(r, "key")
			switch rapid.IntRange(0, 2).Draw(r, "step") {
			case 0:
				table[string(key)] = make([]byte, size.Draw(r, "size"))
				known.write(changes{{key, table[string(key)]}})
			case 1:
				delete(table, string(key))
				known.write(changes{{key, nil}})
			case 2: // a reading
				if found, ok := known.get(key); !ok && table[string(key)] != nil {
					known.put(key, table[string(key)])
				} else if ok && &found[0] != &table[string(key)][0] {
					r.Fatalf("%v is stale", key)
				}
			}
			if size := sizeOfRecent(known); size > 3*generation {
				r.Fatalf("it has %d bytes", size)
			}
		}
	})
}

func sizeOfRecent(r recent) (size int) {
	for _, values := range []map[string][]byte{r.young, r.old} {
		for _, value := range values {
			size += len(value)
		}
	}
	return size
}

// TestLateReading: a reader that began before a write does not leave behind what it
// read.
func TestLateReading(t *testing.T) {
	t.Parallel()
	db := mustOpen(t, t.TempDir())
	defer mustClose(t, db)
	put := func(n int) {
		t.Helper()
		if err := db.putN(t.Context(), "row", n, nil); err != nil {
			t.Fatal(err)
		}
	}
	d := db.pebble()
	forget := func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.shown = recent{}
	}
	put(1)
	err := d.view(func(late view) error {
		put(2)
		forget()
		old, err := late.get(primary{"row", "n"}.bytes())
		if err != nil {
			return err
		}
		i, err := stored(old).item()
		if n, _ := nOf(i); n != 1 {
			t.Errorf("the late reader sees %d", n)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := db.getN(t.Context(), "row"); err != nil || n != 2 {
		t.Errorf("later readers see %d, %v", n, err)
	}
}
