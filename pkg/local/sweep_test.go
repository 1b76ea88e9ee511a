package local

import (
	"context"
	"errors"
	"testing"
	"time"
)

// rows are so many that have ended. They count how often they are swept.
type rows struct {
	left, calls int
	err         error
}

func (r *rows) Sweep(_ context.Context, _ time.Time, limit int) (int, error) {
	r.calls++
	removed := min(limit, r.left)
	r.left -= removed
	return removed, r.err
}

// TestSweep: all rows go, in steps, and very many not in one go.
func TestSweep(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk is gone")
	for _, tc := range []struct {
		rows  rows
		left  int
		calls int
	}{
		{rows{left: 0}, 0, 1},
		{rows{left: sweepAtOnce - 1}, 0, 1},
		{rows{left: 2*sweepAtOnce + 1}, 0, 3},
		{rows{left: sweepMost + 7}, 7, sweepMost / sweepAtOnce},
		{rows{left: 2 * sweepAtOnce, err: broken}, sweepAtOnce, 1},
	} {
		r := tc.rows
		err := sweep(t.Context(), &r, time.Now())
		if r.left != tc.left || r.calls != tc.calls || !errors.Is(err, tc.rows.err) {
			t.Errorf("of %d rows %d are left after %d calls, %v", tc.rows.left, r.left, r.calls, err)
		}
	}
}
