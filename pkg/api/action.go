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
	"agentstore/pkg/strictjson"
)

// ActionList lists the actions of a service.
func ActionList() Operation {
	return Operation{
		Name: "action_list", Title: "List actions",
		Summary:     "List the actions of a service, the newest first.",
		Description: "Use it to see what was done with a service.",
		Method:      get, Path: "/v1/agent/services/{serviceId}/actions",
		Scope: shop.ScopeServicesRead, Effect: Reads, Status: http.StatusOK,
		Input: schema.Object(append([]schema.Field{
			schema.Required("serviceId", idSchema("The id of a service.")),
		}, timeFields()...)...),
		answers: output[actionsAnswer],
		Errors:  []fault.Code{fault.NotFound},
		Example: Example{Input: `{"serviceId":"` + exampleServiceID + `"}`, Output: exampleActions},
		call: lists(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in actionsArguments, p shop.Page) ([]shop.Action, shop.Cursor, error) {
			return s.Actions(ctx, caller, in.Service, p)
		}, func(actions []shop.Action, page pageWire, _ view) actionsAnswer {
			return actionsAnswer{each(actions, wireAction), page}
		}),
	}
}

// ActionGet reads an action.
func ActionGet() Operation {
	return Operation{
		Name: "action_get", Title: "Get an action",
		Summary:     "Read how far an action is.",
		Description: "After a tool that answers accepted, call it with the actionId until status is succeeded or failed. A secret is shown once: keep it.",
		Method:      get, Path: "/v1/agent/services/{serviceId}/actions/{actionId}",
		Scope: shop.ScopeServicesRead, Effect: Reads, Status: http.StatusOK,
		Input: schema.Object(
			schema.Required("serviceId", idSchema("The id of a service.")),
			schema.Required("actionId", idSchema("The id of an action of that service.")),
		),
		answers: output[revealedAnswer],
		Errors:  []fault.Code{fault.NotFound},
		Example: Example{Input: `{"serviceId":"` + exampleServiceID + `","actionId":"` + exampleActionID + `"}`, Output: exampleAction},
		call:    reveal,
	}
}

// reveal shows the secret of the action only where the answer is seen. Until then it
// waits.
func reveal(ctx context.Context, s *shop.Shop, caller shop.Caller, args Arguments) (Answer, error) {
	var in actionArguments
	if err := args.decode(&in); err != nil {
		return Answer{}, err
	}
	look := s.Reveal
	if args.hidden() {
		look = s.Glance
	}
	revealed, err := look(ctx, caller, in.Service, in.Action)
	if err != nil {
		return Answer{}, err
	}
	body, err := strictjson.Encode(revealedAnswer{wireRevealed(revealed, s.Now())})
	return Answer{Body: body, Once: revealed.Once}, err
}

type actionsArguments struct {
	serviceArguments
	pageArguments
}

type actionArguments struct {
	serviceArguments
	Action id.Action `json:"actionId"`
}

type revealedAnswer struct {
	Action revealedWire `json:"action"`
}

// revealedWire is an action as it is read by itself, outside a list.
type revealedWire struct {
	actionWire
	Secret          string     `json:"secret,omitempty" jsonschema:"from the provider; shown once, to whoever began the action"`
	SecretExpiresAt *time.Time `json:"secretExpiresAt,omitempty" jsonschema:"how long it can be read"`
	SecretError     string     `json:"secretError,omitempty"`
}

func wireRevealed(r shop.Revealed, now time.Time) revealedWire {
	w := revealedWire{actionWire: wireAction(r.Action), Secret: string(r.Secret)}
	if r.Action.SecretWaits(now) {
		w.SecretExpiresAt = &r.Action.SecretUntil
	}
	if r.Action.SecretLost {
		w.SecretError = "The provider gave a secret that the store cannot show. Begin the action again for another."
	}
	return w
}

type actionsAnswer struct {
	Actions []actionWire `json:"actions"`
	pageWire
}

type actionWire struct {
	ID         string            `json:"id" jsonschema:"pass it as actionId to action_get"`
	Type       shop.ActionName   `json:"type"`
	Status     shop.ActionStatus `json:"status"`
	Progress   int               `json:"progress" jsonschema:"in percent"`
	Input      json.RawMessage   `json:"input,omitempty"`
	StartedAt  time.Time         `json:"startedAt"`
	FinishedAt *time.Time        `json:"finishedAt,omitempty" jsonschema:"absent while it runs"`
	PurchaseID string            `json:"purchaseId,omitempty" jsonschema:"what it was bought by; absent for one that costs nothing"`
	Error      string            `json:"error,omitempty"`
	// RefundedMinor is in the currency of the service's bill.
	RefundedMinor int64 `json:"refundedMinor,omitempty" jsonschema:"of the paid term, given back because the service costs less from now on"`
}

func wireAction(a shop.Action) actionWire {
	w := actionWire{
		ID: string(a.ID), Type: a.Intent.Action, Status: a.Status, Progress: a.Progress(), Input: a.Intent.Input,
		StartedAt: a.StartedAt, PurchaseID: string(a.Purchase), Error: a.Failure,
	}
	if a.Credit != nil {
		w.RefundedMinor = a.Credit.Back.Minor
	}
	if !a.FinishedAt.IsZero() {
		w.FinishedAt = &a.FinishedAt
	}
	return w
}
