package embedded

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

func TestAnEndedContextNeverWrites(t *testing.T) {
	t.Parallel()
	eachStorage(t, func(t *testing.T, db *DB) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for what, err := range map[string]error{
			"a put": db.putN(ctx, "a", 1, nil), "a transaction": db.putTwo(ctx, "b", "c", 1),
			// One that ends after the call has begun.
			"an update": db.storage.update(ctx, func(view) (changes, error) {
				return changes{{primary{"d", "n"}.bytes(), encode(keyItem("d", "n"))}}, nil
			}),
		} {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if _, err := db.getN(ctx, "a"); !errors.Is(err, context.Canceled) {
			t.Errorf("a read: %v", err)
		}
		if rows, _ := db.left(t); rows != 0 {
			t.Errorf("%d rows were written", rows)
		}
	})
}

// TestContextsEndInTheQueue ends calls that wait for others on a slow disk: what says
// that its context has ended was not written.
func TestContextsEndInTheQueue(t *testing.T) {
	t.Parallel()
	db := mustOpenOn(t, errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(func(op errorfs.Op) error {
		if isSync(op) && strings.HasSuffix(op.Path, ".log") {
			time.Sleep(time.Millisecond)
		}
		return nil
	})))
	defer mustClose(t, db)
	const calls = 400
	var errs [calls]error
	var callers sync.WaitGroup
	for n := range calls {
		callers.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(n%40)*500*time.Microsecond)
			defer cancel()
			errs[n] = db.putN(ctx, fmt.Sprint(n), 1, nil)
		})
	}
	callers.Wait()
	ended := 0
	for n, err := range errs {
		there, readErr := db.getN(t.Context(), fmt.Sprint(n))
		if readErr != nil || err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err, readErr)
		}
		if (there == 1) != (err == nil) {
			t.Errorf("call %d says %v, and its row is there: %v", n, err, there == 1)
		}
		if err != nil {
			ended++
		}
	}
	if ended == 0 {
		t.Error("no context has ended: this test shows nothing")
	}
}
