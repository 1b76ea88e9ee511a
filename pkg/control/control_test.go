package control_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agentstore/pkg/control"
)

// folder is one with a short path: that of a test may be too long for a socket.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "control")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// listening is the path of a socket at which commands are carried out until stop
// returns.
func listening(t *testing.T, run control.Command) (path string, stop func()) {
	t.Helper()
	path = filepath.Join(folder(t), "s")
	listener, err := control.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		control.Serve(ctx, listener, run)
	}()
	stop = func() {
		cancel()
		<-ended
	}
	t.Cleanup(stop)
	return path, stop
}

func TestCommandIsCarriedOut(t *testing.T) {
	t.Parallel()
	want := control.Words{Args: []string{"key", "create", "--name", "ünïcode \n"}, Folder: "/here", Catalog: []byte("items: []")}
	var got control.Words
	path, _ := listening(t, func(_ context.Context, words control.Words, out io.Writer) error {
		got = words
		fmt.Fprint(out, "a\nb")
		fmt.Fprint(out, "c\n")
		return nil
	})
	var out strings.Builder
	if err := control.Send(t.Context(), path, want, &out); err != nil || out.String() != "a\nbc\n" {
		t.Errorf("%v, it prints %q", err, out.String())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("words (-want +got):\n%s", diff)
	}
}

func TestCommandFails(t *testing.T) {
	t.Parallel()
	path, _ := listening(t, func(_ context.Context, _ control.Words, out io.Writer) error {
		fmt.Fprint(out, "half")
		return errors.New("the other half is missing")
	})
	var out strings.Builder
	err := control.Send(t.Context(), path, control.Words{}, &out)
	if err == nil || err.Error() != "the other half is missing" || out.String() != "half" {
		t.Errorf("%v, it prints %q", err, out.String())
	}
}

// What is printed is seen while the command goes on.
func TestOutputStreams(t *testing.T) {
	t.Parallel()
	seen := make(chan struct{})
	path, _ := listening(t, func(_ context.Context, _ control.Words, out io.Writer) error {
		fmt.Fprint(out, "first")
		<-seen
		return nil
	})
	reader, writer := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- control.Send(t.Context(), path, control.Words{}, writer) }()
	text := make([]byte, 5)
	if _, err := io.ReadFull(reader, text); err != nil || string(text) != "first" {
		t.Errorf("read %q, %v", text, err)
	}
	close(seen)
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// untilTheEnd is a command that goes on until its context ends.
func untilTheEnd(begun, ended chan<- struct{}) control.Command {
	return func(ctx context.Context, _ control.Words, _ io.Writer) error {
		close(begun)
		<-ctx.Done()
		close(ended)
		return ctx.Err()
	}
}

func TestCallerGoesAway(t *testing.T) {
	t.Parallel()
	begun, ended := make(chan struct{}), make(chan struct{})
	path, _ := listening(t, untilTheEnd(begun, ended))
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-begun
		cancel()
	}()
	if err := control.Send(ctx, path, control.Words{}, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("the caller gets %v", err)
	}
	<-ended
}

func TestStoreStops(t *testing.T) {
	t.Parallel()
	begun, ended := make(chan struct{}), make(chan struct{})
	path, stop := listening(t, untilTheEnd(begun, ended))
	go func() {
		<-begun
		stop()
	}()
	if err := control.Send(t.Context(), path, control.Words{}, io.Discard); err == nil {
		t.Error("a command that was cut off is a success")
	}
	<-ended
	if err := control.Send(t.Context(), path, control.Words{}, io.Discard); !errors.Is(err, control.ErrNobody) {
		t.Errorf("after the end: %v", err)
	}
}

// A process that dies leaves its callers without the end of their command.
func TestProcessDies(t *testing.T) {
	t.Parallel()
	path := filepath.Join(folder(t), "s")
	listener, err := control.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		conn, err := listener.Accept()
		if err == nil {
			fmt.Fprintln(conn, `{"out":"half"}`)
			conn.Close()
		}
	}()
	err = control.Send(t.Context(), path, control.Words{}, io.Discard)
	if err == nil || errors.Is(err, control.ErrNobody) || !strings.Contains(err.Error(), "the store stopped") {
		t.Errorf("the caller gets %v", err)
	}
}

// Whoever connects and says nothing does not keep the store from stopping.
func TestSilentCaller(t *testing.T) {
	t.Parallel()
	path, stop := listening(t, func(context.Context, control.Words, io.Writer) error {
		t.Error("a command without words is carried out")
		return nil
	})
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	time.Sleep(10 * time.Millisecond) // let it be accepted
	began := time.Now()
	stop()
	if waited := time.Since(began); waited > 2*time.Second {
		t.Errorf("stopping took %v", waited)
	}
}

// The socket of a process that was killed is in nobody's way, and is its owner's.
func TestSocketLeftBehind(t *testing.T) {
	t.Parallel()
	path := filepath.Join(folder(t), "s")
	first, err := control.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	first.(*net.UnixListener).SetUnlinkOnClose(false)
	first.Close()
	if err := control.Send(t.Context(), path, control.Words{}, io.Discard); !errors.Is(err, control.ErrNobody) {
		t.Errorf("at a socket that was left: %v", err)
	}
	second, err := control.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the socket is %v, %v", info.Mode(), err)
	}
}

func TestPathIsTooLong(t *testing.T) {
	t.Parallel()
	path := filepath.Join(folder(t), strings.Repeat("x", 100))
	if listener, err := control.Listen(path); err == nil || !strings.Contains(err.Error(), "103 bytes") {
		t.Errorf("%v, %v", listener, err)
	}
	if err := control.Send(t.Context(), path, control.Words{}, io.Discard); !errors.Is(err, control.ErrNobody) {
		t.Errorf("sent: %v", err)
	}
}
