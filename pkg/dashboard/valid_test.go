package dashboard_test

import (
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"agentstore/internal/test/browser"
)

// Every page is HTML as it is defined, also where something was wrong, nothing is there
// yet, or everything has a hostile name.
func TestPagesAreValid(t *testing.T) {
	t.Parallel()
	s, paths := shown(t)
	b := s.LogIn(t, name, email)
	pages := make(map[string]string)
	for name, path := range paths {
		pages[name] = b.Open(t, path).Body
	}
	agent := strings.TrimSuffix(paths["limits"], "/limits")
	for name, path := range map[string]string{
		"searched": "/services?q=deploy", "nothing-found": "/services?q=none", "no-label": "/services?label=none", "catalog-search": "/catalog?q=none", "allowed": agent + "?item=cat_vps_micro",
		"connect-first": "/connect", "audit-none": "/audit?actor=none", "usage-90": "/wallet/usage?days=90", "beside": "/?again=elsewhere", "many": "/cancellations?agent=" + strings.TrimPrefix(agent, "/agents/"),
	} {
		pages[name] = b.Open(t, path).Body
	}
	for name, form := range map[string]struct {
		path   string
		fields url.Values
	}{
		"wrong-item": {microPath, order("configuration.hostname", "Not a name", "quantity", "0")}, "wrong-limits": {paths["limits"], url.Values{"currency": {"usd", "eu"}, "perDayMinor": {"much", "7"}}},
		"wrong-hours": {paths["account-limits"], url.Values{"currency": {"usd"}, "hours.from": {"8"}, "maxLeaseOther": {"soon"}}}, "wrong-cancel": {paths["cancel"], url.Values{"ends": {"now"}, "name": {"x"}}},
		"wrong-key": {paths["key-form"], url.Values{"name": {""}}}, "wrong-agent": {"/agents", url.Values{"name": {""}}}, "wrong-invitation": {"/members/invitations", url.Values{"email": {"x"}}},
		"key-made": {paths["key-form"], url.Values{"name": {"laptop"}, "scopes": {"catalog:read"}}}, "wrong-labels": {paths["service"] + "/labels", url.Values{"labels": {"Not one"}}},
		"invited": {"/members/invitations", url.Values{"email": {"x@example.com"}, "role": {"viewer"}}}, "restart": {paths["service"] + "/do/restart", nil}, "approved": {paths["approval"], url.Values{"decision": {"approve"}}},
	} {
		pages[name] = b.Send(t, form.path, form.fields).Body
	}
	pages["price"] = "<!doctype html><html lang=en><title>Price</title><h1>Price</h1>" + b.Send(t, microPath+"/price", order()).Body
	nobody := s.NewBrowser(t)
	pages["welcome"], pages["log-in"] = nobody.Open(t, "/").Body, nobody.Send(t, microPath, order()).Body
	empty := s.LogIn(t, "Bob", "bob@example.com")
	for _, at := range []string{"/", "/approvals", "/purchases", "/services", "/agents", "/wallet", "/audit", "/members", "/settings"} {
		pages["empty"+strings.ReplaceAll(at, "/", "-")] = empty.Open(t, at).Body
	}
	evil := hostileStore(t)
	for _, at := range []string{"/", "/approvals", "/purchases", "/services", "/agents", "/wallet", "/audit", "/members", "/settings"} {
		page := evil.Open(t, at)
		if page.Status != http.StatusOK {
			t.Errorf("%s: %d", at, page.Status)
		}
		pages["hostile"+strings.ReplaceAll(at, "/", "-")] = page.Body
	}
	for _, flaw := range browser.Flaws(t, filepath.Join("..", "..", "scripts", "vnu"), pages) {
		t.Error(flaw)
	}
}
