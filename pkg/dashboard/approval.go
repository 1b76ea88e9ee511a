package dashboard

import (
	"context"
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
	agent    string // what its owner calls it
	status   shop.ApprovalStatus
	purchase shop.Purchase  // where it is about one
	service  shop.Service   // where it is about an action
	facts    []product.Fact // of that service
	obstacle *fault.Error   // to an approval at this moment; nil for none
	open     int            // how much the agent asks, this included
	mayBe    bool           // that the caller decides
	held     url.Values     // what its form held before the caller logged in again
}

// approval shows what an agent asks for, with everything needed to judge it.
func (s Site) approval(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	caller, err := s.Member(r, entry, api.ApprovalGet())
	if err != nil {
		return err
	}
	q := question{mayBe: caller.Role.AtLeast(shop.RoleOperator), held: s.held(r, caller)}
	q.approval, err = s.Shop.Approval(r.Context(), caller, id.Approval(r.PathValue("approvalId")))
	if err != nil {
		return err
	}
	q.status = q.approval.StatusAt(s.Shop.Now())
	if agent, err := s.Shop.Admin.Agent(r.Context(), q.approval.Agent); err == nil {
		q.agent = agent.Name // one that the operator has made has none
	}
	open, err := s.Shop.Open(r.Context(), caller, q.approval.Agent)
	if err != nil {
		return err
	}
	q.open = len(open)
	if q.obstacle, err = s.Shop.Obstacle(r.Context(), caller, q.approval); err != nil {
		return err
	}
	if q.approval.Purchase != "" {
		q.purchase, err = s.Shop.Purchase(r.Context(), caller, q.approval.Purchase)
	} else {
		q.service, err = s.Shop.Service(r.Context(), caller, q.approval.Service)
	}
	if of, known := s.Shelf.Find(q.service.ServiceType); err == nil && known {
		q.facts, err = of.Words().Facts(q.service.State)
	}
	if err != nil {
		return err
	}
	return render(w, r, http.StatusOK, approvalPage(caller, q, r.URL.Path))
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
	s.SetCookie(w, r, formCookie, "", 0)
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
