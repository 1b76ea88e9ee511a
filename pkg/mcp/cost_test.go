//go:build !race

// The race detector has sync.Pool forget things, and so changes what is
// allocated.

package mcp_test

import (
	"runtime"
	"testing"
	"time"
)

// decoders is how often the SDK decodes JSON in one call of a tool. Each time it
// makes a Decoder of github.com/segmentio/encoding/json, whose buffer has
// decoderBuffer bytes (its minBufferSize) however short the text is. A memory
// profile shows where:
//
//   - 6 for the message: readBatch takes three, one that finds that it is no
//     batch, one for its envelope and one for its method, before a session is
//     made for it and again when it is served;
//   - 2 for _meta, looked for when it is served and when it is handled, and in the
//     newest revision 2 more, for who the client is and what it can do;
//   - in the newest revision 1 for the name of the tool and 1 for its schema, to
//     hold the headers to them;
//   - 1 for the parameters.
//
// They are garbage at once, and nothing in front of the SDK can change them: they
// are counted apart. Of the rest, half is the SDK's maps of _meta in the newest
// revision, about 23 KB.
var decoders = map[string]int{"mcp-" + newest: 13, "mcp-2025-11-25": 9}

const decoderBuffer = 32 << 10

// TestCallCost holds a call over MCP to what the same call costs over REST, and a
// bit. It is not parallel: others would allocate meanwhile.
func TestCallCost(t *testing.T) {
	const most = 64 << 10 // bytes more than over REST, beside the decoders
	all := costs(t)
	restBytes, restTook := all[0].measure(t)
	for _, c := range all[1:] {
		bytes, took := c.measure(t)
		more := bytes - restBytes
		t.Logf("%s: %d bytes and %v more than over REST (%d bytes, %v); %.1f times its time",
			c.name, more, took-restTook, restBytes, restTook, float64(took)/float64(restTook))
		if buffers := decoders[c.name] * decoderBuffer; more > buffers+most {
			t.Errorf("%s costs %d bytes more than over REST and %d of buffers, and may cost %d", c.name, more-buffers, buffers, most)
		}
	}
}

// measure tells what a call allocates on average, and how long it takes at best:
// whatever else the machine does can only make it slower.
func (c cost) measure(t *testing.T) (bytes int, took time.Duration) {
	t.Helper()
	const rounds, calls = 10, 30
	c.call(t) // what is made once is made now
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	took = time.Hour
	for range rounds {
		started := time.Now()
		for range calls {
			c.call(t)
		}
		took = min(took, time.Since(started)/calls)
	}
	runtime.ReadMemStats(&after)
	return int(after.TotalAlloc-before.TotalAlloc) / (rounds * calls), took
}
