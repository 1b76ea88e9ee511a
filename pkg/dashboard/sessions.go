package dashboard

import (
	"net/http"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/web"
)

// sessions shows where the person is logged in. It needs no account.
func (s Site) sessions(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	caller, err := s.Caller(r, entry)
	if err != nil {
		return err
	}
	sessions, err := s.People.Sessions(r.Context(), caller)
	if err != nil {
		return err
	}
	return render(w, r, http.StatusOK, sessionsPage(caller, sessions))
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
	http.Redirect(w, r, web.SessionsPath, http.StatusSeeOther)
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
	http.Redirect(w, r, web.SessionsPath, http.StatusSeeOther)
	return nil
}
