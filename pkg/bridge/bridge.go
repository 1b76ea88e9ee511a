// Package bridge speaks the Model Context Protocol on standard input and output, and
// passes every message on to a store: for hosts that start a process instead of
// opening an address. It adds nothing and holds nothing back, so that tools and
// answers are those of the store, in whichever revision the host speaks.
package bridge

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
)

// maxLine is the longest message that is read, in bytes. The store takes one of
// 1 MiB.
const maxLine = 2 << 20

// Bridge carries messages to one store.
type Bridge struct {
	Store Store

	mu       sync.Mutex
	out      io.Writer
	revision string                        // as initialize has settled it
	pending  map[string]context.CancelFunc // by the id of a request
}

// message is what the bridge needs to know about a JSON-RPC message.
type message struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params struct {
		Name      string          `json:"name"`
		URI       string          `json:"uri"`
		RequestID json.RawMessage `json:"requestId"`
		Meta      struct {
			Revision string `json:"io.modelcontextprotocol/protocolVersion"`
		} `json:"_meta"`
	} `json:"params"`
	Result struct {
		Revision string `json:"protocolVersion"`
	} `json:"result"`
}

// Run reads one message a line from in, and writes answers to out, until in ends
// or the context does. What is under way when in ends is still answered.
func (b *Bridge) Run(ctx context.Context, in io.Reader, out io.Writer) error {
	b.out, b.pending = out, make(map[string]context.CancelFunc)
	var working sync.WaitGroup
	defer working.Wait()
	lines, failed := make(chan []byte), make(chan error, 1)
	go func() { failed <- read(ctx, in, lines) }()
	for {
		select {
		case line := <-lines:
			b.take(ctx, &working, line)
		case err := <-failed:
			return err
		case <-ctx.Done(): // reading cannot be interrupted, and is left alone
			return nil
		}
	}
}

func read(ctx context.Context, in io.Reader, lines chan<- []byte) error {
	scanner := bufio.NewScanner(in)
	scanner.Buffer(nil, maxLine)
	for scanner.Scan() {
		line := bytes.TrimSpace(scanner.Bytes())
		if len(line) == 0 {
			continue
		}
		select {
		case lines <- bytes.Clone(line):
		case <-ctx.Done():
			return nil
		}
	}
	if errors.Is(scanner.Err(), bufio.ErrTooLong) {
		return fmt.Errorf("a message has more than %d bytes", maxLine)
	}
	return scanner.Err()
}

// take begins to carry a message. Several may be under way at once.
func (b *Bridge) take(ctx context.Context, working *sync.WaitGroup, line []byte) {
	var m message
	_ = json.Unmarshal(line, &m) // what is no message is for the store to refuse
	if m.Method == "notifications/cancelled" {
		b.cancel(m.Params.RequestID)
	}
	ctx, cancel := context.WithCancel(ctx)
	b.begin(m.ID, cancel)
	working.Go(func() {
		defer cancel()
		answer, err := b.Store.send(ctx, m, b.settled(), line)
		if b.end(m.ID); ctx.Err() != nil {
			return // the host no longer wants to know
		}
		if err != nil {
			answer = failure(m.ID, err)
		}
		if m.Method != "" && m.ID == nil {
			return // a notification has no answer, not even one that refuses it
		}
		b.answer(m, answer)
	})
}

func (b *Bridge) begin(id json.RawMessage, cancel context.CancelFunc) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if id != nil {
		b.pending[string(id)] = cancel
	}
}

func (b *Bridge) end(id json.RawMessage) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.pending, string(id))
}

// cancel stops waiting for a request, which the store may still carry out.
func (b *Bridge) cancel(id json.RawMessage) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if cancel := b.pending[string(id)]; cancel != nil {
		cancel()
	}
}

func (b *Bridge) settled() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.revision
}

// answer writes one line. The answer to initialize settles the revision.
func (b *Bridge) answer(request message, line []byte) {
	if len(line) == 0 {
		return
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, line); err != nil {
		compact.Reset()
		compact.Write(failure(request.ID, errors.New("the store answered with something that is no JSON")))
	}
	compact.WriteByte('\n')
	b.mu.Lock()
	defer b.mu.Unlock()
	if request.Method == "initialize" {
		var m message
		_ = json.Unmarshal(line, &m)
		b.revision = m.Result.Revision
	}
	_, _ = b.out.Write(compact.Bytes()) // a host who has gone reads no answers
}

// codeUnreachable is of the range that JSON-RPC 2.0 leaves to implementations
// (section 5.1).
const codeUnreachable = -32003

// failure is the answer to a request that got none; a notification has no answer.
func failure(id json.RawMessage, err error) []byte {
	if id == nil {
		return nil
	}
	type wireError struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	}
	text, _ := json.Marshal(struct { // it is plain, but for an id that was read as JSON
		Version string          `json:"jsonrpc"`
		ID      json.RawMessage `json:"id"`
		Error   wireError       `json:"error"`
	}{"2.0", id, wireError{codeUnreachable, err.Error()}})
	return text
}
