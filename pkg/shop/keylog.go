package shop

import (
	"context"
	"slices"
	"sync"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/sorting"
)

// KeyRequest is a request that a key has made.
type KeyRequest struct {
	At        time.Time
	Operation string
	// Code is why it was refused or has failed; empty for what was done.
	Code      fault.Code
	RequestID string
	// Count is how many refusals of one kind it stands for; zero for one request.
	Count int
}

// KeyRequests are the last requests of a key, the newest first.
type KeyRequests struct {
	Key      Credential
	Requests []KeyRequest
	// Complete: no write of the key is missing among them. It is false where others of
	// the account have written so much that the trail was not read back far enough.
	Complete bool
}

// MaxKeyRequests is how many requests of a key are listed.
const MaxKeyRequests = 100

// KeyRequests lists what a key was used for. What it has written, and what was refused
// it, is in the trail; what it has only read is known to this process, or was written
// down by one beside another write. It returns not_found.
func (s *Shop) KeyRequests(ctx context.Context, caller Caller, keyID id.Key) (KeyRequests, error) {
	var known KeyRequests
	if _, ok := id.ParseKey(string(keyID)); !ok || keyID.Account() != caller.Account {
		_, err := s.key(ctx, caller, keyID)
		return known, err
	}
	var events []Event
	var kept []KeyRequest
	var uses map[id.Key]KeyUse
	err := parallel(
		func() (err error) { known.Key, err = s.key(ctx, caller, keyID); return err },
		func() (err error) {
			events, known.Complete, err = s.Admin.KeyTrail(ctx, keyID, MaxKeyRequests)
			return err
		},
		func() (err error) { kept, err = s.Admin.KeyRequests(ctx, keyID); return err },
		func() (err error) { uses, err = s.Admin.KeyUses(ctx, keyID.Agent()); return err },
	)
	if err != nil {
		return KeyRequests{}, err
	}
	known.Key.LastUse = uses[keyID]
	known.Requests = lastRequests(events, append(kept, s.KeyLog.recent(keyID)...))
	return known, nil
}

// lastRequests are the last of what the trail tells of a key, and of what processes have
// kept. Of a request that both have, the trail's is listed.
func lastRequests(events []Event, kept []KeyRequest) []KeyRequest {
	var all []KeyRequest
	for _, e := range events {
		r := KeyRequest{At: e.At, Operation: e.Operation, Code: e.Outcome, RequestID: e.RequestID, Count: e.Count}
		if e.Count > 0 {
			r.At = e.LastAt
		}
		all = append(all, r)
	}
	listed := make(map[[2]string]bool, len(all))
	for _, r := range all {
		listed[r.name()] = true
	}
	for _, r := range kept {
		if !listed[r.name()] {
			listed[r.name()] = true
			all = append(all, r)
		}
	}
	sorting.By(all, func(a, b KeyRequest) int { return b.At.Compare(a.At) })
	return all[:min(len(all), MaxKeyRequests)]
}

// name tells a request of a key apart from its others.
func (r KeyRequest) name() [2]string { return [2]string{r.RequestID, r.Operation} }

// KeyLog remembers the last requests of the keys that this process serves. They are
// written down where a request that their key makes writes anyway, beside that, so that
// no request waits for it. A nil KeyLog remembers nothing.
type KeyLog struct {
	Store KeyLogStore
	Now   func() time.Time
	// Process tells this process apart from all others. Those that began later have
	// greater names.
	Process string

	mu    sync.Mutex
	keys  map[id.Key]*keyLog
	total int // of requests that are remembered
}

// KeyLogStore keeps the last requests of keys, as one process knows them.
type KeyLogStore interface {
	// PutKeyRequests replaces what a process has written of a key before.
	PutKeyRequests(ctx context.Context, key id.Key, process string, requests []KeyRequest, until time.Time) error
}

// keyLog is what is remembered of one key, the oldest first.
type keyLog struct {
	requests []KeyRequest
	news     bool // some of them are not written down
	written  time.Time
}

const (
	// keyLogEvery is how often a process writes down the requests of one key at most.
	keyLogEvery = time.Minute
	// keyLogLifetime is how long they are kept.
	keyLogLifetime = 7 * 24 * time.Hour
	// maxKeyLog bounds the memory of a process: then it forgets all of them.
	maxKeyLog = 50_000
)

// Add remembers a request.
func (l *KeyLog) Add(key id.Key, r KeyRequest) {
	if l == nil || key == "" {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.keys == nil || l.total >= maxKeyLog {
		l.keys, l.total = make(map[id.Key]*keyLog), 0
	}
	k := l.keys[key]
	if k == nil {
		k = new(keyLog)
		l.keys[key] = k
	}
	if len(k.requests) == MaxKeyRequests {
		k.requests = append(k.requests[:0], k.requests[1:]...)
		l.total--
	}
	k.requests = append(k.requests, r)
	k.news = true
	l.total++
}

// Carry writes down what is remembered of a key, if there is news that is due. What
// cannot be written is tried again with the next.
func (l *KeyLog) Carry(ctx context.Context, key id.Key) {
	requests, due := l.begin(key)
	if !due {
		return
	}
	if err := l.Store.PutKeyRequests(ctx, key, l.Process, requests, l.Now().Add(keyLogLifetime)); err != nil {
		l.again(key)
	}
}

// carrying writes, and beside that writes down what else the key of the caller was used
// for.
func (s *Shop) carrying(ctx context.Context, caller Caller, write func() error) error {
	if s.KeyLog == nil {
		return write()
	}
	return parallel(
		func() error { s.KeyLog.Carry(ctx, caller.Key); return nil },
		write,
	)
}

// begin takes what is to be written.
func (l *KeyLog) begin(key id.Key) ([]KeyRequest, bool) {
	if l == nil {
		return nil, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	k, now := l.keys[key], l.Now()
	if k == nil || !k.news || now.Before(k.written.Add(keyLogEvery)) {
		return nil, false
	}
	k.news, k.written = false, now
	return slices.Clone(k.requests), true
}

// again has the next write try what this one could not.
func (l *KeyLog) again(key id.Key) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if k := l.keys[key]; k != nil {
		k.news = true
	}
}

// recent are the requests of a key that this process remembers.
func (l *KeyLog) recent(key id.Key) []KeyRequest {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if k := l.keys[key]; k != nil {
		return slices.Clone(k.requests)
	}
	return nil
}
