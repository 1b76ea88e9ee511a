package shop

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"agentstore/pkg/fault"
)

var errStranger = errors.New("no such key")

func turnOf(confirm error) Caller {
	return Caller{Account: "acc_1", Confirm: func(context.Context) error { return confirm }}
}

// Turns are taken in the order in which they were asked for.
func TestTurnsAreFair(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var turns Turns
		done, err := turns.take(t.Context(), turnOf(nil))
		if err != nil {
			t.Fatal(err)
		}
		order := make(chan int, 5)
		for i := range 5 {
			go func() {
				done, err := turns.take(t.Context(), turnOf(nil))
				if err == nil {
					order <- i
					done()
				}
			}()
			synctest.Wait()
		}
		done()
		var got []int
		for range 5 {
			got = append(got, <-order)
		}
		if !slices.Equal(got, []int{0, 1, 2, 3, 4}) {
			t.Errorf("the turns were %v", got)
		}
		synctest.Wait()
		if len(turns.accounts) != 0 {
			t.Errorf("%d accounts are kept", len(turns.accounts))
		}
	})
}

// Nobody waits for another account, for strangers, or longer than they can.
func TestTurnsEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var turns Turns
		done, err := turns.take(t.Context(), turnOf(nil))
		if err != nil {
			t.Fatal(err)
		}
		other := turnOf(nil)
		other.Account = "acc_2"
		if free, err := turns.take(t.Context(), other); err != nil {
			t.Errorf("another account: %v", err)
		} else {
			free()
		}
		if _, err := turns.take(t.Context(), turnOf(errStranger)); !errors.Is(err, errStranger) {
			t.Errorf("a stranger: %v", err)
		}
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := turns.take(short, turnOf(nil)); !fault.Is(err, fault.Busy) {
			t.Errorf("a short wait: %v", err)
		}
		gone, hangUp := context.WithCancel(t.Context())
		hangUp()
		if _, err := turns.take(gone, turnOf(nil)); !errors.Is(err, context.Canceled) {
			t.Errorf("a caller who has gone: %v", err)
		}
		done()
		again, err := turns.take(t.Context(), turnOf(errStranger))
		if err != nil {
			t.Fatalf("the turn is not free again: %v", err)
		}
		again()
	})
}

// Without turns nobody waits.
func TestNoTurns(t *testing.T) {
	t.Parallel()
	var none *Turns
	for range 2 {
		if _, err := none.take(t.Context(), turnOf(errStranger)); err != nil {
			t.Fatal(err)
		}
	}
}
