package dashboard_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"agentstore/internal/test/browser"
	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/money"
)

// screenshotVariable names a file for what the browser shows to somebody who is
// logged in, for people to look at.
const screenshotVariable = "DASHBOARD_SCREENSHOT"

// A person logs in and out with a real browser, which obeys the policies of the
// pages, keeps the cookies, and says where forms come from.
func TestChromium(t *testing.T) {
	t.Parallel()
	ctx := browser.Open(t)
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{DemoCredit: money.Money{Minor: 100_000, Currency: "usd"}})
	browser.Do(ctx, t, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(s.URL), chromedp.Click(`//a[text()="Log in"]`), chromedp.WaitVisible(`input[name=email]`))
	issuer := browser.Get(ctx, t, chromedp.Text(`h1`))
	browser.Do(ctx, t,
		chromedp.SetValue(`input[name=name]`, "Grace Hopper"), chromedp.SetValue(`input[name=email]`, "grace@example.com"),
		chromedp.Click(`//button[text()="Log in"]`), chromedp.WaitVisible(`//button[text()="Log out"]`))
	in := browser.Get(ctx, t, chromedp.Text(`body`))
	cookies := browser.Get(ctx, t, chromedp.Evaluate[string](`document.cookie`))
	font := browser.Get(ctx, t, chromedp.Evaluate[string](`getComputedStyle(document.body).fontFamily`))
	picture := browser.Get(ctx, t, chromedp.FullScreenshot(100))
	browser.Do(ctx, t, chromedp.Click(`//button[text()="Log out"]`), chromedp.WaitVisible(`//a[text()="Log in"]`))
	out := browser.Get(ctx, t, chromedp.Text(`body`))

	if !strings.Contains(issuer, "for trying out") {
		t.Errorf("the issuer calls itself %q", issuer)
	}
	for _, want := range []string{"Grace Hopper", "grace@example.com", "Owner", "$1,000.00"} {
		if !strings.Contains(in, want) {
			t.Errorf("the page does not say %q: %s", want, in)
		}
	}
	if cookies != "" {
		t.Errorf("scripts can read %q", cookies)
	}
	if !strings.Contains(font, "system-ui") {
		t.Errorf("the policy keeps the page's own style out: the font is %q", font)
	}
	if strings.Contains(out, "Grace") {
		t.Errorf("logged out, the page says %s", out)
	}
	if file := os.Getenv(screenshotVariable); file != "" {
		if err := os.WriteFile(filepath.Clean(file), picture, 0o600); err != nil {
			t.Error(err)
		}
	}
}

// The address that an agent shows leads a person through the login to the
// question, and the answer back to what has become of it.
func TestChromiumApproves(t *testing.T) {
	t.Parallel()
	ctx := browser.Open(t)
	s, _, asked := parked(t)
	browser.Do(ctx, t,
		chromedp.Navigate(asked.Text("purchase", "approvalUrl")), chromedp.WaitVisible(`input[name=email]`),
		chromedp.SetValue(`input[name=name]`, name), chromedp.SetValue(`input[name=email]`, email),
		chromedp.Click(`//button[text()="Log in"]`), chromedp.WaitVisible(`button[value=approve]`))
	picture := browser.Get(ctx, t, chromedp.FullScreenshot(100))
	browser.Do(ctx, t, chromedp.SetValue(`textarea[name=note]`, "go on"),
		chromedp.Click(`button[value=approve]`), chromedp.WaitVisible(`//strong[text()="It is approved."]`))
	if a := s.Call(t, "GET", storetest.Purchases+"/"+asked.Text("purchase", "id"), nil); a.Text("purchase", "status") != "completed" {
		t.Errorf("the purchase is %s", a.Body)
	}
	if file := os.Getenv(screenshotVariable); file != "" {
		if err := os.WriteFile(filepath.Clean(file)+".approval.png", picture, 0o600); err != nil {
			t.Error(err)
		}
	}
}

// Who approves with an old login is led through a new one, finds the note as it
// was, and presses once more. Nothing was approved by the login itself.
func TestChromiumLogsInAgain(t *testing.T) {
	t.Parallel()
	ctx := browser.Open(t)
	s, _, asked := parked(t)
	logIn := func() []chromedp.Action[chromedp.Void] {
		return []chromedp.Action[chromedp.Void]{
			chromedp.WaitVisible(`input[name=email]`),
			chromedp.SetValue(`input[name=name]`, name), chromedp.SetValue(`input[name=email]`, email),
			chromedp.Click(`//button[text()="Log in"]`), chromedp.WaitVisible(`button[value=approve]`),
		}
	}
	browser.Do(ctx, t, chromedp.Navigate(asked.Text("purchase", "approvalUrl")))
	browser.Do(ctx, t, logIn()...)
	s.Clock.Advance(15 * time.Minute)
	browser.Do(ctx, t, chromedp.SetValue(`textarea[name=note]`, `go on, "now"`), chromedp.Click(`button[value=approve]`))
	browser.Do(ctx, t, logIn()...)
	note := browser.Get(ctx, t, chromedp.Evaluate[string](`document.querySelector("textarea[name=note]").value`))
	page := browser.Get(ctx, t, chromedp.Text(`body`))
	if note != `go on, "now"` || !strings.Contains(page, "press Approve again") || !strings.Contains(page, "Open until") {
		t.Errorf("the note is %q on the page %s", note, page)
	}
	browser.Do(ctx, t, chromedp.Click(`button[value=approve]`), chromedp.WaitVisible(`//strong[text()="It is approved."]`))
	if a := s.Call(t, "GET", storetest.Purchases+"/"+asked.Text("purchase", "id"), nil); a.Text("purchase", "status") != "completed" {
		t.Errorf("the purchase is %s", a.Body)
	}
}
