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

// QuoteCreate gives a binding price.
func QuoteCreate() Operation {
	return Operation{
		Name: "quote_create", Title: "Create a quote",
		Summary:     "Get a final, itemised price that binds the store until it expires.",
		Description: "Use it before every purchase, and to learn what a configuration costs. It buys nothing. Not for list prices: use catalog_search. Call catalog_checkout_requirements first. To buy, pass its id to purchase_create before expiresAt.",
		Method:      post, Path: "/v1/agent/quotes",
		Scope: shop.ScopeQuotesWrite, Effect: Creates, Status: http.StatusCreated,
		Input: schema.Object(
			schema.Required("catalogItemId", idSchema("The id of a catalog item.")),
			schema.Optional("quantity", quantitySchema()),
			schema.Required("configuration", configurationSchema()),
			expiresAfterField(), expiresAtField(), onExpiryField(),
			schema.Optional("labels", labelsSchema()),
			keyField(),
		),
		answers: output[quotedAnswer],
		Errors:  []fault.Code{fault.NotFound, fault.SoldOut, fault.IdempotencyConflict, fault.IdempotencyInFlight},
		Example: Example{Input: exampleOrder, Output: exampleQuoteCreated},
		call: writes(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in quotedOrderArguments, request shop.Request[shop.Quoted]) (shop.Response, error) {
			order := in.order()
			order.Labels = in.Labels
			var err error
			if order.Lease, err = in.lease(); err != nil {
				return shop.Response{}, err
			}
			return s.CreateQuote(ctx, caller, order, request)
		}, wireQuoted),
	}
}

// QuoteGet reads a quote.
func QuoteGet() Operation {
	return Operation{
		Name: "quote_get", Title: "Get a quote",
		Summary:     "Read a quote: its price, its status and when it expires.",
		Description: "Use it to check whether a quote is still open, or which purchase used it. Not needed after quote_create, which returns the same.",
		Method:      get, Path: "/v1/agent/quotes/{quoteId}",
		Scope: shop.ScopeQuotesRead, Effect: Reads, Status: http.StatusOK,
		Input:   schema.Object(schema.Required("quoteId", idSchema("The id of a quote."))),
		answers: output[quoteAnswer],
		Errors:  []fault.Code{fault.NotFound},
		Example: Example{Input: `{"quoteId":"` + exampleQuoteID + `"}`, Output: exampleQuote},
		call: plain(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in quoteArguments) (quoteAnswer, error) {
			q, err := s.Quote(ctx, caller, in.Quote)
			return quoteAnswer{wireQuote(q, viewBy(s, caller))}, err
		}),
	}
}

type quoteArguments struct {
	Quote id.Quote `json:"quoteId"`
}

type orderArguments struct {
	Item          id.Item        `json:"catalogItemId"`
	Quantity      *int           `json:"quantity"`
	Configuration map[string]any `json:"configuration"`
}

func (a orderArguments) order() shop.Order {
	order := shop.Order{Item: a.Item, Quantity: 1, Configuration: a.Configuration}
	if a.Quantity != nil {
		order.Quantity = *a.Quantity
	}
	return order
}

// quotedOrderArguments are those of a quote, which may have a lease, and labels.
type quotedOrderArguments struct {
	orderArguments
	leaseArguments
	Labels []string `json:"labels"`
}

func quantitySchema() *schema.Schema {
	return schema.Default(schema.Integer("How many units.", 1, shop.MaxQuantity), "1")
}

func configurationSchema() *schema.Schema {
	return schema.Open("As the configurationSchema of catalog_checkout_requirements says.")
}

type quotedAnswer struct {
	Quote      quoteWire      `json:"quote"`
	SpendCheck spendCheckWire `json:"spendCheck" jsonschema:"what the policies would say to the purchase now"`
}

type quoteAnswer struct {
	Quote quoteWire `json:"quote"`
}

