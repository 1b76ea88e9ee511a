package house

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
)

// walk is somebody's way over the pages, and what it takes of the table.
type walk struct {
	*storetest.Browser
	recorder *dynamotest.Recorder
	calls    []dynamotest.Call
}

// tripsOfASession are those that tell who opens a page; tripsOfAPage are its own.
const (
	tripsOfASession = 2
	tripsOfAPage    = 2
)

// open opens a page, and counts how often it waits for the table: again where a busy
// machine may have kept apart what the page starts side by side.
func (w *walk) open(t *testing.T, path string) (page storetest.Page) {
	t.Helper()
	const most, tries = tripsOfASession + tripsOfAPage, 4
	trips := most + 1
	for try := 0; try < tries && trips > most; try++ {
		w.recorder.Reset()
		page = w.Open(t, path)
		w.calls = append(w.calls, w.recorder.Calls()...)
		trips = w.recorder.RoundTrips()
	}
	if page.Status != http.StatusOK || trips > most {
		t.Errorf("%s: status %d, %d round trips, want at most %d: %s", path, page.Status, trips, most, page.Body)
	}
	return page
}

// send sends a form, and is where it leads.
func (w *walk) send(t *testing.T, path string, fields url.Values) storetest.Page {
	t.Helper()
	w.recorder.Reset()
	page := w.Send(t, path, fields)
	w.calls = append(w.calls, w.recorder.Calls()...)
	if page.Status >= http.StatusMultipleChoices {
		t.Errorf("the form of %s: status %d: %s", path, page.Status, page.Body)
	}
	return page
}

var tokens = regexp.MustCompile(`name="token" value="([^"]+)"`)

// everywhere opens every page, and sends every form.
func (w *walk) everywhere(t *testing.T) {
	t.Helper()
	for _, path := range []string{"/", "/approvals", "/approvals?count=9", "/catalog", "/catalog/cat_vps_micro", "/purchases", "/services", "/agents", "/limits", "/connect", "/wallet", "/wallet/usage?days=7", "/audit", "/members", "/settings", "/settings/ssh-keys", "/settings/tokens"} {
		w.open(t, path)
	}
	agent := strings.TrimSuffix(w.send(t, "/agents", url.Values{"name": {"ci"}, "sees": {"own"}}).URL.Path, "/limits")
	w.send(t, agent, url.Values{"name": {"ci-runner"}})
	w.send(t, agent+"/limits", url.Values{"currency": {"usd"}, "perMonthMinor": {"300"}})
	w.send(t, agent+"/freeze", url.Values{"frozen": {"true"}})
	w.send(t, agent+"/keys", url.Values{"name": {"laptop"}, "scopes": {"catalog:read"}})
	key := regexp.MustCompile(agent + `/keys/(\w+)/revoke`).FindStringSubmatch(w.open(t, agent).Body)[1]
	w.send(t, agent+"/keys/"+key+"/rotate", nil)
	w.send(t, agent+"/keys/"+key+"/revoke", nil)
	for _, path := range []string{agent + "/limits", agent + "/keys", "/connect?agent=" + strings.TrimPrefix(agent, "/agents/")} {
		w.open(t, path)
	}
	w.send(t, "/limits", url.Values{"currency": {"usd"}, "perMonthMinor": {"300"}})

	w.send(t, "/settings/ssh-keys", url.Values{"name": {"laptop"}, "publicKey": {storetest.PublicKey(t, 7)}})
	sshKey := regexp.MustCompile(`/settings/ssh-keys/\w+/delete`).FindString(w.open(t, "/settings/ssh-keys").Body)
	w.send(t, sshKey, nil)

	order := url.Values{
		"quantity": {"1"}, "configuration.hostname": {"web"}, "configuration.region": {"eu-west"}, "configuration.image": {"debian-12"},
		"configuration.billingTermMonths": {"1"}, "labels": {"ci"}, "configuration.sshKeys": {storetest.PublicKey(t, 1)},
	}
	w.send(t, "/catalog/cat_vps_micro/price", order)
	quote := w.send(t, "/catalog/cat_vps_micro", order).URL.Path
	w.open(t, quote)
	purchase := w.send(t, quote, nil)
	w.open(t, purchase.URL.Path)
	service := regexp.MustCompile(`/services/\w+`).FindString(purchase.Body)
	w.send(t, service+"/protection", url.Values{"protection": {"reinstall"}})
	w.send(t, service+"/renewal", url.Values{"autoRenew": {"false"}})
	w.send(t, service+"/labels", url.Values{"labels": {"ci", "run=42"}})
	w.send(t, service+"/do/restart", nil)
	order.Set("expiresAfter", "P7D")
	ending := w.send(t, w.send(t, "/catalog/cat_vps_micro", order).URL.Path, nil)
	w.send(t, regexp.MustCompile(`/services/\w+`).FindString(ending.Body)+"/extend", url.Values{"expiresAfter": {"P90D"}})
	for _, path := range []string{service, service + "/do/reinstall", service + "/do/firewall_set", service + "/protection", service + "/cancel", "/services?label=ci", "/services?status=active", "/cancellations?label=ci"} {
		w.open(t, path)
	}
	token := tokens.FindStringSubmatch(w.open(t, "/cancellations?label=ci").Body)[1]
	many := w.send(t, "/cancellations", url.Values{"label": {"ci"}, "token": {token}, "named": {"ci"}, "name": {"ci"}})
	w.open(t, many.URL.Path)
	cancel := w.open(t, service+"/cancel").Body
	w.send(t, service+"/cancel", url.Values{"ends": {"now"}, "name": {"web"}, "token": {tokens.FindStringSubmatch(cancel)[1]}})

	w.send(t, "/members/invitations", url.Values{"email": {"eve@example.com"}, "role": {"viewer"}})
	invitation := regexp.MustCompile(`/members/invitations/(\w+)/revoke`).FindString(w.open(t, "/members").Body)
	w.send(t, invitation, nil)
	w.send(t, "/settings", url.Values{"requireMfa": {"false"}})
	w.send(t, "/settings/tokens", url.Values{"name": {"report"}, "role": {"viewer"}, "scopes": {"audit:read"}, "ends": {"30 days"}})
	w.send(t, regexp.MustCompile(`/settings/tokens/\w+/revoke`).FindString(w.open(t, "/settings/tokens").Body), nil)
}
