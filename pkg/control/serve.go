package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"sync"
	"time"
)

const (
	// maxWords is how long a command may be, with its catalog.
	maxWords = 16 << 20 // bytes
	// wordsTime is how long the command may take to arrive.
	wordsTime = 5 * time.Second
)

// Command carries out words, and prints to out.
type Command func(ctx context.Context, words Words, out io.Writer) error

// Listen makes the socket, in a folder that only its owner may open. The caller has
// the folder to itself: a socket that is already there was left by a process that
// was killed.
func Listen(path string) (net.Listener, error) {
	if len(path) > maxPath {
		return nil, fmt.Errorf("the path %s is longer than the %d bytes that a socket may have", path, maxPath)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		listener.Close()
		return nil, err
	}
	return listener, nil
}

// Serve carries out the commands that arrive until the context ends, and returns
// when those under way have ended: their contexts end with it.
func Serve(ctx context.Context, listener net.Listener, run Command) {
	var commands sync.WaitGroup
	defer commands.Wait()
	defer context.AfterFunc(ctx, func() { listener.Close() })()
	for {
		conn, err := listener.Accept()
		switch {
		case ctx.Err() != nil || errors.Is(err, net.ErrClosed):
			return
		case err != nil: // such as too many open files, which passes
			time.Sleep(100 * time.Millisecond)
		default:
			commands.Go(func() { serve(ctx, conn, run) })
		}
	}
}

func serve(ctx context.Context, conn net.Conn, run Command) {
	defer conn.Close()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	defer context.AfterFunc(ctx, func() { conn.SetReadDeadline(time.Now()) })()
	var words Words
	_ = conn.SetReadDeadline(time.Now().Add(wordsTime))
	if err := json.NewDecoder(io.LimitReader(conn, maxWords)).Decode(&words); err != nil {
		return
	}
	_ = conn.SetReadDeadline(time.Time{})
	go func() { // a caller who goes away ends the command
		defer stop()
		_, _ = conn.Read(make([]byte, 1))
	}()
	out := &printer{answers: json.NewEncoder(conn)}
	err := run(ctx, words, out)
	out.end(err)
}

// printer sends what a command prints.
type printer struct{ answers *json.Encoder }

func (p *printer) Write(text []byte) (int, error) {
	return len(text), p.answers.Encode(answer{Out: string(text)})
}

func (p *printer) end(err error) {
	last := answer{End: true}
	if err != nil {
		last.Error = err.Error()
	}
	_ = p.answers.Encode(last)
}
