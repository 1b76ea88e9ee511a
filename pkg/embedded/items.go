package embedded

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Items visits all items as of one moment, in no particular order. It stops at an
// error of see, and returns it.
func (db *DB) Items(ctx context.Context, see func(map[string]types.AttributeValue) error) error {
	var failure error
	err := db.storage.view(func(v view) error {
		return v.scan([]byte{itemSpace}, []byte{itemSpace + 1}, false, func(_, value []byte) bool {
			if failure = ctx.Err(); failure != nil {
				return false
			}
			i, err := stored(value).item()
			if err == nil {
				err = see(i)
			}
			failure = err
			return err == nil
		})
	})
	return firstOf(err, failure)
}

// Sweep removes at most limit of the items whose time to live, in seconds since 1970
// in the attribute ttl, has ended, and returns how many it removed.
func (db *DB) Sweep(ctx context.Context, now time.Time, limit int) (removed int, err error) {
	ended, err := db.ended(now, limit)
	if err != nil {
		return 0, err
	}
	for _, e := range ended {
		removed++
		sweep := entry{key: e.of, remove: true}
		err := db.storage.update(ctx, func(v view) (c changes, err error) {
			// It may live longer by now, or be another one.
			if still, err := v.get(e.bytes()); still == nil || err != nil {
				return nil, err
			}
			o, err := sweep.decide(v)
			sweep.write(o, &c)
			return c, err
		})
		if err != nil {
			return removed - 1, err
		}
	}
	return removed, nil
}

func (db *DB) ended(now time.Time, limit int) (ended []ending, err error) {
	upper := ending{seconds: now.Unix()}.bytes()[:9]
	err = db.storage.view(func(v view) error {
		return v.scan([]byte{ttlSpace}, upper, false, func(key, _ []byte) bool {
			if e, ok := parseEnding(key); ok {
				ended = append(ended, e)
			}
			return len(ended) < limit
		})
	})
	return ended, err
}
