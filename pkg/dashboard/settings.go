package dashboard

import (
	"context"
	"net/http"

	"agentstore/pkg/api"
	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// seat is what a person has here: accounts, and sessions.
type seat struct {
	overview shop.Overview
	sessions []shop.Session
	wrong    *fault.Error
}

// settings shows the person's accounts and sessions, and how the account is secured. It
// needs no account: here another one is chosen.
func (s Site) settings(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	return s.showSettings(w, r, entry, nil)
}

func (s Site) showSettings(w http.ResponseWriter, r *http.Request, entry *web.Entry, wrong *fault.Error) error {
	caller, err := s.Caller(r, entry)
	if err != nil {
		return err
	}
	f := &frame{caller: caller, path: r.URL.Path, now: s.Shop.Now(), theme: s.theme(r)}
	one := seat{wrong: wrong}
	reads := []func(context.Context) error{
		func(ctx context.Context) (err error) { one.overview, err = s.People.Overview(ctx, caller); return err },
		func(ctx context.Context) (err error) { one.sessions, err = s.People.Sessions(ctx, caller); return err },
	}
	if caller.Role != "" && !caller.LacksMFA {
		if err := s.fill(r.Context(), f, reads...); err != nil {
			return err
		}
		return render(w, r, statusOf(wrong), settingsPage(f, one))
	}
	g, ctx := group(r.Context())
	for _, read := range reads {
		g.Go(func() error { return read(ctx) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return render(w, r, statusOf(wrong), choosePage(f, one))
}

// setSettings says whether members need a second factor.
func (s Site) setSettings(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	fields, err := form(w, r)
	if err != nil {
		return err
	}
	if _, err := s.do(r, entry, api.AccountSecuritySet(), map[string]any{"requireMfa": fields.Get("requireMfa") == "true"}, ""); err != nil {
		if fault.Is(err, fault.MFARequired) {
			return s.showSettings(w, r, entry, web.Translate(r.Context(), err))
		}
		return s.mended(r, err, func(wrong *fault.Error) error { return s.showSettings(w, r, entry, wrong) })
	}
	http.Redirect(w, r, web.SettingsPath, http.StatusSeeOther)
	return nil
}

// sessions leads to the settings, which have them.
func (s Site) sessions(w http.ResponseWriter, r *http.Request, _ *web.Entry) error {
	http.Redirect(w, r, web.SettingsPath+"#sessions", http.StatusSeeOther)
	return nil
}

// endSession ends one of the person's sessions.
func (s Site) endSession(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	caller, err := s.Caller(r, entry)
	if err != nil {
		return err
	}
	if err := s.People.EndSession(r.Context(), caller, id.Session(r.PathValue("sessionId"))); err != nil {
		return err
	}
	http.Redirect(w, r, web.SettingsPath, http.StatusSeeOther)
	return nil
}

// endSessions ends all other sessions of the person, or all.
func (s Site) endSessions(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	caller, err := s.Caller(r, entry)
	if err != nil {
		return err
	}
	fields, err := form(w, r)
	if err != nil {
		return err
	}
	which := fields.Get("which")
	if which != "others" && which != "all" {
		return fault.Invalid(fault.OneOf("$.which", which, "others", "all"))
	}
	if _, err := s.People.EndSessions(r.Context(), caller, which == "all"); err != nil {
		return err
	}
	http.Redirect(w, r, web.SettingsPath, http.StatusSeeOther)
	return nil
}
