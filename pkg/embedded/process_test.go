package embedded

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// helpers are what the test binary does as another process. Each prints what it has
// done in lines.
var helpers = map[string]func(dir string) error{
	"write": writeUntilKilled,
	"hold":  holdFolder,
	"fill":  fillDisk,
}

// helper is the test binary as another process.
type helper struct {
	cmd   *exec.Cmd
	lines *bufio.Scanner
}

func startHelper(t *testing.T, task, dir string) *helper {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), helperVariable+"="+task, "EMBEDDED_DIR="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return &helper{cmd, bufio.NewScanner(out)}
}

// line is the next line that it prints, and empty at its end.
func (h *helper) line() string {
	h.lines.Scan()
	return h.lines.Text()
}

const helperWriters = 8

// writeUntilKilled says each write before and after it: "begin 3 17" and "done 3 17"
// are number 17 of writer 3.
func writeUntilKilled(dir string) error {
	db, err := Open(dir, tableName)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	say := func(word string, writer, n int) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Println(word, writer, n)
	}
	failures := make(chan error)
	for writer := range helperWriters {
		go func() {
			a, b := fmt.Sprintf("a%d", writer), fmt.Sprintf("b%d", writer)
			n, err := db.getN(context.Background(), a)
			for ; err == nil; n++ {
				if n > 0 {
					say("done", writer, n)
				}
				err = db.putTwo(context.Background(), a, b, n+1)
			}
			failures <- err
		}()
	}
	return <-failures
}

// TestKilledInALoop kills a process that writes, again and again. Whatever it said
// was done is there, and of each transaction all or nothing.
func TestKilledInALoop(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var done [helperWriters]int
	writes := 0
	for kill := range times(6) {
		h := startHelper(t, "write", dir)
		time.AfterFunc(100*time.Millisecond+rand.N(200*time.Millisecond), func() { _ = h.cmd.Process.Kill() })
		for line := h.line(); line != ""; line = h.line() {
			var writer, n int
			if _, err := fmt.Sscanf(line, "done %d %d", &writer, &n); err != nil {
				continue // the last line may be cut off
			}
			done[writer] = max(done[writer], n)
			writes++
		}
		_ = h.cmd.Wait()
		db := mustOpen(t, dir)
		for writer, n := range done {
			a, errA := db.getN(t.Context(), fmt.Sprintf("a%d", writer))
			b, errB := db.getN(t.Context(), fmt.Sprintf("b%d", writer))
			if err := errors.Join(errA, errB); err != nil {
				t.Fatal(err)
			}
			if a != b || a < n {
				t.Errorf("kill %d, writer %d: %d and %d are there, %d was done", kill, writer, a, b, n)
			}
		}
		mustClose(t, db)
	}
	t.Logf("%d writes", writes)
	if writes == 0 {
		t.Error("nothing was written: this test shows nothing")
	}
}

// holdFolder opens the folder and keeps it.
func holdFolder(dir string) error {
	if _, err := Open(dir, tableName); err != nil {
		return err
	}
	fmt.Println("open")
	time.Sleep(time.Hour)
	return nil
}

func TestASecondProcessLearnsOfTheFirst(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := startHelper(t, "hold", dir)
	if line := first.line(); line != "open" {
		t.Fatalf("the first process says %q", line)
	}
	_, err := Open(dir, tableName)
	if !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), fmt.Sprintf("process %d ", first.cmd.Process.Pid)) {
		t.Errorf("the second process learns %v", err)
	}
	if err := first.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = first.cmd.Wait()
	mustClose(t, mustOpen(t, dir))
}

func TestASecondTableInOneProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db := mustOpen(t, dir)
	if _, err := Open(dir, tableName); !errors.Is(err, ErrInUse) {
		t.Errorf("the folder is opened twice: %v", err)
	}
	if err := db.putN(t.Context(), "a", 1, nil); err != nil {
		t.Errorf("the first: %v", err)
	}
	mustClose(t, db)
}
