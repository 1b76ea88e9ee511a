package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
)

const approvals = account + "/approvals"

// ApprovalList lists approvals.
func ApprovalList() Operation {
	return Operation{
		Name: "approval_list", Title: "List approvals",
		Summary:     "List what agents have asked for, the newest first.",
		Description: "Pending ones wait for you.",
		Method:      get, Path: approvals,
		Role: shop.RoleViewer, TokenScope: shop.ScopeApprovalsRead, Effect: Reads, Status: http.StatusOK,
		Input: schema.Object(append(timeFields(), statusField(approvalStatuses()))...), answers: output[approvalsAnswer],
		call: lists(func(ctx context.Context, s *shop.Shop, caller shop.Caller, _ pageArguments, p shop.Page) ([]shop.Approval, shop.Cursor, error) {
			return s.Approvals(ctx, caller, p)
		}, func(approvals []shop.Approval, page pageWire, v view) approvalsAnswer {
			return approvalsAnswer{each(approvals, func(a shop.Approval) approvalWire { return wireApproval(a, v.now) }), page}
		}),
	}
}

func approvalStatuses() []shop.ApprovalStatus {
	return []shop.ApprovalStatus{shop.ApprovalPending, shop.ApprovalApproved, shop.ApprovalDenied, shop.ApprovalExpired}
}

// ApprovalGet reads an approval.
func ApprovalGet() Operation {
	return Operation{
		Name: "approval_get", Title: "Get an approval",
		Summary:     "Read what an agent asks for, with everything that you need to judge it.",
		Description: "It has the whole purchase with its price, or the service as it is now, and says who asks and why you are asked. obstacle says beforehand why an approval would be refused at this moment, such as that the wallet no longer holds the price.",
		Method:      get, Path: approvals + "/{approvalId}",
		Role: shop.RoleViewer, TokenScope: shop.ScopeApprovalsRead, Effect: Reads, Status: http.StatusOK,
		Input: schema.Object(approvalField()), answers: output[approvalAnswer], Errors: []fault.Code{fault.NotFound},
		call: plain(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in approvalArguments) (approvalAnswer, error) {
			a, err := s.Approval(ctx, caller, in.Approval)
			if err != nil {
				return approvalAnswer{}, err
			}
			return wireQuestion(ctx, s, caller, a)
		}),
	}
}

// ApprovalApprove approves.
func ApprovalApprove() Operation {
	o := decision("approval_approve", "Approve", "Do what was asked for, exactly once, at the price that was held.",
		"The limits and the wallet are checked once more: where they forbid it the approval stays pending.", "/approve", (*shop.Shop).Approve,
		fault.InsufficientFunds, fault.SpendLimitExceeded, fault.PolicyViolation, fault.ActionInProgress, fault.ServiceNotReady)
	o.FreshLogin, o.begins = true, true // it spends
	return o
}

// ApprovalDeny denies.
func ApprovalDeny() Operation {
	return decision("approval_deny", "Deny", "End the question without doing anything.",
		"The agent sees that it was denied.", "/deny", (*shop.Shop).Deny)
}

// ApprovalDenyAll denies everything that an agent asks for.
func ApprovalDenyAll() Operation {
	return Operation{
		Name: "approval_deny_all", Title: "Deny all of an agent",
		Summary:     "End all open questions of an agent without doing anything.",
		Description: "Use it when an agent asks too much. It returns the questions that it has denied, and can be repeated. The agent can ask new ones later: revoke its keys to stop that.",
		Method:      post, Path: agents + "/{agentId}/approvals/deny",
		Role: shop.RoleOperator, TokenScope: shop.ScopeApprovalsDecide, Effect: Acts, Status: http.StatusOK,
		Input:   schema.Named("Decision", schema.Object(agentField(), noteField())),
		answers: output[deniedAnswer], Errors: []fault.Code{fault.NotFound},
		call: keeps(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in denyAllArguments) ([]shop.Approval, error) {
			return s.DenyAll(ctx, caller, in.Agent, in.Note)
		}, func(denied []shop.Approval, v view) deniedAnswer {
			return deniedAnswer{each(denied, func(a shop.Approval) approvalWire { return wireApproval(a, v.now) })}
		}),
	}
}

func noteField() schema.Field {
	return schema.Optional("note", schema.Note("Why, for the agent and for the record.", shop.MaxNote))
}

type denyAllArguments struct {
	Agent id.Agent `json:"agentId"`
	Note  string   `json:"note"`
}

type deniedAnswer struct {
	Denied []approvalWire `json:"denied"`
}

