package schemathesis

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
)

// run is what schemathesis has recorded of itself.
type run struct {
	seed       json.Number
	requests   int
	operations map[string]bool // as "GET /v1/agent/catalog"
	carriedOut map[string]int  // their answers 2xx
	complaints []complaint
}

// complaint is a check that an answer did not pass.
type complaint struct {
	check, operation string
	message          string // what schemathesis says of it
	request          string
	sent             []byte // the body of the request
	status           int
	body             []byte // of the answer
}

func (c complaint) String() string {
	return fmt.Sprintf("%s: %s\n%s %s\nis answered %d %s", c.check, strings.ReplaceAll(c.message, "\n", "; "), c.request, c.sent, c.status, c.body)
}

func readRun(t *testing.T, path string) *run {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := &run{operations: make(map[string]bool), carriedOut: make(map[string]int)}
	for lines := bufio.NewReader(f); ; {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			if err := r.add(line); err != nil {
				t.Fatal(err)
			}
		}
		if errors.Is(err, io.EOF) {
			return r
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// event is a line of a recording. Of those that are no scenario only the ones below
// say something.
type event struct {
	Initialize       *struct{ Seed json.Number }
	ScenarioFinished *struct {
		Phase    string
		Recorder scenario
	}
	NonFatalError, FatalError, Interrupted json.RawMessage
}

// scenario is what was asked in a row. Its maps have the same keys.
type scenario struct {
	Label string // the operation; other words where there are several
	Cases map[string]struct {
		Value struct{ Method, Path string }
	}
	Checks map[string][]struct {
		Name, Status string
		FailureInfo  struct {
			Failure struct{ Message string }
		} `json:"failure_info"`
	}
	Interactions map[string]struct {
		Request struct {
			Method, URI string
			Body        content
		}
		Response struct {
			StatusCode int `json:"status_code"`
			Content    content
		}
	}
}

type content struct {
	Text []byte `json:"$base64"`
}

func (r *run) add(line []byte) error {
	var e event
	if err := json.Unmarshal(line, &e); err != nil {
		return fmt.Errorf("%w: %.300s", err, line)
	}
	switch {
	case e.NonFatalError != nil || e.FatalError != nil || e.Interrupted != nil:
		return fmt.Errorf("schemathesis has failed: %s", line)
	case e.Initialize != nil:
		r.seed = e.Initialize.Seed
	case e.ScenarioFinished != nil:
		r.addScenario(e.ScenarioFinished.Recorder)
	}
	return nil
}

func (r *run) addScenario(s scenario) {
	if isOperation(s.Label) {
		r.operations[s.Label] = true
	}
	for id, c := range s.Cases {
		r.requests++
		operation, exchange := c.Value.Method+" "+c.Value.Path, s.Interactions[id]
		if status := exchange.Response.StatusCode; status >= http.StatusOK && status < http.StatusMultipleChoices {
			r.carriedOut[operation]++
		}
		for _, check := range s.Checks[id] {
			if check.Status == "success" {
				continue
			}
			r.complaints = append(r.complaints, complaint{
				check: check.Name, operation: operation, message: check.FailureInfo.Failure.Message,
				request: exchange.Request.Method + " " + exchange.Request.URI, sent: exchange.Request.Body.Text,
				status: exchange.Response.StatusCode, body: exchange.Response.Content.Text,
			})
		}
	}
}

func isOperation(label string) bool {
	_, path, _ := strings.Cut(label, " ")
	return strings.HasPrefix(path, "/")
}

// needAnother are the operations that take what only another answer of the same run has:
// the token of a preview, the id of a cancellation, a service with a lease, a server that is stopped or has a
// snapshot.
var needAnother = []string{
	"POST /v1/agent/services/{serviceId}/lease", "POST /v1/account/services/{serviceId}/lease",
	"POST /v1/agent/cancellations", "POST /v1/account/cancellations",
	"POST /v1/agent/services/{serviceId}/server/snapshot_delete", "POST /v1/account/services/{serviceId}/server/snapshot_delete",
	"POST /v1/agent/services/{serviceId}/server/start", "POST /v1/account/services/{serviceId}/server/start",
	"POST /v1/account/services/{serviceId}/server/reinstall", "POST /v1/agent/services/{serviceId}/cancel",
	"GET /v1/agent/cancellations/{cancellationId}", "GET /v1/account/cancellations/{cancellationId}",
}

// expectCarriedOut: each operation has done something. Without that its answers say
// little, and a wrong key would pass.
func (r *run) expectCarriedOut(t *testing.T) {
	t.Helper()
	if len(r.operations) == 0 {
		t.Fatal("no operation was tried")
	}
	operations := slices.SortedFunc(maps.Keys(r.operations), func(a, b string) int {
		return cmp.Compare(r.carriedOut[a], r.carriedOut[b])
	})
	for _, operation := range operations {
		if r.carriedOut[operation] == 0 && !slices.Contains(needAnother, operation) {
			t.Errorf("%s was never carried out", operation)
		}
	}
	t.Logf("the rarest of %d operations, %s, was carried out %d times", len(operations), operations[0], r.carriedOut[operations[0]])
}
