package docs

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"syscall"
	"time"

	"agentstore/internal/process"
)

// startTime is how long a program may take to serve, compiling included, and to stop.
const startTime = 3 * time.Minute

// service is a command that stays in the foreground of a terminal of its own.
type service struct {
	text  string
	cmd   *exec.Cmd
	out   *process.Output
	ended chan error
}

// serve starts a command, and returns when ready says that it serves.
func serve(ctx context.Context, dir string, env []string, text string, ready func(printed string) bool) (*service, error) {
	s := &service{text: text, cmd: exec.CommandContext(ctx, "bash", "-c", text), out: &process.Output{}, ended: make(chan error, 1)}
	s.cmd.Dir, s.cmd.Env = dir, env
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	s.cmd.Stdout, s.cmd.Stderr = s.out, s.out
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { s.ended <- s.cmd.Wait() }()
	late := time.After(startTime)
	for !ready(s.out.String()) {
		select {
		case err := <-s.ended:
			return nil, fmt.Errorf("it ended: %w\n%s", err, s.out)
		case <-late:
			return nil, errors.Join(fmt.Errorf("it did not start within %v\n%s", startTime, s.out), s.stop())
		case <-time.After(50 * time.Millisecond):
		}
	}
	return s, nil
}

// stop is Ctrl-C, which reaches all of the command's processes.
func (s *service) stop() error {
	if err := syscall.Kill(-s.cmd.Process.Pid, syscall.SIGINT); err != nil {
		return err
	}
	select {
	case <-s.ended: // make says that it was interrupted
		return nil
	case <-time.After(startTime):
		return errors.Join(errors.New("it did not stop"), syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL))
	}
}
