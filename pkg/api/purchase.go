package api

import (
	"context"
	"math"
	"net/http"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
)

// PurchaseCreate buys.
func PurchaseCreate() Operation {
	return Operation{
		Name: "purchase_create", Title: "Make a purchase",
		Summary: "Buy what a quote offers, or an item at its current price, exactly once.",
		Description: "Use it when the purchase is decided: it spends at once. Not for trying out: use quote_create. Pass quoteId from quote_create, or catalogItemId with configuration and quantity. idempotencyKey is required: choose one for each purchase, " +
			"and when unsure if a call went through, send the same key and arguments: the first answer comes again. A new key is a new purchase. " +
			"pending_approval: a person must approve it first: show approvalUrl, read purchase_get_status. Else read service_get until it is active.",
		Method: post, Path: "/v1/agent/purchases",
		Scope: shop.ScopePurchasesWrite, Effect: Buys, Status: http.StatusCreated,
		Input: schema.Object(
			schema.Optional("quoteId", idSchema("The id of an open quote.")),
			schema.Optional("catalogItemId", idSchema("An item, to buy without a quote.")),
			schema.Optional("quantity", schema.Integer("1 if absent; with quoteId, as quoted.", 1, shop.MaxQuantity)),
			schema.Optional("configuration", schema.Open("As for quote_create.")),
			schema.Optional("maxTotalPriceMinor", schema.Integer("Above this, in the minor unit, nothing is bought.", 0, math.MaxInt32)),
			schema.Optional(dryRunName, schema.Boolean("Say what would happen, and write nothing.")),
			keyField(),
		),
		Forms:   []Form{{"quote", exampleBuyQuote}, {"item", exampleBuyItem}},
		implied: map[string]any{"quantity": 1.0},
		answers: output[boughtAnswer],
		Errors: []fault.Code{
			fault.IdempotencyKeyRequired, fault.InsufficientFunds, fault.SpendLimitExceeded, fault.PolicyViolation, fault.ApprovalRequired, fault.ApprovalLimitReached, fault.NotFound, fault.QuoteExpired, fault.QuoteAlreadyUsed, fault.SoldOut,
			fault.PriceAboveMaximum, fault.IdempotencyConflict, fault.IdempotencyInFlight,
		},
		Example: Example{Input: exampleBuyQuote, Output: exampleBought},
		begins:  true,
		call:    buyOrRehearse,
	}
}

type buyArguments struct {
	Quote    id.Quote `json:"quoteId"`
	MaxTotal *int64   `json:"maxTotalPriceMinor"`
	orderArguments
}

func buyOrRehearse(ctx context.Context, s *shop.Shop, caller shop.Caller, args Arguments) (Answer, error) {
	if args.DryRun {
		return rehearse(ctx, s, caller, args)
	}
	return writes(buy, wireBought)(ctx, s, caller, args)
}

func buy(ctx context.Context, s *shop.Shop, caller shop.Caller, in buyArguments, request shop.Request[shop.Bought]) (shop.Response, error) {
	if err := in.check(); err != nil {
		return shop.Response{}, err
	}
	request.MaxTotal = in.MaxTotal
	if in.Quote != "" {
		return s.BuyQuote(ctx, caller, in.Quote, shop.Repeated(in.orderArguments), request)
	}
	return s.BuyItem(ctx, caller, in.order(), request)
}

// check requires the input to take one of its two forms. The schema does not say so,
// because models handle an object without alternatives best.
func (a buyArguments) check() error {
	problem := fault.Problem{Code: fault.InvalidInput}
	switch {
	case a.Quote == "" && a.Item == "":
		problem.Param, problem.Detail = "$.quoteId", "is required, unless catalogItemId and configuration are given"
	case a.Quote == "" && a.Configuration == nil:
		problem.Param, problem.Detail = "$.configuration", "is required with catalogItemId"
	default:
		return nil
	}
	return fault.Invalid(problem).Fix("Send either quoteId, or catalogItemId with configuration and quantity.")
}

