package release

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestCheckNext(t *testing.T) {
	t.Parallel()
	made := []string{"0.9.0", "0.10.0"}
	for next, want := range map[string]bool{
		"0.10.1": true, "0.11.0": true, "1.0.0": true,
		"0.10.0": false, "0.9.9": false, "0.1.0": false,
		"v0.11.0": false, "0.11": false, "0.11.0-rc1": false, "0.011.0": false, "": false, "../0.11.0": false,
	} {
		if err := CheckNext(made, next); (err == nil) != want {
			t.Errorf("%q after %v: %v", next, made, err)
		}
	}
}

func TestReleased(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 11, 27, 1, 2, 3, 0, time.UTC)
	const page = "# What has changed?\n\n## Unreleased\n\n- New.\n\n## 0.1.0, 2026-11-01\n\nThe first.\n"
	after, entry, err := Released(page, "0.2.0", day)
	const want = "# What has changed?\n\n## Unreleased\n\n## 0.2.0, 2026-11-27\n\n- New.\n\n## 0.1.0, 2026-11-01\n\nThe first.\n"
	if err != nil || after != want || entry != "- New." {
		t.Errorf("%v\n%s\nof which the entry is %q", err, after, entry)
	}
	for what, refused := range map[string][2]string{
		"an empty entry":       {after, "0.3.0"},
		"a version with entry": {page, "0.1.0"},
		"no heading":           {"# What has changed?\n", "0.2.0"},
	} {
		if _, _, err := Released(refused[0], refused[1], day); err == nil {
			t.Errorf("%s is released", what)
		}
	}
}

func TestPack(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	from, archive, to := filepath.Join(dir, "from"), filepath.Join(dir, "a.tar.gz"), filepath.Join(dir, "to")
	write(t, filepath.Join(from, "format"), "1\n")
	write(t, filepath.Join(from, "table", "000002.log"), "rows")
	write(t, filepath.Join(from, "table", "LOCK"), "")
	if err := Pack(from, archive); err != nil {
		t.Fatal(err)
	}
	if err := Unpack(archive, to); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"format": "1\n", "table/000002.log": "rows", "table/LOCK": ""} {
		if got, err := os.ReadFile(filepath.Join(to, name)); err != nil || string(got) != want {
			t.Errorf("%s has %q, %v", name, got, err)
		}
	}
	again := filepath.Join(dir, "b.tar.gz")
	if err := Pack(to, again); err != nil {
		t.Fatal(err)
	}
	if first, second := read(t, archive), read(t, again); !bytes.Equal(first, second) {
		t.Error("the same files are packed to other bytes")
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
