package dashboard

import (
	"net/http"

	"agentstore/pkg/web"
)

// invitation shows what somebody is invited to. Opening the link changes nothing,
// because mail programs open links too.
func (s Site) invitation(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	caller, err := s.Caller(r, entry)
	if err != nil {
		return err
	}
	invited, err := s.People.Invited(r.Context(), caller, r.PathValue("token"))
	if err != nil {
		return err
	}
	return render(w, r, http.StatusOK, invitationPage(caller, invited, r.URL.Path))
}

// accept makes the person a member, and the session look at the account.
func (s Site) accept(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	caller, err := s.Caller(r, entry)
	if err != nil {
		return err
	}
	account, err := s.People.Accept(r.Context(), caller, r.PathValue("token"))
	if err != nil {
		return err
	}
	if err := s.People.Switch(r.Context(), s.Browser(r, entry), account); err != nil {
		return err
	}
	http.Redirect(w, r, web.HomePath, http.StatusSeeOther)
	return nil
}
