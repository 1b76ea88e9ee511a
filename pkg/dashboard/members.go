package dashboard

import (
	"context"
	"net/http"
	"net/url"

	"agentstore/pkg/api"
	"agentstore/pkg/fault"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// company is who has access to the account.
type company struct {
	members     []shop.Member
	invitations []shop.Invitation
	wrong       *fault.Error
	link        string // of an invitation that was just made
}

// members shows who has access.
func (s Site) members(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	f, err := s.visit(r, entry, api.MemberList())
	if err != nil {
		return err
	}
	return s.showMembers(w, r, f, company{})
}

func (s Site) showMembers(w http.ResponseWriter, r *http.Request, f *frame, c company) error {
	err := s.fill(r.Context(), f,
		func(ctx context.Context) (err error) { c.members, err = s.People.Members(ctx, f.caller); return err },
		func(ctx context.Context) (err error) {
			c.invitations, err = s.People.Invitations(ctx, f.caller)
			return err
		},
	)
	if err != nil {
		return err
	}
	return render(w, r, statusOf(c.wrong), membersPage(f, c))
}

// changeMember gives a member another role, or ends the membership.
func (s Site) changeMember(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	return s.changeCompany(w, r, entry, func(fields url.Values) (api.Operation, map[string]any) {
		person := r.PathValue("personId")
		if fields.Get("role") == "" {
			return api.MemberRemove(), map[string]any{"personId": person}
		}
		return api.MemberUpdate(), map[string]any{"personId": person, "role": fields.Get("role")}
	})
}

// invite invites somebody: the link is shown once.
func (s Site) invite(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	return s.changeCompany(w, r, entry, func(fields url.Values) (api.Operation, map[string]any) {
		return api.InvitationCreate(), map[string]any{"email": fields.Get("email"), "role": fields.Get("role")}
	})
}

// uninvite withdraws an invitation.
func (s Site) uninvite(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	return s.changeCompany(w, r, entry, func(url.Values) (api.Operation, map[string]any) {
		return api.InvitationRevoke(), map[string]any{"invitationId": r.PathValue("invitationId")}
	})
}

func (s Site) changeCompany(w http.ResponseWriter, r *http.Request, entry *web.Entry, change func(url.Values) (api.Operation, map[string]any)) error {
	fields, err := form(w, r)
	if err != nil {
		return err
	}
	f, err := s.visit(r, entry, api.MemberList())
	if err != nil {
		return err
	}
	o, values := change(fields)
	answer, err := s.do(r, entry, o, values, keyOf(fields))
	if err != nil {
		return s.mended(r, err, func(wrong *fault.Error) error { return s.showMembers(w, r, f, company{wrong: wrong}) })
	}
	made, err := read[struct{ Link string }](answer)
	if err != nil {
		return err
	}
	if made.Link != "" {
		return s.showMembers(w, r, f, company{link: made.Link})
	}
	http.Redirect(w, r, web.MembersPath, http.StatusSeeOther)
	return nil
}
