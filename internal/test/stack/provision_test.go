package stack

import (
	"net/http"
	"testing"
	"time"

	"agentstore/internal/test/storetest"
)

// expectProvisioning has a purchase, and then a restart, brought to the provisioner by
// one way alone: a call of its function, and the stream of the table.
func (d deployment) expectProvisioning(t *testing.T, f *front, key string) {
	for _, rule := range []string{"ProvisionerFunctionEveryMinute", "ProvisionerFunctionEveryQuarterHour"} {
		d.call(t, "POST", "events", "/", "AWSEvents.DisableRule", map[string]any{"Name": d.id(t, rule)})
	}
	a := agent{front: f, key: key}

	d.stream(t, false)
	quote := a.call(t, http.MethodPost, storetest.Quotes, storetest.Order(), http.StatusCreated)
	bought := a.call(t, http.MethodPost, storetest.Purchases, map[string]any{
		"quoteId": quote.Text("quote", "id"), "idempotencyKey": "without the stream",
	}, http.StatusCreated)
	service := storetest.Services + "/" + bought.Text("service", "id")
	if got := a.call(t, http.MethodGet, service, nil, http.StatusOK); got.Text("service", "status") != "active" {
		t.Errorf("without the stream the purchase has not called the provisioner: %s", got.Body)
	}

	restart := a.call(t, http.MethodPost, service+"/server/restart", map[string]any{}, http.StatusAccepted)
	time.Sleep(3 * time.Second) // what goes on by itself has gone on by then
	action := service + "/actions/" + restart.Text("actionId")
	if got := a.call(t, http.MethodGet, action, nil, http.StatusOK); got.Text("action", "status") == "succeeded" {
		t.Errorf("the provisioner has not heard of it, and the restart is %s", got.Body)
	}
	d.stream(t, true)
	for late := time.Now().Add(20 * time.Second); ; time.Sleep(200 * time.Millisecond) {
		got := a.call(t, http.MethodGet, action, nil, http.StatusOK)
		if got.Text("action", "status") == "succeeded" {
			return
		}
		if time.Now().After(late) {
			t.Fatalf("the stream has not brought the restart: %s", got.Body)
		}
	}
}

// stream switches the mapping of the table's stream on or off.
func (d deployment) stream(tb testing.TB, on bool) {
	tb.Helper()
	d.call(tb, "PUT", "lambda", "/2015-03-31/event-source-mappings/"+d.id(tb, "ProvisionerStream"), "", map[string]any{"Enabled": on})
}

// agent is one that calls the store over REST.
type agent struct {
	*front
	key string
}

// call makes a call that must be answered with the status.
func (a agent) call(tb testing.TB, method, path string, body any, status int) storetest.Answer {
	tb.Helper()
	s := storetest.Store{URL: a.URL, Key: a.key}
	answer := storetest.Do(tb, a.Client(), s.Request(tb, method, path, body))
	if answer.Status != status {
		tb.Fatalf("%s %s: status %d, want %d: %s", method, path, answer.Status, status, answer.Body)
	}
	return answer
}
