package dashboard_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"agentstore/internal/test/browser"
	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/license"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/app"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
)

// protectedAction is a store in which an agent of somebody's asks for an action that a
// service is protected against, and the address at which they are asked.
func protectedAction(t *testing.T, o storetest.Options, order map[string]any, action string, input map[string]any) (*storetest.Browser, string) {
	t.Helper()
	o.DemoCredit = money.Money{Minor: 50_000, Currency: "usd"}
	s := storetest.New(t, dynamotest.Embedded(t), o)
	b := s.LogIn(t, name, email)
	agent := id.Agent(b.Call(t, http.MethodPost, storetest.Account+"/agents", map[string]any{"name": "a"}).Text("agent", "id"))
	s.Key = s.NewKey(t, agent, s.Shop.Products.Scopes()...)
	order["idempotencyKey"] = "k"
	service := s.Call(t, http.MethodPost, storetest.Purchases, order).Text("service", "id")
	if _, err := s.Shop.Protect(t.Context(), agent.Account(), id.Service(service), true); err != nil {
		t.Fatal(err)
	}
	asked := s.Call(t, http.MethodPost, storetest.Services+"/"+service+action, input)
	if asked.Text("approvalUrl") == "" {
		t.Fatalf("%d: %s", asked.Status, asked.Body)
	}
	return b, asked.Text("approvalUrl")
}

func pathOf(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Path
}

// The page about an action shows what the product of the service says of it, whatever
// the product is.
func TestApprovalShowsFacts(t *testing.T) {
	t.Parallel()
	b, at := protectedAction(t, storetest.Options{}, storetest.Order(), "/server/reinstall", map[string]any{"image": "debian-12"})
	expectPage(t, b.Open(t, pathOf(t, at)), http.StatusOK, "reinstall", "debian-12", "Host name", "deploy-node-01", "198.51.100.42", "Power", "running")

	b, at = protectedAction(t, storetest.Options{
		Shelf: append(app.Shelf(), license.New()), Catalog: license.Catalog,
		Fulfilments: map[string]shop.Fulfilment{license.ServiceType: license.Desk{}},
	}, map[string]any{"catalogItemId": "cat_render", "configuration": map[string]any{"edition": "team", "seats": 7, "billingTermMonths": 1}},
		"/license/rotate", map[string]any{"reason": "leaked"})
	expectPage(t, b.Open(t, pathOf(t, at)), http.StatusOK, "rotate", "leaked", "Number", "LK-", "Seats", "7")
}

// The same page in a real browser, for people to look at.
func TestChromiumShowsFacts(t *testing.T) {
	t.Parallel()
	ctx := browser.Open(t)
	_, at := protectedAction(t, storetest.Options{}, storetest.Order(), "/server/reinstall", map[string]any{"image": "debian-12"})
	browser.Do(ctx, t,
		chromedp.Navigate(at), chromedp.WaitVisible(`input[name=email]`),
		chromedp.SetValue(`input[name=name]`, name), chromedp.SetValue(`input[name=email]`, email),
		chromedp.Click(`//button[text()="Log in"]`), chromedp.WaitVisible(`button[value=approve]`))
	if page := browser.Get(ctx, t, chromedp.Text(`body`)); !strings.Contains(page, "deploy-node-01") || !strings.Contains(page, "198.51.100.42") {
		t.Errorf("the page says %s", page)
	}
	if file := os.Getenv(screenshotVariable); file != "" {
		if err := os.WriteFile(filepath.Clean(file+".facts.png"), browser.Get(ctx, t, chromedp.FullScreenshot(100)), 0o600); err != nil {
			t.Error(err)
		}
	}
}
