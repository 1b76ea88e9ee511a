package shop

import (
	"errors"
	"strings"
	"testing"
)

var (
	errFirst  = errors.New("first")
	errSecond = errors.New("second")
)

func TestTogether(t *testing.T) {
	t.Parallel()
	var a, b int
	if err := parallel(func() error { a = 1; return nil }, func() error { b = 2; return nil }); err != nil || a != 1 || b != 2 {
		t.Errorf("a is %d, b is %d, the error %v", a, b, err)
	}
	if err := parallel(); err != nil {
		t.Errorf("nothing fails: %v", err)
	}
}

// Each waits for the other, which only works at the same time.
func TestTogetherIsParallel(t *testing.T) {
	t.Parallel()
	ping, pong := make(chan struct{}), make(chan struct{})
	err := parallel(
		func() error { ping <- struct{}{}; <-pong; return nil },
		func() error { <-ping; pong <- struct{}{}; return nil },
	)
	if err != nil {
		t.Error(err)
	}
}

// The error is the first in the order of the functions, however late it comes,
// and all have ended by then.
func TestTogetherFailsInOrder(t *testing.T) {
	t.Parallel()
	secondFailed, ended := make(chan struct{}), false
	err := parallel(
		func() error { return nil },
		func() error { <-secondFailed; return errFirst },
		func() error { defer close(secondFailed); return errSecond },
		func() error { <-secondFailed; ended = true; return nil },
	)
	if err != errFirst {
		t.Errorf("the error is %v, want %v", err, errFirst)
	}
	if !ended {
		t.Error("a function is still running")
	}
}

// A panic in a goroutine would end the process, with all its other requests.
func TestTogetherSurvivesPanics(t *testing.T) {
	t.Parallel()
	err := parallel(
		func() error { return nil },
		func() error { panic("out of order") },
	)
	if err == nil || !strings.HasPrefix(err.Error(), "panic: out of order\n") || !strings.Contains(err.Error(), "TestTogetherSurvivesPanics") {
		t.Errorf("the error is %v, want the panic and where it was", err)
	}
}
