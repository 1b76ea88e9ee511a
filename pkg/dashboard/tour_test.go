package dashboard_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"agentstore/internal/test/browser"
	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/app"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
)

// picturesVariable names a folder for a picture of every page, in both schemes of
// colours, on a wide screen and on a phone, for people to look at.
const picturesVariable = "DASHBOARD_PICTURES"

// Every page can be used by everybody: axe-core finds no barrier on it, in either scheme
// of colours, on a wide screen and on a phone, with everything opened that opens.
func TestTour(t *testing.T) {
	t.Parallel()
	axe := browser.Axe(t, filepath.Join("..", "..", "scripts", "axe"))
	ctx := browser.Open(t)
	s, pages := shown(t)
	logIn(ctx, t, s)
	for name, path := range pages {
		for _, look := range looks {
			browser.Do(ctx, t, look.steps(s.URL+path)...)
			picture(ctx, t, name+"-"+look.name)
			browser.Get(ctx, t, chromedp.Evaluate[bool](`document.querySelectorAll("details").forEach((d) => { d.open = true }); true`))
			for _, barrier := range browser.Barriers(ctx, t, axe) {
				t.Errorf("%s, %s: %s", path, look.name, barrier)
			}
			if wide := browser.Get(ctx, t, chromedp.Evaluate[bool](`document.documentElement.scrollWidth > document.documentElement.clientWidth`)); wide {
				t.Errorf("%s, %s: the page is wider than the screen", path, look.name)
			}
		}
	}
}

// look is a screen, and the scheme of colours that its owner likes.
type look struct {
	name          string
	width, height int64
	scheme        string
}

var looks = []look{
	{"wide", 1440, 900, "light"}, {"wide-dark", 1440, 900, "dark"}, {"phone", 390, 844, "light"}, {"phone-dark", 390, 844, "dark"},
}

func (l look) steps(address string) []chromedp.Action[chromedp.Void] {
	return []chromedp.Action[chromedp.Void]{
		chromedp.EmulateViewport(l.width, l.height), scheme(l.scheme), chromedp.Navigate(address),
	}
}

func scheme(name string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}},
		})
		return err
	})
}

// logIn has the browser log in as the owner.
func logIn(ctx context.Context, t *testing.T, s *storetest.Store) {
	t.Helper()
	browser.Do(ctx, t,
		chromedp.EmulateViewport(1440, 900), chromedp.Navigate(s.URL+"/login"), chromedp.WaitVisible(`input[name=email]`),
		chromedp.SetValue(`input[name=name]`, name), chromedp.SetValue(`input[name=email]`, email),
		chromedp.Click(`//button[text()="Log in"]`), chromedp.WaitVisible(`//h1[text()="Overview"]`))
}

// picture keeps a picture of the page for people, where they have asked for it.
func picture(ctx context.Context, t *testing.T, name string) {
	t.Helper()
	if folder := os.Getenv(picturesVariable); folder != "" {
		if err := os.WriteFile(filepath.Join(folder, name+".png"), browser.Get(ctx, t, chromedp.FullScreenshot(100)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// shown is a store in which something of everything is there, and the path of each page
// of it by a name.
func shown(t *testing.T) (*storetest.Store, map[string]string) {
	t.Helper()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{DemoCredit: money.Money{Minor: 100_000, Currency: "usd"}, KeyUse: time.Hour})
	b := s.LogIn(t, name, email)
	call := func(method, path string, body map[string]any) storetest.Answer {
		a := b.Call(t, method, storetest.Account+path, body)
		if a.Status >= 300 {
			t.Fatalf("%s %s: %d %s", method, path, a.Status, a.Body)
		}
		return a
	}
	agent := id.Agent(call(http.MethodPost, "/agents", map[string]any{"name": "ci-runner"}).Text("agent", "id"))
	call(http.MethodPost, "/agents", map[string]any{"name": "research", "sees": "own"})
	key := call(http.MethodPost, "/agents/"+string(agent)+"/keys", map[string]any{"name": "runner"})
	call(http.MethodPut, "/agents/"+string(agent)+"/policy", map[string]any{
		"limits": []any{map[string]any{"currency": "usd", "perMonthMinor": 30_000, "approvalAboveMinor": 3000}}, "regions": []any{"eu-west"}, "maxLiveServices": 8,
	})
	call(http.MethodPost, "/ssh-keys", map[string]any{"name": "laptop", "publicKey": storetest.PublicKey(t, 1) + "ada@example.com"})
	call(http.MethodPost, "/invitations", map[string]any{"email": "grace@example.com", "role": "viewer"})
	runner := key.Text("key", "id")
	s.Key = key.Text("secret")
	s.Call(t, http.MethodGet, storetest.Quotes+"/quo_none", nil)
	s.Call(t, http.MethodPost, storetest.Quotes, storetest.Order()) // which it may not
	s.Key = s.NewKey(t, agent, app.Shelf().Rules().Scopes()...)
	bought := s.Buy(t, s.Quote(t), "one")
	service := bought.Text("service", "id")
	call(http.MethodPut, "/services/"+service+"/protection", map[string]any{"protection": []any{"reinstall"}})
	large := storetest.Order()
	large["quantity"] = 3
	parked := s.Buy(t, s.Call(t, http.MethodPost, storetest.Quotes, large).Text("quote", "id"), "three")
	ending := storetest.Order()
	ending["expiresAfter"] = "P3D"
	quote := call(http.MethodPost, "/quotes", ending).Text("quote", "id")
	call(http.MethodPost, "/purchases", map[string]any{"quoteId": quote, "idempotencyKey": "two"})
	open := call(http.MethodPost, "/quotes", storetest.Order()).Text("quote", "id")
	return s, map[string]string{
		"overview": "/", "approvals": "/approvals", "approval": "/approvals/" + parked.Text("purchase", "approvalId"),
		"catalog": "/catalog", "item": "/catalog/cat_vps_micro", "quote": "/quotes/" + open,
		"purchases": "/purchases", "purchase": "/purchases/" + bought.Text("purchase", "id"),
		"services": "/services", "service": "/services/" + service, "reinstall": "/services/" + service + "/do/reinstall",
		"cancel": "/services/" + service + "/cancel", "protection": "/services/" + service + "/protection",
		"agents": "/agents", "agent": "/agents/" + string(agent), "limits": "/agents/" + string(agent) + "/limits", "key-form": "/agents/" + string(agent) + "/keys",
		"key": "/agents/" + string(agent) + "/keys/" + runner, "account-limits": "/limits", "connect": "/connect?agent=" + string(agent), "wallet": "/wallet", "usage": "/wallet/usage", "audit": "/audit", "members": "/members", "settings": "/settings", "tokens": "/settings/tokens",
		"ssh-keys": "/settings/ssh-keys", "metrics": "/services/" + service + "/see/server:metrics?span=6h", "firewall": "/services/" + service + "/do/firewall_set",
		"nothing": "/services/svc_none",
	}
}
