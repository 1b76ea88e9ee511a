package dashboard_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/money"
)

// screenshotVariable names a file for what the browser shows to somebody who is
// logged in, for people to look at.
const screenshotVariable = "DASHBOARD_SCREENSHOT"

// chromium is a real browser, with a profile of its own. Where there is none the
// test is skipped, and says what to install; with CI=true it fails.
func chromium(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	switch {
	case err != nil && os.Getenv("CI") != "true":
		t.Skip("LEFT OUT: this test did not run in a browser, for there is no chromium in PATH: install the package chromium")
	case err != nil:
		t.Fatal("This test cannot run: there is no chromium in PATH: install the package chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.WSURLReadTimeout(time.Minute),
		chromedp.NoSandbox, // it would need rights that a container has not
		chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
	)
	ctx, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, closeTab := chromedp.NewContext(ctx)
	t.Cleanup(closeTab)
	return ctx
}

func do(ctx context.Context, t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

func get[T any](ctx context.Context, t *testing.T, action chromedp.Action[T]) T {
	t.Helper()
	value, err := chromedp.Run(ctx, action)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// A person logs in and out with a real browser, which obeys the policies of the
// pages, keeps the cookies, and says where forms come from.
func TestChromium(t *testing.T) {
	t.Parallel()
	ctx := chromium(t)
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{DemoCredit: money.Money{Minor: 100_000, Currency: "usd"}})
	do(ctx, t, chromedp.Navigate(s.URL), chromedp.Click(`//a[text()="Log in"]`), chromedp.WaitVisible(`input[name=email]`))
	issuer := get(ctx, t, chromedp.Text(`h1`))
	do(ctx, t,
		chromedp.SetValue(`input[name=name]`, "Grace Hopper"), chromedp.SetValue(`input[name=email]`, "grace@example.com"),
		chromedp.Click(`//button[text()="Log in"]`), chromedp.WaitVisible(`//button[text()="Log out"]`))
	in := get(ctx, t, chromedp.Text(`body`))
	cookies := get(ctx, t, chromedp.Evaluate[string](`document.cookie`))
	font := get(ctx, t, chromedp.Evaluate[string](`getComputedStyle(document.documentElement).fontFamily`))
	picture := get(ctx, t, chromedp.FullScreenshot(100))
	do(ctx, t, chromedp.Click(`//button[text()="Log out"]`), chromedp.WaitVisible(`//a[text()="Log in"]`))
	out := get(ctx, t, chromedp.Text(`body`))

	if !strings.Contains(issuer, "for trying out") {
		t.Errorf("the issuer calls itself %q", issuer)
	}
	for _, want := range []string{"Grace Hopper", "grace@example.com", "owner", "$1,000.00"} {
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
	ctx := chromium(t)
	s, _, asked := parked(t)
	do(ctx, t,
		chromedp.Navigate(asked.Text("purchase", "approvalUrl")), chromedp.WaitVisible(`input[name=email]`),
		chromedp.SetValue(`input[name=name]`, name), chromedp.SetValue(`input[name=email]`, email),
		chromedp.Click(`//button[text()="Log in"]`), chromedp.WaitVisible(`//button[text()="Approve"]`))
	picture := get(ctx, t, chromedp.FullScreenshot(100))
	do(ctx, t, chromedp.SetValue(`textarea[name=note]`, "go on"),
		chromedp.Click(`//button[text()="Approve"]`), chromedp.WaitVisible(`//strong[text()="It is approved."]`))
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
	ctx := chromium(t)
	s, _, asked := parked(t)
	logIn := func() []chromedp.Action[chromedp.Void] {
		return []chromedp.Action[chromedp.Void]{
			chromedp.WaitVisible(`input[name=email]`),
			chromedp.SetValue(`input[name=name]`, name), chromedp.SetValue(`input[name=email]`, email),
			chromedp.Click(`//button[text()="Log in"]`), chromedp.WaitVisible(`//button[text()="Approve"]`),
		}
	}
	do(ctx, t, chromedp.Navigate(asked.Text("purchase", "approvalUrl")))
	do(ctx, t, logIn()...)
	s.Clock.Advance(15 * time.Minute)
	do(ctx, t, chromedp.SetValue(`textarea[name=note]`, `go on, "now"`), chromedp.Click(`//button[text()="Approve"]`))
	do(ctx, t, logIn()...)
	note := get(ctx, t, chromedp.Evaluate[string](`document.querySelector("textarea[name=note]").value`))
	page := get(ctx, t, chromedp.Text(`body`))
	if note != `go on, "now"` || !strings.Contains(page, "press Approve again") || !strings.Contains(page, "It is open until") {
		t.Errorf("the note is %q on the page %s", note, page)
	}
	do(ctx, t, chromedp.Click(`//button[text()="Approve"]`), chromedp.WaitVisible(`//strong[text()="It is approved."]`))
	if a := s.Call(t, "GET", storetest.Purchases+"/"+asked.Text("purchase", "id"), nil); a.Text("purchase", "status") != "completed" {
		t.Errorf("the purchase is %s", a.Body)
	}
}
