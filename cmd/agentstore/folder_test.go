package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"agentstore/internal/test/storetest"
	"agentstore/internal/test/storetest/contract"
	"agentstore/pkg/control"
)

// dataDir is a folder of which a store makes its own. Its path is short: that of a
// test may be too long for a socket.
func dataDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "store")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return filepath.Join(dir, "data")
}

// command is what a command prints, in another process as far as it knows.
func command(t *testing.T, dir string, args ...string) (string, error) {
	t.Helper()
	out := &output{}
	err := run(t.Context(), args, out, environ("DATA_DIR="+dir))
	return out.String(), err
}

// expectCommand is a command that succeeds and prints that.
func expectCommand(t *testing.T, dir, want string, args ...string) string {
	t.Helper()
	printed, err := command(t, dir, args...)
	if err != nil || !strings.Contains(printed, want) {
		t.Errorf("%q: %v, it prints %q, want %q in it", args, err, printed, want)
	}
	return printed
}

// expectRefusal is a command that fails for that reason.
func expectRefusal(t *testing.T, dir, want string, args ...string) {
	t.Helper()
	printed, err := command(t, dir, args...)
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%q: %v, want %q; it prints %q", args, err, want, printed)
	}
}

func expectMode(t *testing.T, path string, want os.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != want {
		t.Errorf("%s: %v, %v, want %v", path, info, err, want)
	}
}

// status is what a request with the key gets.
func status(t *testing.T, url, key string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+storetest.Services, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+key)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	return answer.StatusCode
}

