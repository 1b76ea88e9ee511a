package dashboard

import (
	"net/http"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/web"
)

// home shows who is logged in, or what the store is to everybody else.
func (s Site) home(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	caller, err := s.Caller(r, entry)
	if fault.Is(err, fault.Unauthenticated) {
		return render(w, r, http.StatusOK, welcomePage())
	}
	if err != nil {
		return err
	}
	overview, err := s.People.Overview(r.Context(), caller)
	if err != nil {
		return err
	}
	return render(w, r, http.StatusOK, homePage(caller, overview))
}

// switchAccount makes the session look at another account of the person.
func (s Site) switchAccount(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	fields, err := form(w, r)
	if err != nil {
		return err
	}
	account := id.Account(fields.Get("account"))
	if !id.ValidAccount(account) {
		return fault.InvalidParam("$.account", "is not the id of an account").Fix("Choose one of your accounts on the first page.")
	}
	if err := s.People.Switch(r.Context(), s.Browser(r, entry), account); err != nil {
		return err
	}
	http.Redirect(w, r, web.HomePath, http.StatusSeeOther)
	return nil
}
