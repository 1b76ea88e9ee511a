package house

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"

	"agentstore/pkg/api"
	"agentstore/pkg/app"
)

// TestRoundTrips counts how often an operation waits for the table: once to
// read, once more to write, to take a secret or to read what a list of a label, an agent or a status names, and once for the audit trail where a write is refused.
func TestRoundTrips(t *testing.T) {
	t.Parallel()
	most := make(map[string]int)
	for _, o := range api.Operations(app.Shelf()) {
		most[o.Name] = mostTrips(o)
	}
	var figures strings.Builder
	for _, o := range observe(t) {
		fmt.Fprintf(&figures, "%-30s %-20s %3d  %d round trips, %d requests\n", o.operation, o.name, o.status, o.gotTrips, o.requests)
		most := most[o.operation] + tripsForOthers(o.probe)
		if o.operation == "action_get" && strings.HasPrefix(o.name, "a secret") {
			most++ // it is taken
		}
		if o.operation == "service_list" && slices.Contains([]string{"with a label", "of an agent", "of a status"}, o.name) || o.name == "by a label that a service has" {
			most++ // the services are read, whose ids the row of a label, an agent or a status names
		}
		if o.name == byAnother {
			most++ // the policy of who has bought the service, which names them
		}
		if o.status >= http.StatusBadRequest {
			most++
		}
		if o.gotTrips != o.trips || o.gotTrips > most {
			t.Errorf("%s, %s: %d round trips, want %d, and never more than %d", o.operation, o.name, o.gotTrips, o.trips, most)
		}
	}
	t.Log("sequential round trips to the table\n" + figures.String())
}

// mostTrips is how often an operation may wait for the table. One that reads from a
// provider waits for much more, and stands outside the rule.
func mostTrips(o api.Operation) int {
	switch {
	case o.Remote:
		return math.MaxInt - 1
	case o.Writes():
		return 2
	default:
		return 1
	}
}

// TestRemoteOperationsRead: what is asked of a provider at once can be asked again, and
// changes nothing.
func TestRemoteOperationsRead(t *testing.T) {
	t.Parallel()
	for _, o := range api.All(app.Shelf()) {
		if o.Remote && (o.Writes() || o.Public) {
			t.Errorf("%s reads from a provider: its effect is %s, public %v", o.Name, o.Effect, o.Public)
		}
	}
}
