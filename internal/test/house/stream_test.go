package house

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"testing"

	"agentstore"
	"agentstore/pkg/dynamo"
)

// TestStreamStartsTheProvisionerForNewJobs holds the template's filter against
// everything that operations and the provisioner write.
func TestStreamStartsTheProvisionerForNewJobs(t *testing.T) {
	t.Parallel()
	filter := streamFilter(t)
	started := 0
	rows := provision(t).writes.rows
	for _, o := range observe(t) {
		rows = append(rows, o.rows...)
	}
	for _, r := range rows {
		isNewJob := r.isNew() && r.text("kind") == dynamo.JobKind
		starts := matches(filter, r.event())
		if starts != isNewJob {
			t.Errorf("a %s of status %q, new: %t, starts the provisioner: %t", r.text("kind"), r.text("status"), r.isNew(), starts)
		}
		if starts {
			started++
		}
	}
	if started == 0 {
		t.Error("nothing started the provisioner")
	}
}

// TestStreamEventPassesTheFilter is about the example among the events.
func TestStreamEventPassesTheFilter(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(root + "/events/provisioner/stream.json")
	if err != nil {
		t.Fatal(err)
	}
	var batch struct{ Records []any }
	if err := json.Unmarshal(text, &batch); err != nil {
		t.Fatal(err)
	}
	if len(batch.Records) != 1 || !matches(streamFilter(t), batch.Records[0]) {
		t.Errorf("the stream would not send %s", text)
	}
}

var filterPattern = regexp.MustCompile(`- Pattern: '(.+)'`)

// streamFilter is the one filter of the template.
func streamFilter(tb testing.TB) any {
	tb.Helper()
	found := filterPattern.FindAllSubmatch(agentstore.Template, -1)
	if len(found) != 1 {
		tb.Fatalf("template.yaml has %d filter patterns, wanted is one", len(found))
	}
	var pattern any
	if err := json.Unmarshal(found[0][1], &pattern); err != nil {
		tb.Fatal(err)
	}
	return pattern
}

// matches is the part of Lambda's event filtering that the template uses: an
// object descends, a list holds the values that may be there (Lambda developer
// guide, "Filter rule syntax").
func matches(pattern, event any) bool {
	switch p := pattern.(type) {
	case map[string]any:
		e, _ := event.(map[string]any)
		for name, inner := range p {
			if !matches(inner, e[name]) {
				return false
			}
		}
		return true
	case []any:
		return slices.Contains(p, event)
	default:
		return false
	}
}

func TestMatches(t *testing.T) {
	t.Parallel()
	pattern := object{"a": []any{"x", "y"}, "b": object{"c": []any{"z"}}}
	for _, c := range []struct {
		event any
		want  bool
	}{
		{object{"a": "y", "b": object{"c": "z", "d": "more"}}, true},
		{object{"a": "z", "b": object{"c": "z"}}, false},
		{object{"a": "x", "b": object{"c": "x"}}, false},
		{object{"a": "x"}, false},
		{"x", false},
	} {
		if got := matches(pattern, c.event); got != c.want {
			t.Errorf("%v matches: %t", c.event, got)
		}
	}
}

// event is the record that the stream makes of the row, as far as filters look.
func (r row) event() any {
	image := make(object)
	for name := range r {
		image[name] = object{"S": r.text(name)}
	}
	name := "MODIFY"
	if r.isNew() {
		name = "INSERT"
	}
	return object{"eventName": name, "dynamodb": object{"NewImage": image}}
}
