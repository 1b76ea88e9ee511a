package local

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"agentstore/pkg/app"
	"agentstore/pkg/seal"
	"agentstore/pkg/shop"
)

// The key of a folder is made once, for its owner alone. What it has sealed is lost
// with it.
func TestSecretsKey(t *testing.T) {
	t.Parallel()
	db := Database{Folder: Folder(t.TempDir())}
	path := filepath.Join(string(db.Folder), "secrets-key")
	of := shop.SecretOf{Account: "acc_1", Service: "svc_1", Action: "act_1"}
	ring, err := Secrets(t.Context(), app.Config{}, db)
	expectGood(t, err)
	sealed, err := ring.Seal(t.Context(), of, []byte("hunter2"))
	expectGood(t, err)
	expectGood(t, os.Chmod(path, 0o644))
	again, err := Secrets(t.Context(), app.Config{}, db)
	expectGood(t, err)
	if text, err := again.Open(t.Context(), of, sealed); err != nil || string(text) != "hunter2" {
		t.Errorf("after a restart: %q, %v", text, err)
	}
	info, err := os.Stat(path)
	expectGood(t, err)
	if info.Mode().Perm() != 0o600 || info.Size() != seal.KeySize {
		t.Errorf("the file has %v and %d bytes", info.Mode(), info.Size())
	}

	expectGood(t, os.Remove(path))
	another, err := Secrets(t.Context(), app.Config{}, db)
	expectGood(t, err)
	if text, err := another.Open(t.Context(), of, sealed); err != shop.ErrUnreadable {
		t.Errorf("by another key: %q, %v", text, err)
	}
	expectGood(t, os.WriteFile(path, bytes.Repeat([]byte{1}, seal.KeySize-1), 0o600))
	if _, err := Secrets(t.Context(), app.Config{}, db); err == nil || !strings.Contains(err.Error(), "secrets-key has 31 bytes instead of 32: remove it") {
		t.Errorf("a key that is cut off: %v", err)
	}
}

func expectGood(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