// PurchaseGetStatus reads a purchase.
func PurchaseGetStatus() Operation {
	return Operation{
		Name: "purchase_get_status", Title: "Get a purchase",
		Summary:     "Read what has become of a purchase.",
		Description: "Use it after purchase_create. completed means paid and binding: its services may still be being made; failed and partially_failed say in failureReason what was not delivered, and in refundedMinor what came back. Not for the state of a service: use service_get.",
		Method:      get, Path: "/v1/agent/purchases/{purchaseId}",
		Scope: shop.ScopePurchasesRead, Effect: Reads, Status: http.StatusOK,
		Input:   schema.Object(schema.Required("purchaseId", idSchema("The id of a purchase."))),
		answers: output[purchaseAnswer],
		Errors:  []fault.Code{fault.NotFound},
		Example: Example{Input: `{"purchaseId":"` + examplePurchaseID + `"}`, Output: examplePurchase},
		call: plain(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in purchaseArguments) (purchaseAnswer, error) {
			p, err := s.Purchase(ctx, caller, in.Purchase)
			return purchaseAnswer{wirePurchase(p, viewBy(s, caller))}, err
		}),
	}
}

type purchaseArguments struct {
	Purchase id.Purchase `json:"purchaseId"`
}

// PurchaseList lists purchases.
func PurchaseList() Operation {
	return Operation{
		Name: "purchase_list", Title: "List purchases",
		Summary:     "List the purchases that you see, the newest first.",
		Description: "Use it to find a purchase whose id was lost, before buying again. Not for what runs now: use service_list.",
		Method:      get, Path: "/v1/agent/purchases",
		Scope: shop.ScopePurchasesRead, Effect: Reads, Status: http.StatusOK,
		Input:   schema.Object(append(timeFields(), statusField(purchaseStatuses()))...),
		answers: output[purchasesAnswer],
		Example: Example{Input: `{"limit":20}`, Output: examplePurchases},
		call: lists(func(ctx context.Context, s *shop.Shop, caller shop.Caller, _ pageArguments, p shop.Page) ([]shop.Purchase, shop.Cursor, error) {
			return s.Purchases(ctx, caller, p)
		}, func(purchases []shop.Purchase, page pageWire, v view) purchasesAnswer {
			return purchasesAnswer{each(purchases, func(p shop.Purchase) purchaseWire { return wirePurchase(p, v) }), page}
		}),
	}
}

func purchaseStatuses() []shop.PurchaseStatus {
	return []shop.PurchaseStatus{
		shop.PurchasePendingApproval, shop.PurchaseDenied, shop.PurchaseExpired, shop.PurchaseCompleted, shop.PurchasePartiallyFailed, shop.PurchaseFailed,
	}
}

// boughtAnswer is a purchase with its services, or what a dry run says of it.
type boughtAnswer struct {
	Purchase *purchaseWire  `json:"purchase,omitempty" jsonschema:"absent after a dry run"`
	Service  *serviceWire   `json:"service,omitempty" jsonschema:"the first of services"`
	Services []serviceWire  `json:"services,omitzero" jsonschema:"as they were when the purchase was made; absent after a dry run"`
	Fixes    []string       `json:"fixes,omitempty" jsonschema:"what to do next while an approval is pending"`
	Obstacle *obstacleWire  `json:"obstacle,omitempty" jsonschema:"why it cannot be approved yet"`
	DryRun   *rehearsalWire `json:"dryRun,omitempty" jsonschema:"what would happen; nothing was bought"`
}

type purchaseAnswer struct {
	Purchase purchaseWire `json:"purchase"`
}

type purchasesAnswer struct {
	Purchases []purchaseWire `json:"purchases"`
	pageWire
}

