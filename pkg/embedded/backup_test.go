package embedded

import (
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// TestBackupWhileOthersWrite: a copy is of one moment, has what was answered before it
// was begun, and is a table like another.
func TestBackupWhileOthersWrite(t *testing.T) {
	t.Parallel()
	db := mustOpen(t, t.TempDir())
	defer mustClose(t, db)
	var writers sync.WaitGroup
	stop := make(chan struct{})
	for _, pair := range [][2]string{{"a", "b"}, {"c", "d"}} {
		writers.Go(func() {
			for n := 1; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				if err := db.putTwo(t.Context(), pair[0], pair[1], n); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range times(5) {
		time.Sleep(5 * time.Millisecond)
		before, err := db.getN(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(t.TempDir(), "new", "backup")
		if err := db.Backup(dir); err != nil {
			t.Fatal(err)
		}
		if err := db.Backup(dir); err == nil {
			t.Error("a backup is written over another")
		}
		restored := mustOpen(t, dir)
		n := make(map[string]int)
		for _, pk := range []string{"a", "b", "c", "d"} {
			if n[pk], err = restored.getN(t.Context(), pk); err != nil {
				t.Fatal(err)
			}
		}
		if n["a"] != n["b"] || n["c"] != n["d"] || n["a"] < before {
			t.Errorf("%v is in the copy, and a was %d before", n, before)
		}
		if err := restored.putN(t.Context(), "a", -1, nil); err != nil {
			t.Error(err)
		}
		mustClose(t, restored)
	}
	close(stop)
	writers.Wait()
	if n, err := db.getN(t.Context(), "a"); n < 1 || err != nil {
		t.Errorf("a is %d, %v, after a write to the copies", n, err)
	}
}

func TestMemoryHasNoBackup(t *testing.T) {
	t.Parallel()
	if err := Memory(tableName).Backup(t.TempDir()); err == nil {
		t.Error("a table in memory is copied")
	}
}
