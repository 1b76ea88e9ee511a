package dashboard

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"agentstore/pkg/api"
	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/product"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// question is an approval with what it is about.
type question struct {
	approval shop.Approval
	status   shop.ApprovalStatus
	purchase shop.Purchase // where it is about one
	service  shop.Service  // where it is about an action
	look     product.Look  // of that service
	obstacle *fault.Error  // to an approval at this moment; nil for none
	open     int           // how much the agent asks, this included
	held     url.Values    // what its form held before the caller logged in again
}

// approval shows what an agent asks for, with everything needed to judge it.
func (s Site) approval(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	f, err := s.visit(r, entry, api.ApprovalGet())
	if err != nil {
		return err
	}
	q := question{held: f.written()}
	err = s.fill(r.Context(), f, func(ctx context.Context) (err error) {
		q.approval, err = s.Shop.Approval(ctx, f.caller, id.Approval(r.PathValue("approvalId")))
		return err
	})
	if err != nil {
		return err
	}
	q.status = q.approval.StatusAt(f.now)
	g, ctx := group(r.Context())
	g.Go(func() (err error) { q.obstacle, err = s.Shop.Obstacle(ctx, f.caller, q.approval); return err })
	g.Go(func() (err error) {
		if q.approval.Purchase != "" {
			q.purchase, err = s.Shop.Purchase(ctx, f.caller, q.approval.Purchase)
			return err
		}
		if q.service, err = s.Shop.Service(ctx, f.caller, q.approval.Service); err == nil {
			q.look, err = s.look(q.service)
		}
		return err
	})
	if err := g.Wait(); err != nil {
		return err
	}
	for _, a := range f.asks() {
		if a.agent == q.approval.Agent && q.renewal() == nil {
			q.open++
		}
	}
	return render(w, r, http.StatusOK, approvalPage(f, q))
}

// chosen is what an offer is about: how an item is configured, or what an action is asked
// with.
func chosen(o shop.Offer) json.RawMessage {
	if o.Action != nil {
		return o.Action.Intent.Input
	}
	return o.Configuration
}

// decide accepts the answer of a member, and shows the outcome.
func (s Site) decide(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	fields, err := form(w, r)
	if err != nil {
		return err
	}
	asked := r.PathValue("approvalId")
	operation, about := api.ApprovalDeny(), map[string]any{"approvalId": asked}
	switch chosen := fields.Get("decision"); chosen {
	case "approve":
		operation = api.ApprovalApprove()
	case "deny":
	case "deny_all":
		operation = api.ApprovalDenyAll()
		if about, err = s.asker(r, entry, operation, id.Approval(asked)); err != nil {
			return err
		}
	default:
		return fault.Invalid(fault.OneOf("$.decision", chosen, "approve", "deny", "deny_all"))
	}
	if note := fields.Get("note"); note != "" {
		about["note"] = note
	}
	if _, err := s.do(r, entry, operation, about, keyOf(fields)); err != nil {
		return err
	}
	http.Redirect(w, r, r.URL.Path, http.StatusSeeOther)
	return nil
}

// asker names the agent that asks for an approval, of which a member denies everything.
func (s Site) asker(r *http.Request, entry *web.Entry, o api.Operation, approvalID id.Approval) (map[string]any, error) {
	caller, err := s.Member(r, entry, o)
	if err != nil {
		return nil, err
	}
	approval, err := s.Shop.Approval(r.Context(), caller, approvalID)
	return map[string]any{"agentId": string(approval.Agent)}, err
}
