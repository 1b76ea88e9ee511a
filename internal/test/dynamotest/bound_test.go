package dynamotest

import (
	"errors"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

func TestBoundProcessDiesWithItsParent(t *testing.T) {
	t.Parallel()
	deaths := map[string]func(parent int) error{
		"killed":      func(parent int) error { return syscall.Kill(parent, syscall.SIGKILL) },
		"terminated":  func(parent int) error { return syscall.Kill(parent, syscall.SIGTERM) },
		"interrupted": func(parent int) error { return syscall.Kill(-parent, syscall.SIGINT) }, // Ctrl-C in a terminal
		"hung up":     func(parent int) error { return syscall.Kill(-parent, syscall.SIGHUP) }, // the terminal is closed
	}
	for name, die := range deaths {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parent, line := startHelper(t, "process")
			child, err := strconv.Atoi(line)
			if err != nil {
				t.Fatalf("the helper says %q", line)
			}
			if !alive(child) {
				t.Fatal("the process died early")
			}
			if err := die(parent.Process.Pid); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the process is gone", func() bool { return !alive(child) })
		})
	}
}

func alive(process int) bool {
	return !errors.Is(syscall.Kill(process, 0), syscall.ESRCH)
}

func TestBoundProcessEnds(t *testing.T) {
	t.Parallel()
	process, err := startBound("sh", "-c", "echo out; echo err >&2; exit 3")
	if err != nil {
		t.Fatal(err)
	}
	<-process.ended
	for _, want := range []string{"out\n", "err\n"} {
		if got := process.output.String(); !strings.Contains(got, want) {
			t.Errorf("the output %q lacks %q", got, want)
		}
	}
}

func TestBoundProcessIsEnded(t *testing.T) {
	t.Parallel()
	process, err := startBound("sleep", "3600")
	if err != nil {
		t.Fatal(err)
	}
	process.end()
}
