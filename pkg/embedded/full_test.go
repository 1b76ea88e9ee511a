package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// fillDisk writes until the disk is full, says what was done, and then holds every
// call to its answer.
func fillDisk(dir string) error {
	db, err := Open(dir, tableName)
	if err != nil {
		return err
	}
	ctx := context.Background()
	filler := item{"filler": text(strings.Repeat("filler! ", 10_000))}
	for n := 1; ; n++ {
		if err := db.putN(ctx, fmt.Sprintf("p%d", n), n, filler); err != nil {
			if !errors.Is(err, ErrUnavailable) {
				return err
			}
			fmt.Println("done", n-1)
			break
		}
	}
	for range 100 {
		_, read := db.getN(ctx, "p1")
		for _, err := range []error{read, db.putN(ctx, "late", 1, nil), db.putTwo(ctx, "late", "later", 1), db.Failed()} {
			if !errors.Is(err, ErrUnavailable) {
				return fmt.Errorf("after the failure: %w", err)
			}
		}
	}
	fmt.Println("unavailable")
	return db.Close()
}

// TestFullDisk fills a disk. Afterwards nothing hangs, and once there is room every
// write that was answered is there.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	dir := smallDisk(t)
	h := startHelper(t, "fill", dir)
	// Whatever hangs is killed, and has not said that it was well.
	timer := time.AfterFunc(time.Minute, func() { _ = h.cmd.Process.Kill() })
	defer timer.Stop()
	var done int
	if line := h.line(); !isDone(line, &done) || done == 0 {
		t.Fatalf("the process says %q", line)
	}
	if line := h.line(); line != "unavailable" {
		t.Fatalf("the process says %q", line)
	}
	if err := h.cmd.Wait(); err != nil {
		t.Fatalf("the process ends with %v", err)
	}
	if out, err := exec.Command("mount", "-o", "remount,size=512m", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	db := mustOpen(t, dir)
	for n := 1; n <= done; n++ {
		if got, err := db.getN(t.Context(), fmt.Sprintf("p%d", n)); got != n || err != nil {
			t.Fatalf("of %d items number %d is %d, %v", done, n, got, err)
		}
	}
	if err := db.putN(t.Context(), "late", 1, nil); err != nil {
		t.Error(err)
	}
	mustClose(t, db)
	t.Logf("%d items were done", done)
}

func isDone(line string, n *int) bool {
	_, err := fmt.Sscanf(line, "done %d", n)
	return err == nil
}

// smallDisk is a file system of its own, which root alone may have.
func smallDisk(t *testing.T) string {
	t.Helper()
	if os.Getuid() != 0 {
		if os.Getenv("CI") == "true" {
			t.Fatal("this test mounts a small file system, and CI must be root for it")
		}
		t.Skip("LEFT OUT: this test mounts a small file system, which needs root")
	}
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=40m", "agentstore-test", dir).CombinedOutput(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no small file system can be mounted: %v: %s", err, out)
		}
		t.Skipf("LEFT OUT: no small file system can be mounted: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	return dir
}
