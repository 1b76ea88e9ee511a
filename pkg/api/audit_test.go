package api_test

import (
	"slices"
	"testing"

	"agentstore/pkg/api"
	"agentstore/pkg/app"
)

// TestTrailFilter: the trail can be asked for each operation that can be in it, and for
// no other.
func TestTrailFilter(t *testing.T) {
	t.Parallel()
	var filter []any
	for _, o := range api.AccountOperations(app.Shelf()) {
		if o.Name == "audit_list" {
			filter = o.Input.Properties["operation"].Enum
		}
	}
	for _, o := range api.All(app.Shelf()) {
		if slices.Contains(filter, any(o.Name)) != o.Writes() {
			t.Errorf("%s, which writes: %t, can be asked for: %t", o.Name, o.Writes(), !o.Writes())
		}
	}
}
