package api

import (
	"context"
	"encoding/json"
	"net/http"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
	"agentstore/pkg/strictjson"
)

// CatalogCategories lists the categories.
func CatalogCategories() Operation {
	return Operation{
		Name: "catalog_categories", Title: "List catalog categories",
		Summary:     "List the categories of the catalog, with the number of items in each.",
		Description: "Use it when you do not know what the store sells. Not needed otherwise: catalog_search takes words. Pass the id of one to catalog_search.",
		Method:      get, Path: "/v1/agent/catalog/categories",
		Scope: shop.ScopeCatalogRead, Public: true, Effect: Reads, Status: http.StatusOK,
		Input:   schema.Object(),
		answers: output[categoriesAnswer],
		Example: Example{Input: `{}`, Output: exampleCategories},
		call: plain(func(ctx context.Context, s *shop.Shop, _ shop.Caller, _ struct{}) (categoriesAnswer, error) {
			counts, err := s.Categories(ctx)
			return categoriesAnswer{each(counts, wireCategory)}, err
		}),
	}
}

// CatalogSearch searches the catalog.
func CatalogSearch() Operation {
	return Operation{
		Name: "catalog_search", Title: "Search the catalog",
		Summary:     "Search the catalog by words and category.",
		Description: "Use it to find and compare what can be bought. Not for what you have: use service_list. Finds items by name, SKU, category and description, exact matches first. Each hit has its monthly price, currency and billing terms; facets count all hits. Pass the id of a hit to catalog_checkout_requirements, then to quote_create. Only the quote's price is binding.",
		Method:      get, Path: "/v1/agent/catalog",
		Scope: shop.ScopeCatalogRead, Public: true, Effect: Reads, Status: http.StatusOK,
		Input: schema.Object(append([]schema.Field{
			schema.Optional("category", schema.String("Only this category of catalog_categories. Empty is all.", 0, 64)),
			schema.Optional("q", schema.String("Words, in any case. Empty finds all.", 0, 128)),
		}, pageFields()...)...),
		answers: output[searchAnswer],
		Example: Example{Input: `{"category":"compute","q":"vps","limit":3}`, Output: exampleSearch},
		call: lists(func(ctx context.Context, s *shop.Shop, _ shop.Caller, in searchArguments, p shop.Page) (shop.Found, shop.Cursor, error) {
			found, err := s.Search(ctx, shop.Search{Category: in.Category, Query: in.Query, Page: p})
			return found, found.Next, err
		}, func(found shop.Found, page pageWire, v view) searchAnswer {
			return searchAnswer{each(found.Items, func(i shop.Item) itemWire { return wireItem(i, v) }), each(found.Facets, wireFacet), page}
		}),
	}
}

type searchArguments struct {
	Category string `json:"category"`
	Query    string `json:"q"`
	pageArguments
}

// CatalogCheckoutRequirements describes what an item needs.
func CatalogCheckoutRequirements() Operation {
	return Operation{
		Name: "catalog_checkout_requirements", Title: "Get checkout requirements",
		Summary:     "Get what an item needs to be quoted or bought.",
		Description: "Use it once for each item, before quote_create. Gives what the item supports and a JSON Schema: build the configuration from it rather than guessing. Not for prices: use quote_create.",
		Method:      get, Path: "/v1/agent/catalog/{catalogItemId}/checkout-requirements",
		Scope: shop.ScopeCatalogRead, Public: true, Effect: Reads, Status: http.StatusOK,
		Input:   schema.Object(schema.Required("catalogItemId", idSchema("The id of a catalog item."))),
		answers: output[requirementsAnswer],
		Errors:  []fault.Code{fault.NotFound},
		Example: Example{Input: `{"catalogItemId":"cat_vps_micro"}`, Output: exampleRequirements},
		call: plain(func(ctx context.Context, s *shop.Shop, _ shop.Caller, in itemArguments) (requirementsAnswer, error) {
			r, err := s.Requirements(ctx, in.Item)
			if err != nil {
				return requirementsAnswer{}, err
			}
			return wireRequirements(r), nil
		}),
	}
}

// ItemDocument is everything there is to know about an item before a quote: what it
// is and what it needs. It returns not_found.
func ItemDocument(ctx context.Context, s *shop.Shop, item id.Item) ([]byte, error) {
	r, err := s.Requirements(ctx, item)
	if err != nil {
		return nil, err
	}
	return strictjson.Encode(struct {
		Item         itemWire           `json:"item"`
		Requirements requirementsAnswer `json:"requirements"`
	}{wireItem(r.Item, viewBy(s, shop.Anonymous())), wireRequirements(r)})
}

type itemArguments struct {
	Item id.Item `json:"catalogItemId"`
}

func idSchema(description string) *schema.Schema { return schema.Identifier(description, 64) }

type categoriesAnswer struct {
	Categories []categoryWire `json:"categories"`
}

