package embedded

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2"
)

const (
	rowsInFiles = 400
	rowsInLog   = 200
)

// writtenFolder is the folder of a process that was killed: rows from 1 on, the first
// of them in tables and the others in the log.
func writtenFolder(t *testing.T) string {
	t.Helper()
	dir, copied := t.TempDir(), filepath.Join(t.TempDir(), "killed")
	db := mustOpen(t, dir)
	filler := item{"filler": text(strings.Repeat("filler", 30))}
	for n := 1; n <= rowsInFiles+rowsInLog; n++ {
		if err := db.putN(t.Context(), row(n), n, filler); err != nil {
			t.Fatal(err)
		}
		if n == rowsInFiles/2 || n == rowsInFiles {
			if err := db.pebble().pebble.Flush(); err != nil {
				t.Fatal(err)
			}
		}
	}
	copyFolder(t, dir, copied)
	mustClose(t, db)
	return copied
}

func row(n int) string { return fmt.Sprintf("row%06d", n) }

func copyFolder(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// filesOf are those of pebble in a folder, by the end of their names.
func filesOf(t *testing.T, dir, end string) (files []string) {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(dir, pebbleFolder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range all {
		if strings.HasSuffix(file, end) || strings.HasPrefix(filepath.Base(file), end) {
			files = append(files, file)
		}
	}
	if len(files) == 0 {
		t.Fatalf("no file of %q is among %q", end, all)
	}
	return files
}

// readRows reads all rows. It returns the first that is gone, and whether a reading
// was refused; nothing may be there behind what is gone, and nothing may be wrong.
func readRows(t *testing.T, what string, db *DB) (gone int, refused bool) {
	t.Helper()
	gone = rowsInFiles + rowsInLog + 1
	for n := 1; n <= rowsInFiles+rowsInLog; n++ {
		got, err := db.getN(t.Context(), row(n))
		switch {
		case errors.Is(err, ErrUnavailable):
			return gone, true
		case err != nil || got != n && got != 0:
			t.Errorf("%s: %s is %d, %v", what, row(n), got, err)
		case got == 0:
			gone = min(gone, n)
		case n > gone:
			t.Errorf("%s: %s is there, and %s is lost", what, row(n), row(gone))
		}
	}
	return gone, false
}

// TestTruncatedLog cuts off the end of the log. What is left is there: a log that
// ends early is that of a machine that crashed before the rest was written.
func TestTruncatedLog(t *testing.T) {
	t.Parallel()
	written := writtenFolder(t)
	for n := range times(10) {
		dir := filepath.Join(t.TempDir(), "cut")
		copyFolder(t, written, dir)
		log := slices.Max(filesOf(t, dir, ".log"))
		info, err := os.Stat(log)
		if err != nil {
			t.Fatal(err)
		}
		left := rand.Int64N(info.Size())
		if err := os.Truncate(log, left); err != nil {
			t.Fatal(err)
		}
		what := fmt.Sprintf("cut %d at %d of %d bytes", n, left, info.Size())
		db, err := Open(dir, tableName)
		if err != nil {
			t.Logf("%s: %v", what, err)
			continue
		}
		if gone, refused := readRows(t, what, db); refused || gone <= rowsInFiles {
			t.Errorf("%s: the first row that is gone is %d, refused: %v", what, gone, refused)
		}
		_ = db.Close()
	}
}

// TestDamagedFiles changes a byte anywhere, or cuts a file that is not the log. Then the folder is not
// opened, or a reading is refused, or nothing is lost: but never is a row wrong or
// missing. Only damage in the last 32 KiB of the log cannot be told from its end.
func TestDamagedFiles(t *testing.T) {
	t.Parallel()
	written := writtenFolder(t)
	outcomes := make(map[string]int)
	for n := range times(60) {
		dir := filepath.Join(t.TempDir(), "damaged")
		copyFolder(t, written, dir)
		end := []string{".sst", ".log", "MANIFEST", "marker.manifest", "OPTIONS", "marker.format-version"}[n%6]
		file := slices.Max(filesOf(t, dir, end))
		how, inLastBlock := damage(t, file, end != ".log" && rand.IntN(3) == 0)
		what := fmt.Sprintf("%s of %s", how, filepath.Base(file))
		db, err := Open(dir, tableName)
		if err != nil {
			outcomes[end+" not opened"]++
			continue
		}
		gone, refused := readRows(t, what, db)
		if end == ".log" && inLastBlock && gone > rowsInFiles {
			outcomes["end of the log"]++
		} else if gone <= rowsInFiles+rowsInLog {
			t.Errorf("%s: %s is lost, and nobody says so", what, row(gone))
		}
		if refused {
			outcomes[end+" refused"]++
			isUnavailable(t, what+": a write", db.putN(t.Context(), "late", 1, nil))
		} else {
			outcomes[end+" intact"]++
		}
		_ = db.Close()
	}
	t.Log(outcomes)
}

func damage(t *testing.T, file string, cut bool) (how string, inLastBlock bool) {
	t.Helper()
	bytes, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	// Logs are longer than what is written to them.
	used := len(strings.TrimRight(string(bytes), "\x00"))
	if used == 0 {
		return "nothing", false
	}
	at := rand.IntN(used)
	how = fmt.Sprintf("byte %d of %d", at, used)
	if cut {
		how, bytes = fmt.Sprintf("cut at %d of %d", at, used), bytes[:at]
	} else {
		bytes[at] ^= byte(1 << rand.IntN(8))
	}
	if err := os.WriteFile(file, bytes, 0o600); err != nil {
		t.Fatal(err)
	}
	const block = 32 << 10
	return how, at/block == (used-1)/block
}

// TestMissingFiles: a table or log that is gone is not overlooked.
func TestMissingFiles(t *testing.T) {
	t.Parallel()
	written := writtenFolder(t)
	for _, end := range []string{".sst", "MANIFEST"} {
		dir := filepath.Join(t.TempDir(), "missing")
		copyFolder(t, written, dir)
		if err := os.Remove(filesOf(t, dir, end)[0]); err != nil {
			t.Fatal(err)
		}
		db, err := Open(dir, tableName)
		if err != nil {
			continue
		}
		if gone, refused := readRows(t, end, db); !refused {
			t.Errorf("without a file of %s: the first row that is gone is %d", end, gone)
		}
		_ = db.Close()
	}
}

func TestFormats(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		format string
		want   string // of the error
	}{
		"this one":           {"1\n", ""},
		"a newer one":        {"2\n", ErrNewer.Error()},
		"none":               {"", "damaged"},
		"no number":          {"one\n", "damaged"},
		"one that never was": {"0\n", "damaged"},
		"a negative one":     {"-1\n", "damaged"},
	}
	for name, test := range tests {
		dir := t.TempDir()
		mustClose(t, mustOpen(t, dir))
		if err := os.WriteFile(filepath.Join(dir, formatFile), []byte(test.format), 0o600); err != nil {
			t.Fatal(err)
		}
		db, err := Open(dir, tableName)
		if test.want == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			mustClose(t, db)
			continue
		}
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestOlderPebble opens what an older version of pebble has written, and brings it to
// the format of this one. Of agentstore's own formats 1 is the first.
func TestOlderPebble(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	mustClose(t, mustOpen(t, dir))
	table := filepath.Join(dir, pebbleFolder)
	if err := os.RemoveAll(table); err != nil {
		t.Fatal(err)
	}
	old, err := pebble.Open(table, &pebble.Options{FormatMajorVersion: pebble.FormatMinSupported, Logger: newFailure()})
	if err != nil {
		t.Fatal(err)
	}
	key := primary{row(1), "n"}
	if err := old.Set(key.bytes(), encode(item{partitionKey: text(row(1)), sortKey: text("n"), "n": number(1)}), pebble.Sync); err != nil {
		t.Fatal(err)
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	db := mustOpen(t, dir)
	defer mustClose(t, db)
	if n, err := db.getN(t.Context(), row(1)); n != 1 || err != nil {
		t.Errorf("the row is %d, %v", n, err)
	}
	if got := db.pebble().pebble.FormatMajorVersion(); got != pebbleFormat {
		t.Errorf("the format is %v, want %v", got, pebbleFormat)
	}
}
