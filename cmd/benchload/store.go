package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"agentstore/internal/process"
)

// credit is what each account starts with, in cents: more than any load spends.
const credit = 1_000_000_000_000_000

// startTime is how long a store may take to start, and to stop.
const startTime = 30 * time.Second

// store is a process of the store with its data in a folder of its own.
type store struct {
	url    string
	data   string
	pid    int
	out    *process.Output
	signal func() error
	ended  chan error
}

// start runs a new store in the folder, which ends with the context.
func (b build) start(ctx context.Context, dir string) (*store, error) {
	binary, err := filepath.Abs(b.binary)
	if err != nil {
		return nil, err
	}
	s := &store{data: filepath.Join(dir, "data"), out: &process.Output{}, ended: make(chan error, 1)}
	c := exec.CommandContext(ctx, binary, "run")
	c.Dir = dir
	c.Env = []string{
		"ADDR=127.0.0.1:0", "DATA_DIR=data", "LOG_LEVEL=warn",
		"DEMO_CREDIT_MINOR=" + strconv.Itoa(credit),
	}
	c.Stdout, c.Stderr = s.out, s.out
	if err := c.Start(); err != nil {
		return nil, err
	}
	s.pid = c.Process.Pid
	s.signal = func() error { return c.Process.Signal(os.Interrupt) }
	go func() { s.ended <- c.Wait() }()
	return s, s.listening()
}

var listens = regexp.MustCompile(`AGENT_STORE_API_BASE_URL=(http://\S+)/v1/agent`)

// listening waits until the store says where it is.
func (s *store) listening() error {
	late := time.After(startTime)
	for {
		if m := listens.FindStringSubmatch(s.out.String()); m != nil {
			s.url = m[1]
			return nil
		}
		select {
		case err := <-s.ended:
			return fmt.Errorf("the store did not start: %w\n%s", err, s.out)
		case <-late:
			return errors.Join(fmt.Errorf("the store did not start within %v\n%s", startTime, s.out), s.signal())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func (s *store) stop() error {
	if err := s.signal(); err != nil {
		return err
	}
	select {
	case err := <-s.ended:
		if err != nil {
			return fmt.Errorf("the store ended with %w\n%s", err, s.out)
		}
		return nil
	case <-time.After(startTime):
		return fmt.Errorf("the store did not stop within %v", startTime)
	}
}

// size is what the store has on disk and in memory, in bytes. Zero is unknown.
type size struct{ disk, memory int64 }

func (s *store) size() size { return size{diskOf(s.data), memoryOf(s.pid)} }

// diskOf is the length of all files in a folder; a store in memory has none.
func diskOf(dir string) (sum int64) {
	_ = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return nil // a file can go while the folder is walked
		}
		if info, err := entry.Info(); err == nil {
			sum += info.Size()
		}
		return nil
	})
	return sum
}

var resident = regexp.MustCompile(`(?m)^VmRSS:\s*(\d+) kB$`)

// memoryOf is the resident memory of a process, where the system has a /proc.
func memoryOf(pid int) int64 {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	m := resident.FindSubmatch(status)
	if m == nil {
		return 0
	}
	kilobytes, _ := strconv.ParseInt(string(m[1]), 10, 64)
	return kilobytes << 10
}
