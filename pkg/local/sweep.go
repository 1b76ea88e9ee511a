package local

import (
	"context"
	"time"

	"agentstore/pkg/app"
)

// sweepAtOnce is how many rows are removed before anything else may be done, and
// sweepMost how many in one sweep: the rest is left to the next.
const (
	sweepAtOnce = 500
	sweepMost   = 50_000
)

// Sweep removes the rows whose time to live has ended. DynamoDB does it by itself.
func (d Database) Sweep(ctx context.Context) error {
	if d.Engine == nil {
		return nil
	}
	return sweep(ctx, d.Engine, app.Now())
}

// sweeper is what removes rows: a table in this process.
type sweeper interface {
	Sweep(ctx context.Context, now time.Time, limit int) (removed int, err error)
}

func sweep(ctx context.Context, s sweeper, now time.Time) error {
	for swept := 0; swept < sweepMost; {
		removed, err := s.Sweep(ctx, now, sweepAtOnce)
		if err != nil || removed < sweepAtOnce {
			return err
		}
		swept += removed
	}
	return nil
}
