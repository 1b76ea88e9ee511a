package dashboard_test

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"agentstore/internal/test/browser"
	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/app"
	"agentstore/pkg/money"
)

// storyTime is much longer than the story takes: what waits for something that does not
// come says so, instead of waiting for ever.
const storyTime = 2 * time.Minute

// A person who comes for the first time connects an agent, which buys; buys a server,
// restarts, reinstalls and cancels it; and ends the agent's key. All of it on pages, in a
// real browser.
func TestStory(t *testing.T) {
	t.Parallel()
	ctx, enough := context.WithTimeout(browser.Open(t), storyTime)
	defer enough()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{DemoCredit: money.Money{Minor: 10_000, Currency: "usd"}})
	logIn(ctx, t, s)
	click := func(text string) chromedp.Action[chromedp.Void] {
		return chromedp.Click(`//main//*[self::a or self::button][normalize-space()="` + text + `"]`)
	}
	title := func(text string) chromedp.Action[chromedp.Void] {
		return chromedp.WaitVisible(`//h1[normalize-space()="` + text + `"]`)
	}
	says := func(text string) chromedp.Action[chromedp.Void] {
		return chromedp.WaitVisible(`//main//*[not(self::option or ancestor-or-self::details) and contains(normalize-space(), "` + text + `")]`)
	}

	// An agent, its limits, and a key, which is shown once.
	browser.Do(ctx, t,
		click("Connect an agent"), title("Connect an agent"),
		chromedp.SetValue(`#name`, "ci-runner"), click("Make the agent"), title("Limits of ci-runner"),
		chromedp.SetValue(`#perMonthMinor`, "50"), click("Save the limits"), title("ci-runner"), says("Up to $50.00 a month."),
		click("New key"), title("New key for ci-runner"), chromedp.SetValue(`#name`, "laptop"),
		chromedp.Evaluate[chromedp.Void](`document.querySelectorAll("input[name=scopes]").forEach((i) => { i.checked = true })`))
	logInBeside(ctx, t, click("Make the key"), title("New key for ci-runner"))
	if scopes := browser.Get(ctx, t, chromedp.Evaluate[int](`document.querySelectorAll("input[name=scopes]:checked").length`)); scopes != len(app.Shelf().Rules().Scopes()) {
		t.Errorf("of the scopes that were ticked %d are", scopes)
	}
	browser.Do(ctx, t, click("Make the key"), title("The key laptop"))
	s.Key = browser.Get(ctx, t, chromedp.Text(`.copy code`))
	if !regexp.MustCompile(`^ask_\w+\.\w+`).MatchString(s.Key) {
		t.Fatalf("the key is %q", s.Key)
	}
	browser.Do(ctx, t, click("Wait for its first call"), says("Waiting for its first call"))
	bought := s.Buy(t, s.Quote(t), "one")
	if bought.Status != http.StatusCreated {
		t.Fatalf("the agent buys: %d %s", bought.Status, bought.Body)
	}
	picture(ctx, t, "story-connect")
	browser.Do(ctx, t, chromedp.Navigate(s.URL+"/services"), says("deploy-node-01"), says("ci-runner"))

	// A server for themselves.
	browser.Do(ctx, t,
		chromedp.Navigate(s.URL+"/catalog"), chromedp.Click(`//a[@aria-label="Configure VPS Micro"]`), title("VPS Micro"),
		chromedp.SendKeys(`[id="configuration.hostname"]`, "web"), chromedp.Click(`//label[normalize-space()="debian-12"]`),
		chromedp.Click(`input[type=checkbox]`), chromedp.WaitVisible(`//section[@id="estimate"]//dd[normalize-space()="$4.00"]`),
		click("Review and buy"), title("1 × VPS Micro"), says("Backups"), click("Buy for $24.00"), says("Completed"),
		click("web"), title("web"), says("Running"))
	page := browser.Get(ctx, t, chromedp.Text(`main`))
	for _, want := range []string{"ssh root@198.51.100.", "$24.00 a month", "Renews", "eu-west, debian-12", "Bought by Members"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page of the server does not say %q: %s", want, page)
		}
	}
	browser.Do(ctx, t,
		click("Restart"), title("Restart web"), click("Restart"), title("web"), says("Running"),
		click("Reinstall"), title("Reinstall web"), chromedp.Click(`//label[normalize-space()="ubuntu-24.04"]`), click("Reinstall and erase the data"),
		title("web"), says("eu-west, ubuntu-24.04"),
		click("Cancel"), title("Cancel web"), chromedp.SetValue(`#name`, "another"), click("Cancel it now"), says("must be the name of the service"),
		chromedp.SetValue(`#name`, "web"), click("Cancel it now"), title("web"), says("Ended"))
	picture(ctx, t, "story-ended")

	// The key ends, and with it what the agent may do.
	browser.Do(ctx, t, chromedp.Navigate(s.URL+"/agents"), click("ci-runner"), chromedp.Click(`//button[@aria-label="Revoke laptop"]`), says("Revoked"))
	if a := s.Call(t, http.MethodGet, storetest.Services, nil); a.Status != http.StatusUnauthorized {
		t.Errorf("with the ended key: %d %s", a.Status, a.Body)
	}
}

// logInBeside sends a form after the session has ended. Its person logs in, in another tab,
// and goes on: the form is there again with what they wrote.
func logInBeside(ctx context.Context, t *testing.T, send, form chromedp.Action[chromedp.Void]) {
	t.Helper()
	browser.Do(ctx, t,
		chromedp.Func(func(ctx context.Context, to *chromedp.Target) error {
			_, err := cdp.Call(ctx, to, network.ClearBrowserCookies, cdp.Empty{})
			return err
		}),
		send, chromedp.WaitVisible(`//h1[text()="Log in to go on"]`))
	login := browser.Get(ctx, t, chromedp.Evaluate[string](`document.querySelector("a[target=_blank]").href`))
	tab, closeTab := chromedp.NewContext(ctx)
	defer closeTab()
	browser.Do(tab, t,
		chromedp.Navigate(login), chromedp.WaitVisible(`input[name=email]`),
		chromedp.SetValue(`input[name=name]`, name), chromedp.SetValue(`input[name=email]`, email),
		chromedp.Click(`//button[text()="Log in"]`), chromedp.WaitVisible(`//*[contains(normalize-space(), "waits in the other tab")]`))
	browser.Do(ctx, t, chromedp.Click(`//button[text()="Go on with what you wrote"]`), form)
	if written := browser.Get(ctx, t, chromedp.Value(`#name`)); written != "laptop" {
		t.Errorf("the form has lost what was written: %q", written)
	}
}