// TestARestartFindsEverything: the key, what was bought, what was under way, who is
// logged in.
func TestARestartFindsEverything(t *testing.T) {
	t.Parallel()
	dir, addr := dataDir(t), freeAddress(t)
	// The provider does not get well in the first life of the store.
	base, key, stop := startStore(t, "DATA_DIR="+dir, "ADDR="+addr, "MOCK_FAILURES=create:1")
	call := contract.REST(http.DefaultClient, base, key)
	service := call(t, "purchase_create", withKey(storetest.Order()))["service"].(map[string]any)
	if service["status"] != "provisioning" {
		t.Fatalf("the service is %v", service["status"])
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	logIn(t, browser, base)
	printed := stop()
	if !strings.Contains(printed, "make reset") || !strings.Contains(printed, "Its data stays in the folder "+dir) {
		t.Errorf("it does not say where the data are, and how to be rid of them: %s", printed)
	}
	expectMode(t, dir, 0o700)
	expectMode(t, filepath.Join(dir, "demo-key"), 0o600)
	expectMode(t, filepath.Join(dir, "secrets-key"), 0o600)
	sealedBy := file(t, filepath.Join(dir, "secrets-key"))
	if len(sealedBy) != 32 {
		t.Errorf("the key of the secrets has %d bytes", len(sealedBy))
	}

	base, again, stop := startStore(t, "DATA_DIR="+dir, "ADDR="+addr)
	if again != key {
		t.Errorf("the key was %s, and is %s", key, again)
	}
	settle(t, contract.REST(http.DefaultClient, base, key), service["id"].(string), "provisioning", "active")
	if _, text := read(t, browser, http.MethodGet, base+"/", nil); !strings.Contains(text, "Ada") {
		t.Errorf("nobody is logged in any more: %s", text)
	}
	expectCommand(t, dir, "is revoked", "key", "revoke", key[len("ask_test_"):][:38])
	stop()

	base, another, _ := startStore(t, "DATA_DIR="+dir, "ADDR="+addr)
	if another == key || status(t, base, another) != http.StatusOK {
		t.Errorf("after %s was revoked the key is %s", key, another)
	}
	expectMode(t, filepath.Join(dir, "demo-key"), 0o600)
	if file(t, filepath.Join(dir, "secrets-key")) != sealedBy {
		t.Error("the key of the secrets is another one")
	}
}

func file(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func logIn(t *testing.T, browser *http.Client, base string) {
	t.Helper()
	at, _ := read(t, browser, http.MethodGet, base+"/login", nil)
	fields := at.Query()
	fields.Set("name", "Ada")
	fields.Set("email", "ada@example.com")
	at.RawQuery = ""
	if at, text := read(t, browser, http.MethodPost, at.String(), fields); at.String() != base+"/" {
		t.Fatalf("the login ends at %s: %s", at, text)
	}
}

// accountIn is the account that a command has printed.
func accountIn(t *testing.T, printed string) string {
	t.Helper()
	_, rest, found := strings.Cut(printed, "--account ")
	if !found {
		t.Fatalf("no account in %q", printed)
	}
	return strings.Fields(rest)[0]
}

func keyIn(t *testing.T, printed string) string {
	t.Helper()
	_, rest, found := strings.Cut(printed, "AGENT_STORE_AGENT_API_KEY=")
	if !found {
		t.Fatalf("no key in %q", printed)
	}
	return strings.Fields(rest)[0]
}

// TestCommandsWhileTheStoreRuns has each of them carried out by the store, or
// refused, and all but those of a running store again when it has stopped.
func TestCommandsWhileTheStoreRuns(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	url, demo, stop := startStore(t, "DATA_DIR="+dir)
	expectMode(t, filepath.Join(dir, "agentstore.sock"), 0o600)
	key := ""
	for _, running := range []bool{true, false} {
		if !running {
			stop()
			expectRefusal(t, dir, "no store is running", "metrics")
		}
		expectCommand(t, dir, "0 written, 15 unchanged", "seed")
		printed := expectCommand(t, dir, "A new test key", "key", "create", "--name", "bot")
		key = keyIn(t, printed)
		expectCommand(t, dir, "holds $500.00", "fund", "--account", accountIn(t, printed), "--amount", "50000", "--reference", "r")
		expectCommand(t, dir, "Every promise is kept", "verify")
		expectCommand(t, dir, "The folder "+dir+" can be read", "verify")
		expectRefusal(t, dir, "has no service svc_01JDEM00000000000000000000", "protect", "--account", accountIn(t, printed), "--service", "svc_01JDEM00000000000000000000")
		expectRefusal(t, dir, "there is no key", "key", "revoke", "01JDEM00000000000000000000AGENT1AAAAAA")
		if running && status(t, url, key) != http.StatusOK {
			t.Error("the new key does not work")
		}
		expectCommand(t, dir, "is revoked", "key", "revoke", key[len("ask_test_"):][:38])
		if running && status(t, url, key) != http.StatusUnauthorized {
			t.Error("the revoked key works")
		}
		if running {
			expectCommand(t, dir, "# TYPE agentstore_holds_total counter\nagentstore_holds_total 0\n", "metrics")
			for _, args := range [][]string{{"reset"}, {"run"}, {"work"}} {
				expectRefusal(t, dir, fmt.Sprintf("process %d has", os.Getpid()), args...)
			}
			if status(t, url, demo) != http.StatusOK {
				t.Error("the store does not answer any more")
			}
		}
	}
}

// TestOwnCatalogOfACommand: who seeds a store that runs means the catalog of their
// own environment.
func TestOwnCatalogOfACommand(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	startStore(t, "DATA_DIR="+dir)
	text, err := os.ReadFile("../../pkg/catalog/catalog.yaml")
	if err != nil {
		t.Fatal(err)
	}
	own := filepath.Join(t.TempDir(), "catalog.yaml")
	if err := os.WriteFile(own, bytes.Replace(text, []byte("VPS Micro"), []byte("VPS Minimus"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	out := &output{}
	if err := run(t.Context(), []string{"seed"}, out, environ("DATA_DIR="+dir, "CATALOG_FILE="+own)); err != nil || !strings.Contains(out.String(), "1 written, 14 unchanged") {
		t.Errorf("%v, it prints %q", err, out)
	}
}

// TestBackupUnderLoad copies a store while it sells, and goes on with the copy
// elsewhere.
func TestBackupUnderLoad(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	base, key, stop := startStore(t, "DATA_DIR="+dir, "DEMO_CREDIT_MINOR=100000000")
	ctx, enough := context.WithCancel(t.Context())
	var buyers sync.WaitGroup
	for buyer := range 2 {
		buyers.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				order := storetest.Order()
				order["idempotencyKey"] = fmt.Sprint(buyer, "-", n)
				buy(t, base, key, order)
			}
		})
	}
	backups := filepath.Join(filepath.Dir(dir), "backups")
	if err := os.Mkdir(backups, 0o700); err != nil {
		t.Fatal(err)
	}
	for n := range 3 {
		expectCommand(t, dir, "The store as it was at", "backup", filepath.Join(backups, fmt.Sprint(n)))
	}
	expectRefusal(t, dir, "a backup goes into a new folder", "backup", filepath.Join(backups, "0"))
	enough()
	buyers.Wait()
	stop()

	for n := range 3 {
		from := filepath.Join(backups, fmt.Sprint(n))
		for _, key := range []string{"demo-key", "secrets-key"} {
			if _, err := os.Stat(filepath.Join(from, key)); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("%s is in a backup: %v", key, err)
			}
		}
		to := filepath.Join(filepath.Dir(dir), fmt.Sprint("restored", n))
		expectCommand(t, to, "Every promise is kept", "restore", from)
		expectRefusal(t, to, "there is already a store in "+to+"", "restore", from)
	}
	restored, newKey, _ := startStore(t, "DATA_DIR="+filepath.Join(filepath.Dir(dir), "restored2"))
	if status(t, restored, key) != http.StatusOK || status(t, restored, newKey) != http.StatusOK {
		t.Error("a key does not work in the restored store")
	}
	expectCommand(t, filepath.Join(filepath.Dir(dir), "restored2"), "Every promise is kept", "verify")
}

func buy(t *testing.T, base, key string, order map[string]any) {
	t.Helper()
	body, err := json.Marshal(order)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+storetest.Purchases, strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+key)
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Error(err)
		return
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusCreated && answer.StatusCode != http.StatusTooManyRequests {
		t.Errorf("a purchase gets %d", answer.StatusCode)
	}
}

