package mock_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"agentstore/pkg/product/server"
	"agentstore/pkg/provider/mock"
)

func failures(t *testing.T, text string) mock.Failures {
	t.Helper()
	parsed, err := mock.ParseFailures(text)
	expectOK(t, err)
	return parsed
}

// A refusal is final and says so; an outage passes. Neither leaves a trace, and
// what was done before cannot fail any more.
func TestFailures(t *testing.T) {
	t.Parallel()
	for name, call := range calls() {
		for how, refused := range map[string]bool{"refuse": true, "1": false} {
			t.Run(name+":"+how, func(t *testing.T) {
				t.Parallel()
				p := newProvider(0)
				call.before(t, p)
				before := p.writes.puts

				p.Failures = failures(t, name+":"+how)
				_, err := call.do(t.Context(), p)
				if err == nil || errors.Is(err, server.ErrRefused) != refused {
					t.Errorf("%v, refused: want %v", err, refused)
				}
				expectSame(t, "writes", p.writes.puts, before)

				p.Failures = failures(t, name+":0")
				_, err = call.do(t.Context(), p)
				expectOK(t, err)
				expectSame(t, "writes", p.writes.puts, before+1)

				p.Failures = failures(t, name+":"+how)
				_, err = call.do(t.Context(), p)
				expectOK(t, err)
			})
		}
	}
}

// Each call fails as it is told to, whatever the others do.
func TestFailuresOfOthers(t *testing.T) {
	t.Parallel()
	for name, call := range calls() {
		for other := range calls() {
			if other == name {
				continue
			}
			p := newProvider(0)
			call.before(t, p)
			p.Failures = failures(t, other+":refuse")
			_, err := call.do(t.Context(), p)
			expectOK(t, err)
		}
	}
}

// A call that fails half of the time does so neither always nor never.
func TestSomeFailures(t *testing.T) {
	t.Parallel()
	p := newProvider(0)
	p.Failures = failures(t, "create:0.5")
	const tries = 100 // all of one kind once in 2^99 runs
	failed := 0
	for i := range tries {
		if _, err := p.Create(t.Context(), spec(fmt.Sprint("svc_", i))); err != nil {
			failed++
		}
	}
	if failed == 0 || failed == tries {
		t.Errorf("%d of %d failed", failed, tries)
	}
}

// broken is a state that cannot be read or written.
type broken struct {
	mock.Documents
	get, put error
}

func (b broken) Get(ctx context.Context, key string) (mock.Document, error) {
	if b.get != nil {
		return mock.Document{}, b.get
	}
	return b.Documents.Get(ctx, key)
}

func (b broken) Put(ctx context.Context, documents ...mock.Document) error {
	if b.put != nil {
		return b.put
	}
	return b.Documents.Put(ctx, documents...)
}

// A state that fails is an outage, which passes.
func TestStateFails(t *testing.T) {
	t.Parallel()
	failure := errors.New("no answer")
	for method, state := range map[string]broken{
		"Get": {get: failure}, "Put": {put: failure},
	} {
		for name, call := range calls() {
			p := newProvider(0)
			call.before(t, p)
			state.Documents = p.Documents
			p.Documents = state
			if _, err := call.do(t.Context(), p); !errors.Is(err, failure) {
				t.Errorf("%s of the state fails, %s: %v, want %v", method, name, err, failure)
			}
		}
	}
}
