package house

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"agentstore/pkg/api"
	"agentstore/pkg/app"
)

// TestRoundTrips counts how often an operation waits for the table: once to
// read, once more to write, and once for the audit trail where a write is refused.
func TestRoundTrips(t *testing.T) {
	t.Parallel()
	most := make(map[string]int)
	for _, o := range api.Operations(app.Shelf()) {
		most[o.Name] = 1
		if o.Writes() {
			most[o.Name] = 2
		}
	}
	var figures strings.Builder
	for _, o := range observe(t) {
		fmt.Fprintf(&figures, "%-30s %-20s %3d  %d round trips, %d requests\n", o.operation, o.name, o.status, o.gotTrips, o.requests)
		most := most[o.operation]
		if o.status >= http.StatusBadRequest {
			most++
		}
		if o.gotTrips != o.trips || o.gotTrips > most {
			t.Errorf("%s, %s: %d round trips, want %d, and never more than %d", o.operation, o.name, o.gotTrips, o.trips, most)
		}
	}
	t.Log("sequential round trips to the table\n" + figures.String())
}
