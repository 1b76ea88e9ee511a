package release

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"time"

	"agentstore/internal/process"
)

// startTime is how long a store may take to start, and to stop.
const startTime = 30 * time.Second

// Program is a binary of agentstore, of any version.
type Program struct {
	Binary string
	Env    []string // variables besides those of Start
}

// Store is a Program that serves.
type Store struct {
	URL   string // without a path
	Key   string // of the demo agent
	out   *process.Output
	stop  func() error
	ended chan error
}

// Run returns what a command of the program on a store in a folder prints.
func (p Program) Run(ctx context.Context, data string, words ...string) (string, error) {
	c := p.command(ctx, data, words...)
	text, err := c.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("agentstore %q: %w\n%s", words, err, text)
	}
	return string(text), err
}

// Start serves the store in a folder until Stop, or the end of the context.
func (p Program) Start(ctx context.Context, data string) (*Store, error) {
	c := p.command(ctx, data, "run")
	s := &Store{out: &process.Output{}, ended: make(chan error, 1)}
	c.Stdout, c.Stderr = s.out, s.out
	if err := c.Start(); err != nil {
		return nil, err
	}
	s.stop = func() error { return c.Process.Signal(os.Interrupt) }
	go func() { s.ended <- c.Wait() }()
	return s, s.listening()
}

func (p Program) command(ctx context.Context, data string, words ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, p.Binary, words...)
	c.Env = append([]string{"ADDR=127.0.0.1:0", "KEY_MODE=test", "LOG_LEVEL=warn", "DATA_DIR=" + data}, p.Env...)
	return c
}

var exports = regexp.MustCompile(`AGENT_STORE_API_BASE_URL=(http://\S+)/v1/agent\s+export AGENT_STORE_AGENT_API_KEY=(\S+)\n`)

// listening waits until the store says where it is.
func (s *Store) listening() error {
	late := time.After(startTime)
	for {
		if m := exports.FindStringSubmatch(s.out.String()); m != nil {
			s.URL, s.Key = m[1], m[2]
			return nil
		}
		select {
		case err := <-s.ended:
			return fmt.Errorf("the store did not start: %w\n%s", err, s.out)
		case <-late:
			return errors.Join(fmt.Errorf("the store did not start within %v\n%s", startTime, s.out), s.stop())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Stop ends the store as Ctrl-C does, and returns all that it printed.
func (s *Store) Stop() (string, error) {
	if err := s.stop(); err != nil {
		return "", err
	}
	select {
	case err := <-s.ended:
		if err != nil {
			return "", fmt.Errorf("the store ended with %w\n%s", err, s.out)
		}
		return s.out.String(), nil
	case <-time.After(startTime):
		return "", fmt.Errorf("the store did not stop within %v", startTime)
	}
}
