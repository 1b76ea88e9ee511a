package e2e

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/url"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/money"
)

// What an agent named is in its owner's export: as it is for programs, and as
// nothing that a spreadsheet would run for people.
func TestExportRunsNothing(t *testing.T) {
	t.Parallel()
	const formula = `=HYPERLINK("evil.example","open")`
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{DemoCredit: money.Money{Minor: 100_000, Currency: "usd"}})
	h := everything(t, s, "ada")
	s.Key = h.key
	s.Clock.Advance(time.Second) // the newest event is the first
	refused := s.Call(t, http.MethodPost, storetest.Services+"/"+url.PathEscape(formula)+"/server/restart", nil)
	if refused.Code() != "not_found" {
		t.Fatalf("the restart is answered with %s", refused.Body)
	}
	var event struct{ Subject string }
	lines := member(t, h.browser, http.MethodGet, "/audit.jsonl?outcome=refused", nil, 200).Body
	if err := json.Unmarshal(bytes.SplitN(lines, []byte("\n"), 2)[0], &event); err != nil || event.Subject != formula {
		t.Errorf("%v, the program reads %q", err, event.Subject)
	}
	cells, err := csv.NewReader(bytes.NewReader(member(t, h.browser, http.MethodGet, "/audit.csv?outcome=refused", nil, 200).Body)).ReadAll()
	if err != nil || cells[0][7] != "subject" || cells[1][7] != "'"+formula {
		t.Errorf("%v, the person opens %q", err, cells)
	}
}

// An export has nearly three thousand events, by the calls of one request.
func TestExportIsLong(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{DemoCredit: money.Money{Minor: 100_000, Currency: "usd"}})
	h := everything(t, s, "ada")
	for range 3100 {
		h.event(t, s, false)
	}
	lines := bytes.Count(member(t, h.browser, http.MethodGet, "/audit.jsonl", nil, 200).Body, []byte("\n"))
	if lines < 2700 {
		t.Errorf("it has %d events", lines)
	}
}
