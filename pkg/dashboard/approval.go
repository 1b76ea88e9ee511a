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
	operation, decide := api.ApprovalDeny(), s.Shop.Deny
	switch chosen := fields.Get("decision"); chosen {
	case "approve":
		operation, decide = api.ApprovalApprove(), s.Shop.Approve
	case "deny":
	case "deny_all":
		operation, decide = api.ApprovalDenyAll(), s.denyAll
	default:
		return fault.Invalid(fault.OneOf("$.decision", chosen, "approve", "deny", "deny_all"))
	}
	caller, err := s.Member(r, entry, operation)
	if err != nil {
		return err
	}
	if _, err := decide(r.Context(), caller, id.Approval(r.PathValue("approvalId")), fields.Get("note")); err != nil {
		return err
	}
	http.Redirect(w, r, r.URL.Path, http.StatusSeeOther)
	return nil
}

// denyAll denies everything that the agent of an approval asks for, including this
// one.
func (s Site) denyAll(ctx context.Context, caller shop.Caller, approvalID id.Approval, note string) (shop.Approval, error) {
	approval, err := s.Shop.Approval(ctx, caller, approvalID)
	if err != nil {
		return shop.Approval{}, err
	}
	_, err = s.Shop.DenyAll(ctx, caller, approval.Agent, note)
	return approval, err
}
