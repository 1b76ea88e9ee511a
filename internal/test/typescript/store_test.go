package typescript

import (
	"encoding/json"
	"testing"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
)

func newStore(t *testing.T) *storetest.Store {
	t.Helper()
	return storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
}

func object(tb testing.TB, text []byte) map[string]any {
	tb.Helper()
	var o map[string]any
	must(tb, json.Unmarshal(text, &o))
	return o
}

// encoded writes an object in one way: members in order, and no space.
func encoded(tb testing.TB, o map[string]any) string {
	tb.Helper()
	text, err := json.Marshal(o)
	must(tb, err)
	return string(text)
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