func decision(
	name, title, summary, description, path string,
	decide func(*shop.Shop, context.Context, shop.Caller, id.Approval, string) (shop.Decided, error), errors ...fault.Code,
) Operation {
	return Operation{
		Name: name, Title: title, Summary: summary, Description: description,
		Method: post, Path: approvals + "/{approvalId}" + path,
		Role: shop.RoleOperator, TokenScope: shop.ScopeApprovalsDecide, Effect: Acts, Status: http.StatusOK,
		Input:   schema.Named("Decision", schema.Object(approvalField(), noteField())),
		answers: output[approvalAnswer], Errors: append([]fault.Code{fault.NotFound, fault.ApprovalDecided}, errors...),
		call: keeps(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in approvalArguments) (shop.Decided, error) {
			return decide(s, ctx, caller, in.Approval, in.Note)
		}, wireDecided),
	}
}

func approvalField() schema.Field {
	return schema.Required("approvalId", idSchema("The id of an approval."))
}

type approvalArguments struct {
	Approval id.Approval `json:"approvalId"`
	Note     string      `json:"note"`
}

type approvalsAnswer struct {
	Approvals []approvalWire `json:"approvals"`
	pageWire
}

type approvalAnswer struct {
	Approval approvalWire  `json:"approval"`
	Purchase *purchaseWire `json:"purchase,omitempty" jsonschema:"what would be, or was, bought"`
	Service  *serviceWire  `json:"service,omitempty" jsonschema:"what would be, or was, acted on"`
	Obstacle *obstacleWire `json:"obstacle,omitempty" jsonschema:"what would prevent an approval at this moment; absent where nothing does"`
}

// obstacleWire is the refusal of an approval that nobody has given yet.
type obstacleWire struct {
	Code   fault.Code `json:"code"`
	Detail string     `json:"detail"`
}

func wireObstacle(e *fault.Error) *obstacleWire {
	if e == nil {
		return nil
	}
	return &obstacleWire{e.Code, e.Detail}
}

type approvalWire struct {
	ID         string              `json:"id"`
	Status     shop.ApprovalStatus `json:"status"`
	AgentID    string              `json:"agentId" jsonschema:"who asks"`
	KeyID      string              `json:"keyId,omitempty" jsonschema:"with which key"`
	Reason     string              `json:"reason" jsonschema:"why a person is asked"`
	PurchaseID string              `json:"purchaseId,omitempty"`
	ServiceID  string              `json:"serviceId,omitempty"`
	Action     shop.ActionName     `json:"action,omitempty" jsonschema:"what would be done with the service"`
	Input      json.RawMessage     `json:"input,omitempty" jsonschema:"the input of the requested action"`
	CreatedAt  time.Time           `json:"createdAt"`
	ExpiresAt  time.Time           `json:"expiresAt"`
	DecidedBy  string              `json:"decidedBy,omitempty" jsonschema:"the member"`
	DecidedAt  time.Time           `json:"decidedAt,omitzero"`
	Note       string              `json:"note,omitempty"`
	Held       bool                `json:"held,omitempty" jsonschema:"its price was taken from the wallet when it was asked, and comes back unless it is approved"`
}

func wireApproval(a shop.Approval, now time.Time) approvalWire {
	return approvalWire{
		string(a.ID), a.StatusAt(now), string(a.Agent), string(a.Key), a.Reason, string(a.Purchase), string(a.Service),
		a.Intent.Action, a.Intent.Input, a.CreatedAt, a.ExpiresAt, string(a.DecidedBy), a.DecidedAt, a.Note, a.Held,
	}
}

// wireDecided is an approval with what has become of what it is about.
func wireDecided(d shop.Decided, v view) approvalAnswer {
	answer := approvalAnswer{Approval: wireApproval(d.Approval, v.now)}
	if d.Bought != nil {
		wire := wirePurchase(*d.Bought, v)
		answer.Purchase = &wire
	}
	if d.ActedOn != nil {
		wire := wireService(*d.ActedOn, v)
		answer.Service = &wire
	}
	return answer
}

// wireQuestion adds to an approval the purchase or service that it is about, and what
// stands in its way.
func wireQuestion(ctx context.Context, s *shop.Shop, caller shop.Caller, a shop.Approval) (approvalAnswer, error) {
	answer := approvalAnswer{Approval: wireApproval(a, s.Now())}
	obstacle, err := s.Obstacle(ctx, caller, a)
	if err != nil {
		return answer, err
	}
	answer.Obstacle = wireObstacle(obstacle)
	if a.Purchase != "" {
		purchase, err := s.Purchase(ctx, caller, a.Purchase)
		wire := wirePurchase(purchase, viewBy(s, caller))
		answer.Purchase = &wire
		return answer, err
	}
	service, err := s.Service(ctx, caller, a.Service)
	wire := wireService(service, viewBy(s, caller))
	answer.Service = &wire
	return answer, err
}
