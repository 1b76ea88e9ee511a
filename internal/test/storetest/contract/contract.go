// Package contract replays the agent flow that the store promises, step by step
// and field by field. The flow is in testdata/servers.json.
package contract

import (
	_ "embed" // the flow
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
)

//go:embed testdata/servers.json
var servers []byte

// Step is one call of the flow and what its answer must hold.
type Step struct {
	Tool     string         `json:"tool"`
	Input    map[string]any `json:"input"`
	Response map[string]any `json:"response"`
}

// Call makes one call and returns the body of its answer, which must be good.
type Call func(tb testing.TB, tool string, input map[string]any) map[string]any

// Steps reads the flow.
func Steps(tb testing.TB) []Step {
	tb.Helper()
	var flow struct{ Steps []Step }
	if err := json.Unmarshal(servers, &flow); err != nil {
		tb.Fatal(err)
	}
	if len(flow.Steps) == 0 {
		tb.Fatal("the flow has no steps")
	}
	return flow.Steps
}

// patience is how long a server may take to be active.
const patience = 20 * time.Second

// Replay makes every call of the flow and compares the answers. As an agent does, it
// asks again for a server that is not active yet.
func Replay(tb testing.TB, call Call) {
	tb.Helper()
	names := make(map[string]any) // what answers were named, as quoteId
	for _, step := range Steps(tb) {
		input := fill(step.Input, names).(map[string]any)
		differences := compare("$", step.Response, call(tb, step.Tool, input), names)
		// On a busy machine a server takes longer than its purchase waits for it.
		for late := time.Now().Add(patience); differences != nil && step.Tool == "service_get" && time.Now().Before(late); {
			time.Sleep(100 * time.Millisecond)
			differences = compare("$", step.Response, call(tb, step.Tool, input), names)
		}
		for _, difference := range differences {
			tb.Errorf("%s: %s", step.Tool, difference)
		}
		if tb.Failed() {
			tb.FailNow() // the next steps rest on this one
		}
	}
}

var name = regexp.MustCompile(`^\$\{(\w+)\}$`)

// fill puts identifiers that answers returned in the place of their names.
func fill(value any, names map[string]any) any {
	switch v := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, member := range v {
			out[k] = fill(member, names)
		}
		return out
	case string:
		if m := name.FindStringSubmatch(v); m != nil {
			return names[m[1]]
		}
	}
	return value
}

// compare lists where got lacks what is wanted. More fields are welcome, and
// addresses differ from run to run.
func compare(path string, want, got any, names map[string]any) []string {
	switch w := want.(type) {
	case map[string]any:
		object, ok := got.(map[string]any)
		if !ok {
			return []string{fmt.Sprintf("%s is %v, want an object", path, got)}
		}
		var out []string
		for k, member := range w {
			out = append(out, compare(path+"."+k, member, object[k], names)...)
		}
		return out
	case []any:
		array, ok := got.([]any)
		if !ok || len(array) != len(w) {
			return []string{fmt.Sprintf("%s is %v, want %v", path, got, want)}
		}
		var out []string
		for i, member := range w {
			out = append(out, compare(fmt.Sprintf("%s[%d]", path, i), member, array[i], names)...)
		}
		return out
	case string:
		return compareText(path, w, got, names)
	default:
		if want != got {
			return []string{fmt.Sprintf("%s is %v, want %v", path, got, want)}
		}
		return nil
	}
}

func compareText(path, want string, got any, names map[string]any) []string {
	text, _ := got.(string)
	m := name.FindStringSubmatch(want)
	switch {
	case m != nil && names[m[1]] == nil && text != "":
		names[m[1]] = text
	case m != nil:
		if got != names[m[1]] || text == "" {
			return []string{fmt.Sprintf("%s is %v, want the %s from before", path, got, m[1])}
		}
	case strings.HasSuffix(path, ".publicIpv4"):
		if !strings.HasPrefix(text, "198.51.100.") {
			return []string{fmt.Sprintf("%s is %v, want an address of 198.51.100.0/24", path, got)}
		}
	case want != text:
		return []string{fmt.Sprintf("%s is %v, want %q", path, got, want)}
	}
	return nil
}
