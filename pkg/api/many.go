package api

import (
	"context"
	"net/http"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
)

// ServiceCancelManyPreview says what it comes to to cancel all that matches.
func ServiceCancelManyPreview() Operation {
	return Operation{
		Name: "service_cancel_many_preview", Title: "Preview many cancellations",
		Summary:     "See what cancelling all services with a label, or of an agent, refunds.",
		Description: "Use it before service_cancel_many, which takes its token. Not for one service: use service_cancel_preview.",
		Method:      get, Path: "/v1/agent/cancellations",
		Scope: shop.ScopeServicesRead, Effect: Reads, Status: http.StatusOK,
		Input:   schema.Object(matchingFields()...),
		answers: output[manyPreviewAnswer],
		Example: Example{Input: `{"label":"run=42"}`, Output: exampleManyPreview},
		call: plain(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in manyArguments) (manyPreviewAnswer, error) {
			p, err := s.PreviewCancelMany(ctx, caller, in.matching())
			return wireManyPreview(p), err
		}),
	}
}

// ServiceCancelMany ends all that matches.
func ServiceCancelMany() Operation {
	return Operation{
		Name: "service_cancel_many", Title: "Cancel many services",
		Summary:     "End all services with a label, or of an agent, now.",
		Description: "Use it to end what a run made. Deletes their data, refunds unused time; protected ones stay. Not without service_cancel_many_preview: send its token. Read service_cancel_many_get until completed.",
		Method:      post, Path: "/v1/agent/cancellations",
		Scope: shop.ScopeServicesCancel, Effect: Erases, Status: http.StatusAccepted,
		Input:   schema.Object(append(matchingFields(), tokenField(), keyField())...),
		answers: output[manyAcceptedAnswer],
		Errors:  []fault.Code{fault.IdempotencyConflict, fault.IdempotencyInFlight},
		Example: Example{Input: `{"label":"run=42","token":"` + exampleManyToken + `"}`, Output: exampleManyAccepted},
		call: writes(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in manyArguments, request shop.Request[shop.ManyCancellation]) (shop.Response, error) {
			return s.CancelMany(ctx, caller, in.matching(), in.Token, request)
		}, func(c shop.ManyCancellation, _ view) manyAcceptedAnswer {
			return manyAcceptedAnswer{Status: "accepted", ID: string(c.ID), Matches: len(c.Matches)}
		}),
	}
}

// ServiceCancelManyGet reads how far it is.
func ServiceCancelManyGet() Operation {
	return Operation{
		Name: "service_cancel_many_get", Title: "Get many cancellations",
		Summary:     "Read how far service_cancel_many is.",
		Description: "After service_cancel_many, call it with the cancellationId until status is completed. Not for one service: use service_get.",
		Method:      get, Path: "/v1/agent/cancellations/{cancellationId}",
		Scope: shop.ScopeServicesRead, Effect: Reads, Status: http.StatusOK,
		Input:   schema.Object(cancellationField()),
		answers: output[manyAnswer],
		Errors:  []fault.Code{fault.NotFound},
		Example: Example{Input: `{"cancellationId":"` + exampleCancellationID + `"}`, Output: exampleManyGot},
		call: plain(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in cancellationArguments) (manyAnswer, error) {
			c, err := s.ManyCancellation(ctx, caller, in.Cancellation)
			return manyAnswer{wireMany(c)}, err
		}),
	}
}

// AccountServiceCancelManyPreview says what it comes to to cancel all that matches.
func AccountServiceCancelManyPreview() Operation {
	return forMembers(ServiceCancelManyPreview(), "account_service_cancel_many_preview", account+"/cancellations")
}

// AccountServiceCancelMany ends all that matches.
func AccountServiceCancelMany() Operation {
	o := forBuyers(ServiceCancelMany(), "account_service_cancel_many", account+"/cancellations")
	o.FreshLogin = true
	o.Description = "The same as for agents. A member ends protected services too."
	return o
}

// AccountServiceCancelManyGet reads how far it is.
func AccountServiceCancelManyGet() Operation {
	return forMembers(ServiceCancelManyGet(), "account_service_cancel_many_get", account+"/cancellations/{cancellationId}")
}

func matchingFields() []schema.Field { return []schema.Field{labelField(), boughtByField()} }

func cancellationField() schema.Field {
	return schema.Required("cancellationId", idSchema("The id of a cancellation."))
}

type manyArguments struct {
	Label string   `json:"label"`
	Agent id.Agent `json:"agentId"`
	Token string   `json:"token"`
}

func (a manyArguments) matching() shop.Matching { return shop.Matching{Label: a.Label, Agent: a.Agent} }

type cancellationArguments struct {
	Cancellation id.Cancellation `json:"cancellationId"`
}

type manyPreviewAnswer struct {
	Matches    int          `json:"matches" jsonschema:"how many services match that have not ended"`
	Protected  int          `json:"protected" jsonschema:"those that stay, because a member must approve their end"`
	Refunds    []amountWire `json:"refunds" jsonschema:"what comes back, one sum for each currency"`
	Token      string       `json:"token" jsonschema:"pass it to service_cancel_many"`
	TokenUntil time.Time    `json:"tokenExpiresAt"`
}

type amountWire struct {
	AmountMinor int64  `json:"amountMinor" jsonschema:"in the minor unit of the currency"`
	Currency    string `json:"currency"`
}

func wireAmounts(sums []money.Money) []amountWire {
	return each(sums, func(m money.Money) amountWire { return amountWire{m.Minor, string(m.Currency)} })
}

func wireManyPreview(p shop.ManyPreview) manyPreviewAnswer {
	return manyPreviewAnswer{len(p.Services), p.Protected, wireAmounts(p.Refunds), p.Token, p.TokenUntil}
}

type manyAcceptedAnswer struct {
	Status  string `json:"status" jsonschema:"accepted"`
	ID      string `json:"cancellationId" jsonschema:"pass it to service_cancel_many_get"`
	Matches int    `json:"matches"`
}

type manyAnswer struct {
	Cancellation manyWire `json:"cancellation"`
}

type manyWire struct {
	ID        string       `json:"id"`
	Status    string       `json:"status" jsonschema:"running or completed"`
	Label     string       `json:"label,omitempty"`
	AgentID   string       `json:"agentId,omitempty"`
	Matches   int          `json:"matches"`
	Ended     int          `json:"ended"`
	Left      int          `json:"left" jsonschema:"not ended yet"`
	Kept      []keptWire   `json:"kept" jsonschema:"what stays, and why"`
	Refunds   []amountWire `json:"refunds" jsonschema:"what came back so far"`
	CreatedAt time.Time    `json:"createdAt"`
	UpdatedAt time.Time    `json:"updatedAt"`
}

type keptWire struct {
	ServiceID string     `json:"serviceId"`
	Code      fault.Code `json:"code" jsonschema:"approval_required: it is protected; action_in_progress: it was busy too long"`
}

func wireMany(c shop.ManyCancellation) manyWire {
	w := manyWire{
		ID: string(c.ID), Status: "running", Label: c.Matching.Label, AgentID: string(c.Matching.Agent), Matches: len(c.Matches),
		Ended: c.Count(shop.MatchEnded), Left: c.Count(shop.MatchOpen), Kept: []keptWire{}, Refunds: wireAmounts(c.Refunds()),
		CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt,
	}
	if c.Done() {
		w.Status = "completed"
	}
	for _, m := range c.Matches {
		if m.State == shop.MatchKept {
			w.Kept = append(w.Kept, keptWire{string(m.Service), m.Code})
		}
	}
	return w
}
