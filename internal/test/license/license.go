// Package license is a product for tests that is no server: a license key, which is
// delivered at once and comes from no provider. It shows that a product needs nothing
// but its own folder.
package license

import (
	_ "embed" // the catalog

	"agentstore/pkg/fault"
	"agentstore/pkg/product"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
)

// ServiceType is the service type of licenses.
const ServiceType = "license"

// Catalog is a catalog file with licenses alone.
//
//go:embed catalog.yaml
var Catalog []byte

// editions is the choice that policies may limit.
const editions = "editions"

// New is the product.
func New() product.Product {
	return product.Product{Type: ServiceType, Rules: Rules{}, Words: words, ParsePlan: parsePlan}
}

func words() product.Words {
	return product.Words{
		Group: "licenses", GroupDescription: "Using licenses.",
		Configuration: schemaOf([]string{"personal", "team"}, maxSeats),
		Plan:          product.SchemaOf[Plan](nil), State: product.SchemaOf[State](nil), Requirements: product.SchemaOf[supported](nil),
		Personal: []string{holder},
		Choices:  []product.Choice{{Name: editions, Description: "The editions that may be bought."}},
		Lines:    []shop.LineKind{lineSeats},
		Actions:  []product.Action{Rotate(), Extend(), Reduce(), Switch()},
		Reads:    []product.Read{Usage()},
		Look:     look,
	}
}

// Rotate gives a license another key.
func Rotate() product.Action {
	return product.Action{
		ActionType: shop.ActionType{
			Name: "rotate", Scope: "licenses:rotate", Protectable: true,
			From: func(data shop.Data) (bool, error) {
				s, err := stateOf(data)
				return !s.Suspended, err
			},
			Begin: begin, Settle: settle,
		},
		Title: "Rotate a license key", Summary: "Give a license another key.",
		Description: "The key before it opens nothing any more.",
		Input:       []schema.Field{schema.Required("reason", schema.Enum("Why.", "leaked", "routine", "impossible"))},
		Errors:      []fault.Code{fault.PolicyViolation},
		Example:     product.Example{Input: `{"reason":"routine"}`},
	}
}

// Usage reads how a license is used.
func Usage() product.Read {
	return product.Read{
		ReadType: shop.ReadType{Name: "usage", Scope: "licenses:read", Read: usage},
		Title:    "Read the usage of a license", Summary: "Read how a license is used.",
		Description: "Use it to see how many seats there are.",
		Input:       []schema.Field{schema.Optional("unit", schema.Enum("In what.", "seats", "rotations"))},
		Output:      product.SchemaOf[used](nil),
		Example:     product.Example{Input: `{}`},
	}
}