type quoteWire struct {
	ID                     string           `json:"id" jsonschema:"pass it as quoteId to purchase_create"`
	Status                 shop.QuoteStatus `json:"status"`
	CatalogItemID          string           `json:"catalogItemId"`
	Quantity               int              `json:"quantity"`
	Configuration          json.RawMessage  `json:"configuration" jsonschema:"the whole configuration, defaults filled in"`
	PersonalID             string           `json:"personalId,omitempty"`
	Lines                  []lineWire       `json:"lines"`
	TotalPriceMinor        int64            `json:"totalPriceMinor" jsonschema:"due now, in the minor unit of the currency"`
	Currency               string           `json:"currency"`
	Renewal                renewalWire      `json:"renewal"`
	Lease                  *quotedLeaseWire `json:"lease,omitempty" jsonschema:"how long it may live; absent for as long as it is paid"`
	Labels                 []string         `json:"labels"`
	ManagementCapabilities []string         `json:"managementCapabilities" jsonschema:"what can be done with every service of this type"`
	Capabilities           []string         `json:"capabilities" jsonschema:"all that can be done with services of this item"`
	CreatedAt              time.Time        `json:"createdAt"`
	ExpiresAt              time.Time        `json:"expiresAt" jsonschema:"until then the price binds the store"`
	PurchaseID             string           `json:"purchaseId,omitempty" jsonschema:"the purchase that used the quote"`
	offeredActionWire
}

type lineWire struct {
	Kind           shop.LineKind `json:"kind"`
	Description    string        `json:"description"`
	Quantity       int           `json:"quantity"`
	UnitPriceMinor int64         `json:"unitPriceMinor"`
	AmountMinor    int64         `json:"amountMinor"`
}

type renewalWire struct {
	PriceMinor int64     `json:"priceMinor" jsonschema:"due at the end of each term"`
	Currency   string    `json:"currency"`
	TermMonths int       `json:"termMonths" jsonschema:"0 by the hour"`
	Term       string    `json:"billingTerm" jsonschema:"hour or month"`
	RenewsAt   time.Time `json:"renewsAt" jsonschema:"the end of the first term"`
}

func wireQuoted(q shop.Quoted, v view) quotedAnswer {
	return quotedAnswer{wireQuote(q.Quote, v), wireSpendCheck(q.Check)}
}

func wireQuote(q shop.Quote, v view) quoteWire {
	return quoteWire{
		ID: string(q.ID), Status: q.Status(v.now), CatalogItemID: string(q.Offer.Item.ID), Quantity: q.Offer.Quantity,
		Configuration: q.Offer.Configuration, PersonalID: string(q.Offer.Personal), Lines: wireLines(q.Offer.Price.Lines),
		TotalPriceMinor: q.Offer.Price.Total.Minor, Currency: string(q.Offer.Price.Total.Currency),
		Renewal: wireRenewal(q.Offer, q.CreatedAt), Lease: wireQuotedLease(q.Offer, q.CreatedAt),
		Labels:                 append([]string{}, q.Offer.Labels...),
		ManagementCapabilities: v.products.Common(q.Offer.Item.ServiceType, q.Offer.Item.Provider),
		Capabilities:           v.products.Capabilities(q.Offer.Item.ServiceType, q.Offer.Item.Provider),
		CreatedAt:              q.CreatedAt, ExpiresAt: q.ExpiresAt, PurchaseID: string(q.Purchase),
		offeredActionWire: wireOfferedAction(q.Offer),
	}
}

func wireLines(lines []shop.Line) []lineWire {
	return each(lines, func(l shop.Line) lineWire {
		return lineWire{l.Kind, l.Description, l.Quantity, l.Unit.Minor, l.Amount.Minor}
	})
}

// offeredActionWire is what is bought instead of units of an item.
type offeredActionWire struct {
	ServiceID string          `json:"serviceId,omitempty" jsonschema:"whose action is bought; absent for units of an item"`
	Action    shop.ActionName `json:"action,omitempty" jsonschema:"the action that is bought"`
	Input     json.RawMessage `json:"input,omitempty" jsonschema:"what the action was asked for with"`
	// CreditMinor: nothing is due now where something comes back.
	CreditMinor int64 `json:"creditMinor,omitempty" jsonschema:"goes back to the wallet once the action has succeeded"`
}

func wireOfferedAction(o shop.Offer) offeredActionWire {
	if o.Action == nil {
		return offeredActionWire{}
	}
	return offeredActionWire{string(o.Action.Service), o.Action.Intent.Action, o.Action.Intent.Input, o.Price.Back.Minor}
}

func wireRenewal(o shop.Offer, from time.Time) renewalWire {
	p := o.Price
	renewsAt := p.Term.End(from)
	if o.Action != nil {
		renewsAt = o.Action.RenewsAt
	}
	return renewalWire{p.Renewal.Minor, string(p.Renewal.Currency), p.Term.Months, termName(p.Term), renewsAt}
}
