package dashboard

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"agentstore/pkg/api"
	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// lifetimes are the ends that the form of a key offers, in days.
var lifetimes = []struct {
	days  int
	words string
}{{0, "90 days"}, {1, "1 day"}, {7, "7 days"}, {30, "30 days"}, {365, "1 year"}}

// key shows a key, and what it was used for.
func (s Site) key(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	f, err := s.visit(r, entry, api.KeyRequestList())
	if err != nil {
		return err
	}
	var known shop.KeyRequests
	err = s.fill(r.Context(), f, func(ctx context.Context) (err error) {
		known, err = s.Shop.KeyRequests(ctx, f.caller, id.Key(r.PathValue("keyId")))
		return err
	})
	if err == nil && known.Key.Agent != agentOf(r) {
		err = fault.New(fault.NotFound, "The agent has no such key.").Fix("Open the agent, and follow the link of one of its keys.")
	}
	if err != nil {
		return err
	}
	return render(w, r, http.StatusOK, keyRequests(f, known))
}

// keyForm shows the form for a new key.
func (s Site) keyForm(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	f, err := s.visit(r, entry, api.KeyList())
	if err != nil {
		return err
	}
	return s.showKeyForm(w, r, f, f.written(), nil)
}

func (s Site) showKeyForm(w http.ResponseWriter, r *http.Request, f *frame, fields url.Values, wrong *fault.Error) error {
	err := s.fill(r.Context(), f, func(ctx context.Context) error {
		_, err := s.Shop.Budget(ctx, f.caller, agentOf(r)) // which says that there is the agent
		return err
	})
	if err != nil {
		return err
	}
	return render(w, r, statusOf(wrong), keyPage(f, agentOf(r), s.Shelf.Scopes(), fields, wrong))
}

// makeKey makes a key, and shows its secret: here, and never again.
func (s Site) makeKey(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	fields, err := form(w, r)
	if err != nil {
		return err
	}
	f, err := s.visit(r, entry, api.KeyList())
	if err != nil {
		return err
	}
	values := map[string]any{"agentId": string(agentOf(r)), "name": strings.TrimSpace(fields.Get("name"))}
	if scopes := fields["scopes"]; len(scopes) > 0 {
		values["scopes"] = anys(scopes)
	}
	if networks := linesOf(fields.Get("allowedIps")); len(networks) > 0 {
		values["allowedIps"] = networks
	}
	for _, l := range lifetimes {
		if l.days > 0 && l.words == fields.Get("ends") {
			values["expiresAt"] = f.inDays(l.days)
		}
	}
	answer, err := s.do(r, entry, api.KeyCreate(s.Shelf), values, keyOf(fields))
	if err != nil {
		return s.mended(r, err, func(wrong *fault.Error) error { return s.showKeyForm(w, r, f, fields, wrong) })
	}
	return s.showSecret(w, r, f, answer)
}

func anys(texts []string) []any {
	list := make([]any, len(texts))
	for i, t := range texts {
		list[i] = t
	}
	return list
}

// showSecret shows the secret of a new key.
func (s Site) showSecret(w http.ResponseWriter, r *http.Request, f *frame, answer api.Answer) error {
	made, err := read[struct {
		Key    struct{ Name string }
		Secret string
	}](answer)
	if err == nil {
		err = s.fill(r.Context(), f)
	}
	if err != nil {
		return err
	}
	return render(w, r, http.StatusCreated, secretPage(f, agentOf(r), made.Key.Name, made.Secret))
}

// rotateKey replaces a key.
func (s Site) rotateKey(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	fields, err := form(w, r)
	if err != nil {
		return err
	}
	f, err := s.visit(r, entry, api.KeyList())
	if err != nil {
		return err
	}
	answer, err := s.do(r, entry, api.KeyRotate(), map[string]any{"agentId": string(agentOf(r)), "keyId": r.PathValue("keyId")}, keyOf(fields))
	if err != nil {
		return err
	}
	return s.showSecret(w, r, f, answer)
}

// revokeKey ends a key.
func (s Site) revokeKey(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	return s.changeAgent(w, r, entry, func(url.Values) (api.Operation, map[string]any) {
		return api.KeyRevoke(), map[string]any{"keyId": r.PathValue("keyId")}
	})
}

// reads reports whether a scope only reads: such a box is ticked at first.
func reads(scope shop.Scope) bool { return slices.Contains(shop.ReadOnly(), scope) }
