package mcp

import (
	"bytes"

	"agentstore/pkg/fault"
)

// The bounds of one message, which are checked before anything is decoded: decoding
// takes many times the memory, and a batch repeats its work for each entry.
const (
	maxBatch  = 20
	maxDepth  = 256
	maxValues = 20_000
)

// noBatches is the first revision of MCP that has none (2025-06-18, "Key
// Changes"). A request that names no revision is of 2025-03-26 (Streamable HTTP,
// "Protocol Version Header").
const noBatches = "2025-06-18"

// checkMessage returns invalid_input or payload_too_large for a message beyond the
// bounds. It does not check whether the body is JSON.
func checkMessage(body []byte, revision string) error {
	depth, values, entries := measure(body)
	isBatch := bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("["))
	switch {
	case depth > maxDepth:
		return fault.New(fault.InvalidInput, "The message is nested more than %d levels deep.", maxDepth).Fix("Send a flatter message.")
	case isBatch && revision >= noBatches:
		return fault.New(fault.InvalidInput, "The revision %.10q of MCP has no batches.", revision).
			Fix("Send each message in its own request.")
	case isBatch && entries > maxBatch:
		return fault.New(fault.PayloadTooLarge, "The batch has %d messages, but may have %d.", entries, maxBatch).
			Fix("Send at most %d messages in one request.", maxBatch)
	case values > maxValues:
		return fault.New(fault.PayloadTooLarge, "The message has more than %d values.", maxValues).Fix("Send a smaller message.")
	}
	return nil
}

// measure counts, in what may be JSON, the levels of nesting, the values, and the
// entries if it is an array.
func measure(text []byte) (depth, values, entries int) {
	level, inString, escaped := 0, false, false
	for _, c := range text {
		switch {
		case escaped:
			escaped = false
		case inString:
			inString, escaped = c != '"', c == '\\'
		case c == '"':
			inString = true
		case c == '[' || c == '{':
			level++
			depth = max(depth, level)
			values++
		case c == ']' || c == '}':
			level--
		case c == ',':
			values++
			if level == 1 {
				entries++
			}
		}
	}
	return depth, values + 1, entries + 1
}