type purchaseWire struct {
	ID              string              `json:"id"`
	Status          shop.PurchaseStatus `json:"status" jsonschema:"completed: paid; its services may be on their way"`
	QuoteID         string              `json:"quoteId,omitempty"`
	CatalogItemID   string              `json:"catalogItemId"`
	PersonalID      string              `json:"personalId,omitempty"`
	Quantity        int                 `json:"quantity"`
	Lines           []lineWire          `json:"lines"`
	TotalPriceMinor int64               `json:"totalPriceMinor" jsonschema:"in the minor unit of the currency"`
	Currency        string              `json:"currency"`
	Renewal         renewalWire         `json:"renewal"`
	Lease           *quotedLeaseWire    `json:"lease,omitempty"`
	Services        []serviceRefWire    `json:"services"`
	FailureReason   string              `json:"failureReason,omitempty"`
	RefundedMinor   int64               `json:"refundedMinor,omitempty"` // the share of the services that failed
	ApprovalID      string              `json:"approvalId,omitempty"`
	ApprovalURL     string              `json:"approvalUrl,omitempty" jsonschema:"where a member decides"`
	// ApprovalExpiresAt is when the question expires.
	ApprovalExpiresAt time.Time `json:"approvalExpiresAt,omitzero"`
	// ConfirmedBy says no more than that the agent's own client was asked.
	ConfirmedBy shop.Confirmer `json:"confirmedBy,omitempty"`
	AgentID     string         `json:"agentId"`            // who bought it
	PersonID    string         `json:"personId,omitempty"` // the member who bought it
	CreatedAt   time.Time      `json:"createdAt"`
	offeredActionWire
	ActionID string `json:"actionId,omitempty" jsonschema:"the action that it began; pass it to action_get"`
}

type serviceRefWire struct {
	ID          string `json:"id" jsonschema:"pass it as serviceId"`
	DisplayName string `json:"displayName"`
	Failed      bool   `json:"failed" jsonschema:"it could not be delivered"`
}

func wireBought(b shop.Bought, v view) boughtAnswer {
	purchase := wirePurchase(b.Purchase, v)
	answer := boughtAnswer{Purchase: &purchase, Services: wireServices(b.Services, v)}
	if len(answer.Services) > 0 {
		first := &answer.Services[0]
		first.text, first.state.err = first.MarshalJSON()
		answer.Service = first
		return answer
	}
	answer.Obstacle = wireObstacle(b.Obstacle)
	answer.Fixes = []string{
		"Show approvalUrl to the person who owns the account: nothing is bought, and nothing is paid, before a member approves it.",
		"Read purchase_get_status from time to time until status is completed, denied or expired. Do not buy it again before that.",
	}
	if b.Purchase.Held {
		answer.Fixes[0] = "Show approvalUrl to the person who owns the account: nothing is bought before a member approves it. The price is held until then, and comes back unless they do."
	}
	if answer.Obstacle != nil {
		answer.Fixes = append(answer.Fixes, "Tell that person the detail of obstacle too: it stands in the way of an approval until they change it.")
	}
	return answer
}

func wirePurchase(p shop.Purchase, v view) purchaseWire {
	w := purchaseWire{
		ID: string(p.ID), Status: p.StatusAt(v.now), QuoteID: string(p.Quote), CatalogItemID: string(p.Offer.Item.ID), PersonalID: string(p.Offer.Personal),
		Quantity: p.Offer.Quantity, Lines: wireLines(p.Offer.Price.Lines),
		TotalPriceMinor: p.Offer.Price.Total.Minor, Currency: string(p.Offer.Price.Total.Currency),
		Renewal: wireRenewal(p.Offer, p.CreatedAt), Lease: wireQuotedLease(p.Offer, p.CreatedAt),
		Services: each(p.Services, func(s shop.ServiceRef) serviceRefWire {
			return serviceRefWire{string(s.ID), s.DisplayName, s.Failed}
		}),
		FailureReason: p.Failure, RefundedMinor: p.Refunded().Minor, ConfirmedBy: p.ConfirmedBy, AgentID: string(p.Agent), PersonID: string(p.Person), CreatedAt: p.CreatedAt,
		offeredActionWire: wireOfferedAction(p.Offer), ActionID: string(p.Action),
	}
	if a := p.Approval; a != nil {
		w.ApprovalID, w.ApprovalURL, w.ApprovalExpiresAt = string(a.ID), v.caller.ApprovalURL(a.ID), a.ExpiresAt
	}
	return w
}