type categoryWire struct {
	ID          string `json:"id" jsonschema:"pass it as category to catalog_search"`
	Name        string `json:"name"`
	Description string `json:"description"`
	ItemCount   int    `json:"itemCount"`
}

func wireCategory(c shop.CategoryCount) categoryWire {
	return categoryWire{c.ID, c.Name, c.Description, c.Items}
}

type searchAnswer struct {
	Items  []itemWire  `json:"items"`
	Facets []facetWire `json:"facets,omitempty" jsonschema:"counts of all hits; on the first page only"`
	pageWire
}

type facetWire struct {
	Property string           `json:"property" jsonschema:"what of the items is counted, such as category or regions"`
	Counts   []facetCountWire `json:"counts" jsonschema:"the most frequent values first, 50 at most"`
}

type facetCountWire struct {
	Value string `json:"value"`
	Items int    `json:"items"`
}

func wireFacet(f shop.Facet) facetWire {
	return facetWire{f.Name, each(f.Counts, func(c shop.FacetCount) facetCountWire { return facetCountWire(c) })}
}

type itemWire struct {
	ID            string            `json:"id" jsonschema:"pass it as catalogItemId"`
	SKU           string            `json:"sku"`
	Name          string            `json:"name"`
	Category      string            `json:"category"`
	Description   string            `json:"description"`
	CheckoutKind  string            `json:"checkoutKind"`
	ServiceType   string            `json:"serviceType"`
	Availability  shop.Availability `json:"availability"`
	PriceMinor    int64             `json:"priceMinor" jsonschema:"price of one unit for one month, in the minor unit of the currency"`
	SetupFeeMinor int64             `json:"setupFeeMinor" jsonschema:"paid once for each unit"`
	Currency      string            `json:"currency" jsonschema:"lower-case ISO 4217 code"`
	BillingPeriod string            `json:"billingPeriod" jsonschema:"what priceMinor is for"`
	BillingTerms  []termWire        `json:"billingTerms"`
	CeilingMinor  int64             `json:"monthlyCeilingMinor,omitempty" jsonschema:"the most that it costs a month by the hour"`
	plan          member
}

// MarshalJSON implements json.Marshaler.
func (i itemWire) MarshalJSON() ([]byte, error) {
	type own itemWire
	return join(own(i), i.plan)
}

type termWire struct {
	Months          int `json:"months" jsonschema:"paid in advance"`
	DiscountPercent int `json:"discountPercent"`
}

// billingPeriod is what the price of an item is for.
func billingPeriod(i shop.Item) string {
	if i.Hourly() {
		return "hour"
	}
	return "month"
}

// wireTerms are the terms of an item; none where it is paid by the hour.
func wireTerms(i shop.Item) []termWire {
	terms := []termWire{}
	for _, t := range i.Terms {
		if t.Months > 0 {
			terms = append(terms, termWire{t.Months, t.DiscountPercent})
		}
	}
	return terms
}

func wireItem(i shop.Item, v view) itemWire {
	return itemWire{
		ID: string(i.ID), SKU: i.SKU, Name: i.Name, Category: i.Category, Description: i.Description,
		CheckoutKind: shop.CheckoutCustom, ServiceType: i.ServiceType, Availability: i.Availability,
		PriceMinor: i.Price.Minor, SetupFeeMinor: i.SetupFee.Minor, Currency: string(i.Price.Currency),
		BillingPeriod: billingPeriod(i), BillingTerms: wireTerms(i), CeilingMinor: i.Ceiling,
		plan: v.planOf(i),
	}
}

type requirementsAnswer struct {
	CatalogItemID        string          `json:"catalogItemId"`
	CheckoutKind         string          `json:"checkoutKind"`
	ServiceType          string          `json:"serviceType"`
	RequiredFields       []string        `json:"requiredFields"`
	OptionalFields       []string        `json:"optionalFields"`
	BillingTerms         []termWire      `json:"billingTerms"`
	MaxQuantity          int             `json:"maxQuantity"`
	ConfigurationSchema  json.RawMessage `json:"configurationSchema" jsonschema:"JSON Schema 2020-12 of the configuration"`
	ConfigurationExample json.RawMessage `json:"configurationExample"`
	more                 json.RawMessage
}

// MarshalJSON implements json.Marshaler.
func (r requirementsAnswer) MarshalJSON() ([]byte, error) {
	type own requirementsAnswer
	return extend(own(r), r.more)
}

func wireRequirements(r shop.Requirements) requirementsAnswer {
	return requirementsAnswer{
		CatalogItemID: string(r.Item.ID), CheckoutKind: shop.CheckoutCustom, ServiceType: r.Item.ServiceType,
		RequiredFields: append([]string{}, r.RequiredFields...), OptionalFields: append([]string{}, r.OptionalFields...),
		BillingTerms:        wireTerms(r.Item),
		MaxQuantity:         shop.MaxQuantity,
		ConfigurationSchema: r.Schema, ConfigurationExample: r.Example, more: r.More,
	}
}
