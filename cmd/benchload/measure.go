package main

import (
	"context"
	"errors"
	"os"
	"time"
)

// measure runs one row on a new store.
func (b build) measure(ctx context.Context, dir string, pairs, connections, accounts int) (r result, err error) {
	own, err := os.MkdirTemp(dir, b.name+"-")
	if err != nil {
		return result{}, err
	}
	defer os.RemoveAll(own)
	s, err := b.start(ctx, own)
	if err != nil {
		return result{}, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	keys, err := makeAccounts(ctx, s.url, accounts)
	if err != nil {
		return result{}, err
	}
	before := s.size()
	r, err = load{url: s.url, keys: keys, pairs: pairs, connections: connections}.carried(ctx)
	r.before, r.after = before, s.size()
	return r, err
}

// settleTime is how long the store may deliver after the last purchase.
const settleTime = 2 * time.Minute

// carried puts the load on its store, and waits until nothing is due.
func (l load) carried(ctx context.Context) (result, error) {
	r, err := l.run(ctx)
	if err != nil {
		return r, err
	}
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	for i, key := range l.keys {
		left, err := settled(ctx, l.url, key, r.bought[i])
		if err != nil {
			return r, err
		}
		r.inactive += left
	}
	return r, nil
}
