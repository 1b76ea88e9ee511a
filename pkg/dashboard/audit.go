package dashboard

import (
	"context"
	"net/http"
	"strings"

	"agentstore/pkg/api"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// trail is a page of the audit log, and what it is narrowed to.
type trail struct {
	operation, actor, subject, outcome string
	operations                         []string
	after, next                        shop.Cursor
	events                             []shop.Event
	members                            []shop.Member
}

// audit shows who did what.
func (s Site) audit(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	list := api.AuditList(s.Shelf)
	f, err := s.visit(r, entry, list)
	if err != nil {
		return err
	}
	asked := r.URL.Query()
	t := trail{
		operation: asked.Get("operation"), actor: strings.TrimSpace(asked.Get("actor")), subject: strings.TrimSpace(asked.Get("subject")), outcome: asked.Get("outcome"),
	}
	for _, name := range list.Input.Properties["operation"].Enum {
		t.operations = append(t.operations, name.(string))
	}
	if t.after, err = shop.OpenCursor(t.list(), asked.Get("after")); err != nil {
		return err
	}
	filter := shop.TrailFilter{Operation: t.operation, Actor: t.actor, Subject: t.subject}
	if t.outcome != "" {
		refused := t.outcome == "refused"
		filter.Refused = &refused
	}
	err = s.fill(r.Context(), f,
		func(ctx context.Context) (err error) {
			t.events, t.next, err = s.Shop.Trail(ctx, f.caller, filter, shop.Page{Limit: onPage, After: t.after})
			return err
		},
		func(ctx context.Context) (err error) { t.members, err = s.People.Members(ctx, f.caller); return err },
	)
	if err != nil {
		return err
	}
	return render(w, r, http.StatusOK, auditPage(f, t))
}

func (t trail) list() string {
	return strings.Join([]string{"audit", t.operation, t.actor, t.subject, t.outcome}, " ")
}

// path is the page of the log that begins there, or another form of it.
func (t trail) path(of string, after shop.Cursor) string {
	return link(of, "operation", t.operation, "actor", t.actor, "subject", t.subject, "outcome", t.outcome, "after", after.Seal(t.list()))
}

// who names the actor of an event.
func (t trail) who(f *frame, e shop.Event) string {
	switch {
	case e.Actor.Person != "":
		for _, m := range t.members {
			if m.Person == e.Actor.Person {
				return m.Name
			}
		}
		return brief(e.Actor.Person)
	case e.Actor.Agent != "":
		return f.agent(e.Actor.Agent)
	default:
		return "The store"
	}
}
