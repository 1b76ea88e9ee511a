package dashboard

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"agentstore/pkg/api"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// frame is what the pages of an account show around what they are about.
type frame struct {
	caller shop.Caller
	path   string // of the page
	now    time.Time
	sent   heldForm       // what the caller sent of a form of this page, if it was not carried out
	again  string         // not empty: the caller had to log in again to do something here
	theme  string         // light or dark; empty for that of the browser
	free   money.Money    // what can be spent
	held   money.Money    // what is on hold
	open   []shop.Waiting // what agents ask
	agents []shop.Agent
}

// visit is the member who opens a page, in the frame of their account. The operation
// says which role they need.
func (s Site) visit(r *http.Request, entry *web.Entry, o api.Operation) (*frame, error) {
	caller, err := s.Member(r, entry, o)
	f := &frame{caller: caller, path: r.URL.Path, now: s.Shop.Now(), theme: s.theme(r), sent: s.sent(r, caller)}
	if asked := r.URL.Query(); asked.Has(againName) {
		f.again = cmp.Or(asked.Get(againName), againName)
	}
	if r.Method != http.MethodPost && f.written() != nil {
		f.again = againName
	}
	return f, err
}

// group runs what can be done side by side, until the first error.
func group(ctx context.Context) (*errgroup.Group, context.Context) { return errgroup.WithContext(ctx) }

// fill reads what the frame shows, and what the page is about, side by side.
func (s Site) fill(ctx context.Context, f *frame, reads ...func(context.Context) error) error {
	g, ctx := group(ctx)
	g.Go(func() (err error) {
		var w shop.Wallet
		w, err = s.Shop.Wallet(ctx, f.caller)
		f.free, f.held = w.Free(), w.OnHold()
		return err
	})
	g.Go(func() (err error) {
		f.open, err = s.Shop.Store.AllWaiting(ctx, f.caller.Account)
		return err
	})
	g.Go(func() (err error) {
		f.agents, err = s.Shop.Agents(ctx, f.caller)
		return err
	})
	for _, read := range reads {
		g.Go(func() error { return read(ctx) })
	}
	return g.Wait()
}

// asked is an open question, and who asks.
type asked struct {
	shop.Question
	agent id.Agent
}

// asks are the questions that are open.
func (f *frame) asks() []asked {
	var open []asked
	for _, w := range f.open {
		for _, q := range w.Questions {
			if f.now.Before(q.ExpiresAt) {
				open = append(open, asked{q, w.Agent})
			}
		}
	}
	return open
}

// waiting is how many questions are open.
func (f *frame) waiting() int { return len(f.asks()) }

// agent is what people call an agent: the one at the checkout is the members.
func (f *frame) agent(agent id.Agent) string {
	i := slices.IndexFunc(f.agents, func(a shop.Agent) bool { return a.ID == agent })
	switch {
	case i < 0:
		return brief(agent)
	case f.agents[i].System:
		return "Members"
	default:
		return f.agents[i].Name
	}
}

// spent is what was spent under a policy this month, in the currency of the wallet.
func (f *frame) spent(b shop.Budget) money.Money {
	return alike(f.free, b.Spending.On(f.free.Currency, f.now).MonthMinor)
}

// day is the same of today.
func (f *frame) day(b shop.Budget) money.Money {
	return alike(f.free, b.Spending.On(f.free.Currency, f.now).DayMinor)
}

// inDays is so many days from now, as the API takes it. It is of a whole minute, so that a
// form that is sent twice asks twice for the same.
func (f *frame) inDays(n int) string {
	return f.now.UTC().Truncate(time.Minute).AddDate(0, 0, n).Format("2006-01-02T15:04:05Z")
}

// may reports whether the caller has that role.
func (f *frame) may(role shop.Role) bool { return f.caller.Role.AtLeast(role) }

// isAt reports whether the page belongs to a section of the navigation.
func (f *frame) isAt(section string) bool {
	if section == web.HomePath {
		return f.path == section
	}
	return f.path == section || len(f.path) > len(section) && f.path[:len(section)+1] == section+"/"
}

const themeCookie = "agentstore_theme"

// theme is the scheme of colours that the person has chosen.
func (s Site) theme(r *http.Request) string {
	if chosen := s.Cookie(r, themeCookie); chosen == "light" || chosen == "dark" {
		return chosen
	}
	return ""
}

// setTheme keeps it for a year.
func (s Site) setTheme(w http.ResponseWriter, r *http.Request, _ *web.Entry) error {
	fields, err := form(w, r)
	if err != nil {
		return err
	}
	switch theme := fields.Get("theme"); theme {
	case "light", "dark":
		s.SetCookie(w, r, themeCookie, theme, 365*24*time.Hour)
	default:
		s.SetCookie(w, r, themeCookie, "", 0)
	}
	http.Redirect(w, r, localPath(fields.Get("return")), http.StatusSeeOther)
	return nil
}
