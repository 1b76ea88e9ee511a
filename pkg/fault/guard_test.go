package fault_test

import (
	"errors"
	"strings"
	"testing"

	"agentstore/pkg/fault"
)

func TestGuard(t *testing.T) {
	t.Parallel()
	failure := errors.New("down")
	if err := fault.Guard(func() error { return failure }); !errors.Is(err, failure) {
		t.Errorf("an error becomes %v", err)
	}
	err := fault.Guard(func() error { panic("no hands") })
	if err == nil || !strings.Contains(err.Error(), "panic: no hands") || !strings.Contains(err.Error(), "guard_test.go") {
		t.Errorf("a panic becomes %v, want its words and its stack", err)
	}
	if e := fault.From(err); e.Code != fault.Internal || strings.Contains(e.Detail, "no hands") {
		t.Errorf("a caller is told %v", e.Detail)
	}
}