// TestDamagedBackup: what was changed since, or was not finished, is not restored,
// and leaves nothing behind.
func TestDamagedBackup(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	_, _, stop := startStore(t, "DATA_DIR="+dir)
	stop()
	from := filepath.Join(filepath.Dir(dir), "backup")
	expectCommand(t, dir, "The store as it was at", "backup", from)
	to := filepath.Join(filepath.Dir(dir), "restored")
	log, err := filepath.Glob(filepath.Join(from, "table", "*"))
	if err != nil || len(log) == 0 {
		t.Fatal(log, err)
	}
	text, err := os.ReadFile(log[0])
	if err != nil {
		t.Fatal(err)
	}
	for name, damage := range map[string]func() error{
		"is damaged: it differs from what was backed up": func() error { return os.WriteFile(log[0], append(text, 0), 0o600) },
		"no such file": func() error { return os.Remove(log[0]) },
	} {
		if err := damage(); err != nil {
			t.Fatal(err)
		}
		expectRefusal(t, to, name, "restore", from)
		if left, err := os.ReadDir(to); err != nil || len(left) > 0 {
			t.Errorf("it leaves %v, %v", left, err)
		}
		if err := os.WriteFile(log[0], text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Rename(filepath.Join(from, "backup.json"), filepath.Join(from, "elsewhere.json")); err != nil {
		t.Fatal(err)
	}
	expectRefusal(t, to, "is not a backup, or an unfinished one", "restore", from)
	if err := os.WriteFile(filepath.Join(from, "backup.json"), []byte(`{"format": 3}`), 0o600); err != nil {
		t.Fatal(err)
	}
	expectRefusal(t, to, "has format 3, but this program knows none above 2", "restore", from)
	if err := os.WriteFile(filepath.Join(from, "backup.json"), []byte(`{"format": 2, "storeFormat": 4}`), 0o600); err != nil {
		t.Fatal(err)
	}
	expectRefusal(t, to, "of a store in format 4, but this program knows none above 3", "restore", from)
	if err := os.WriteFile(filepath.Join(from, "backup.json"), []byte(`{"format": 1, "files": {"../out": ""}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	expectRefusal(t, to, `"../out" is not a file name`, "restore", from)
}

func TestReset(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	_, key, stop := startStore(t, "DATA_DIR="+dir)
	stop()
	note := filepath.Join(dir, "note")
	if err := os.WriteFile(note, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	expectCommand(t, dir, "is gone", "reset")
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 || left[0].Name() != "note" {
		t.Errorf("it leaves %v, %v", left, err)
	}
	// What is not a store's is nobody's to remove, nor to use.
	expectRefusal(t, dir, "there is no store", "reset")
	expectRefusal(t, dir, "is not empty and holds no store", "run")
	if err := os.Remove(note); err != nil {
		t.Fatal(err)
	}
	base, again, _ := startStore(t, "DATA_DIR="+dir)
	if again == key || status(t, base, key) != http.StatusUnauthorized {
		t.Error("the key of the store that was removed works")
	}
}

// A folder of an older format than is read is refused as a whole, and can be removed.
func TestOldFolder(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	_, _, stop := startStore(t, "DATA_DIR="+dir)
	stop()
	identity := filepath.Join(dir, "store.json")
	text, err := os.ReadFile(identity)
	if err != nil {
		t.Fatal(err)
	}
	old := strings.Replace(string(text), `"format": 3`, `"format": 1`, 1)
	if err := os.WriteFile(identity, []byte(old), 0o600); err != nil || old == string(text) {
		t.Fatalf("%v: %s", err, text)
	}
	expectRefusal(t, dir, "is from before the first release", "run")
	expectRefusal(t, dir, "remove it with agentstore reset", "verify")
	expectCommand(t, dir, "is gone", "reset")
	_, _, stop = startStore(t, "DATA_DIR="+dir)
	stop()
}

// TestNoStoreYet: a tool that is run in the wrong place makes nothing.
func TestNoStoreYet(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	for _, args := range [][]string{{"seed"}, {"key", "create"}, {"verify"}, {"work"}, {"reset"}, {"backup", "b"}} {
		expectRefusal(t, dir, "there is no store in "+dir, args...)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("there is something: %v", err)
	}
}

// TestFolderOfAnother: what an administrator wrote there its owner could not read.
func TestFolderOfAnother(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" || os.Geteuid() != 0 {
		t.Skip("needs the right to give a folder away")
	}
	dir := dataDir(t)
	_, _, stop := startStore(t, "DATA_DIR="+dir)
	stop()
	if err := os.Chown(dir, 12345, 12345); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"verify"}, {"run"}, {"reset"}} {
		expectRefusal(t, dir, "belongs to the user with the id 12345", args...)
	}
}

// TestPathTooLongForASocket: the store runs all the same, and others are told who
// has the folder.
func TestPathTooLongForASocket(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), strings.Repeat("x", 100))
	url, key, stop := startStore(t, "DATA_DIR="+dir)
	if status(t, url, key) != http.StatusOK {
		t.Error("the store does not answer")
	}
	expectRefusal(t, dir, fmt.Sprintf("process %d has", os.Getpid()), "verify")
	stop()
	expectCommand(t, dir, "Every promise is kept", "verify")
}

// TestOnlyCommandsOfAStore: whoever has the socket cannot have the store start
// another one, or speak for an agent.
func TestOnlyCommandsOfAStore(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	startStore(t, "DATA_DIR="+dir)
	for _, words := range every(t) {
		marked := map[string]bool{
			"seed": true, "key create": true, "key revoke": true, "protect": true, "unprotect": true, "fund": true,
			"backup": true, "verify": true, "metrics": true,
			"help": true, "key": true, // which do nothing
		}[strings.Join(words, " ")]
		if marked {
			continue
		}
		if len(words) > 0 && words[0] == "restore" {
			words = append(words, "x")
		}
		out := &output{}
		err := control.Send(t.Context(), filepath.Join(dir, "agentstore.sock"), control.Words{Args: words, Folder: dir}, out)
		if err == nil || !strings.Contains(err.Error(), "cannot be done by a running store") || out.String() != "" {
			t.Errorf("%q: %v, it prints %q", words, err, out)
		}
	}
}
