package house

import (
	"fmt"
	"strings"
	"testing"

	"agentstore/pkg/api"
)

// TestRoundTrips counts how often an operation waits for the table: once to
// read, and once more to write.
func TestRoundTrips(t *testing.T) {
	t.Parallel()
	most := make(map[string]int)
	for _, o := range api.Operations() {
		most[o.Name] = 1
		if o.Writes() {
			most[o.Name] = 2
		}
	}
	var figures strings.Builder
	for _, o := range observe(t) {
		fmt.Fprintf(&figures, "%-30s %-20s %3d  %d round trips, %d requests\n", o.operation, o.name, o.status, o.gotTrips, o.requests)
		if o.gotTrips != o.trips || o.gotTrips > most[o.operation] {
			t.Errorf("%s, %s: %d round trips, want %d, and never more than %d", o.operation, o.name, o.gotTrips, o.trips, most[o.operation])
		}
	}
	t.Log("sequential round trips to the table\n" + figures.String())
}
