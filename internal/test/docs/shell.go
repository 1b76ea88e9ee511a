package docs

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"syscall"
)

// shell is a bash that runs one command after another.
type shell struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func newShell(ctx context.Context, dir string, env []string) (*shell, error) {
	s := &shell{cmd: exec.CommandContext(ctx, "bash", "--noprofile", "--norc")}
	s.cmd.Dir, s.cmd.Env = dir, env
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var err error
	if s.in, err = s.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.cmd.Stderr = s.cmd.Stdout
	s.out = bufio.NewReader(out)
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	_, err = s.run("shopt -s expand_aliases")
	return s, err
}

// end is what the shell prints after each command.
const end = "--- the command ended with "

// run returns what a command prints, and an error unless it ends well. The command
// cannot read what is typed after it.
func (s *shell) run(text string) (string, error) {
	if _, err := fmt.Fprintf(s.in, "{ %s\n} </dev/null\necho; echo \"%s$?\"\n", text, end); err != nil {
		return "", err
	}
	var printed strings.Builder
	for {
		line, err := s.out.ReadString('\n')
		if err != nil {
			return printed.String(), fmt.Errorf("the shell is gone: %w", err)
		}
		if status, ended := strings.CutPrefix(line, end); ended {
			if status != "0\n" {
				err = fmt.Errorf("it ends with status %s", strings.TrimSpace(status))
			}
			return strings.TrimSuffix(printed.String(), "\n"), err
		}
		printed.WriteString(line)
	}
}

// close ends the shell, and what it has left in the background.
func (s *shell) close() {
	_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL)
	_ = s.cmd.Wait() // it says that it was killed
}
