package dynamotest

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"sync"
)

// boundScript runs its arguments as a command that ends no later than the
// writer of its standard input. No process can clean up after its own SIGKILL,
// but the kernel closes its pipes, and that is what the watcher waits for. It
// needs nothing but a POSIX shell, and unlike Linux's parent death signal it
// does not depend on the thread that forked.
//
// The signals of a terminal go to the whole process group, and must not end
// the shell before the command: they end the test binary, and that is enough.
const boundScript = `
trap '' HUP INT TERM
exec 3<&0
"$@" 3<&- </dev/null &
command=$!
( read -r _ <&3; kill -9 "$command" ) >/dev/null 2>&1 &
watcher=$!
exec 3<&-
wait "$command"
kill -9 "$watcher"
`

// boundProcess is a process that does not outlive this one.
type boundProcess struct {
	output *safeBuffer
	// ended is closed when the process has ended.
	ended <-chan struct{}
	life  io.Closer
}

// startBound starts a command whose life is bound to this process, even when
// this process is killed.
func startBound(name string, args ...string) (*boundProcess, error) {
	cmd := exec.Command("sh", append([]string{"-c", boundScript, "sh", name}, args...)...)
	// The command is free to leave files in its working folder: not in ours.
	cmd.Dir = os.TempDir()
	output := new(safeBuffer)
	cmd.Stdout, cmd.Stderr = output, output
	life, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		// How it ended is of no interest; that it ended is.
		_ = cmd.Wait()
	}()
	return &boundProcess{output: output, ended: ended, life: life}, nil
}

// end kills the process and waits until it is gone.
func (p *boundProcess) end() {
	_ = p.life.Close()
	<-p.ended
}

// safeBuffer is a bytes.Buffer that one goroutine may read while another writes.
type safeBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}
