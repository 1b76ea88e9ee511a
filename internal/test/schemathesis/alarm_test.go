package schemathesis

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"testing"

	"go.yaml.in/yaml/v4"
)

// alarm is a kind of complaint that is no fault, from false-alarms.yaml. What is left
// out may be anything; code, param and detail are regular expressions.
type alarm struct {
	Check               string   // of schemathesis
	Operations          []string // as "GET /v1/agent/catalog"
	Sent                string   // the body of the request
	Code, Param, Detail string   // of the problem that the store answers with
	Why                 string
}

func readAlarms(t *testing.T) []alarm {
	t.Helper()
	text, err := os.ReadFile("false-alarms.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var alarms []alarm
	if err := yaml.Load(text, &alarms, yaml.WithKnownFields()); err != nil {
		t.Fatal(err)
	}
	for _, a := range alarms {
		if a.Check == "" || a.Why == "" {
			t.Errorf("%+v names no check or no reason", a)
		}
	}
	return alarms
}

// problem is what the store says of a request, or of one of the fields at fault.
type problem struct{ Code, Param, Detail string }

// problems are all that the answer complains of; one that is empty if it does not.
func (c complaint) problems() []problem {
	var answer struct {
		problem
		Errors []problem
	}
	if err := json.Unmarshal(c.body, &answer); err != nil {
		return []problem{{}}
	}
	if len(answer.Errors) > 0 {
		return answer.Errors
	}
	return []problem{answer.problem}
}

// isFalse reports whether the alarms explain everything in the answer.
func (c complaint) isFalse(alarms []alarm) bool {
	return !slices.ContainsFunc(c.problems(), func(p problem) bool {
		return !slices.ContainsFunc(alarms, func(a alarm) bool { return a.explains(c, p) })
	})
}

func (a alarm) explains(c complaint, p problem) bool {
	return a.Check == c.check &&
		(len(a.Operations) == 0 || slices.Contains(a.Operations, c.operation)) &&
		(a.Sent == "" || a.Sent == string(c.sent)) &&
		is(a.Code, p.Code) && is(a.Param, p.Param) && is(a.Detail, p.Detail)
}

// is reports whether the whole text matches.
func is(pattern, text string) bool {
	return pattern == "" || regexp.MustCompile("^(?:"+pattern+")$").MatchString(text)
}

// faults are the complaints that no alarm explains, and an example of each kind.
func (r *run) faults(alarms []alarm) (examples []complaint, all int) {
	known := make(map[string]bool)
	for _, c := range r.complaints {
		if c.isFalse(alarms) {
			continue
		}
		all++
		if kind := fmt.Sprint(c.check, c.operation, c.status, c.problems()); !known[kind] {
			known[kind] = true
			examples = append(examples, c)
		}
	}
	return examples, all
}
