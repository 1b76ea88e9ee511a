package product

import (
	"slices"

	"agentstore/pkg/shop"
)

// Shelf is the products that a store sells.
type Shelf []Product

// Rules are the part of the products that package shop knows.
func (s Shelf) Rules() shop.Products {
	products := make(shop.Products, len(s))
	for _, p := range s {
		products[p.Type] = p.Rules
	}
	return products
}

// Find finds the product of a service type.
func (s Shelf) Find(serviceType string) (Product, bool) {
	for _, p := range s {
		if p.Type == serviceType {
			return p, true
		}
	}
	return Product{}, false
}

// Personal tells whether anything on the shelf is sold with data about people.
func (s Shelf) Personal() bool {
	return slices.ContainsFunc(s, func(p Product) bool { return len(p.Words().Personal) > 0 })
}

// Choices are what policies may limit, without duplicates.
func (s Shelf) Choices() []Choice {
	var choices []Choice
	seen := make(map[string]bool)
	for _, p := range s {
		for _, c := range p.Words().Choices {
			if !seen[c.Name] {
				choices = append(choices, c)
			}
			seen[c.Name] = true
		}
	}
	return choices
}

// ActionNames are the names of all actions, or of those that can be protected
// against, without duplicates: those of the products, and those of the store.
func (s Shelf) ActionNames(protectable bool) []shop.ActionName {
	names := []shop.ActionName{shop.ActionCancel}
	if !protectable {
		names = append(names, shop.ActionSuspend, shop.ActionResume, shop.ActionRenew)
	}
	seen := make(map[shop.ActionName]bool)
	for _, p := range s {
		for _, a := range p.Words().Actions {
			if (a.Protectable || !protectable) && !seen[a.Name] {
				names = append(names, a.Name)
				seen[a.Name] = true
			}
		}
	}
	return names
}

// Types are the service types.
func (s Shelf) Types() []string {
	types := make([]string, len(s))
	for i, p := range s {
		types[i] = p.Type
	}
	return types
}

// Scopes are those of the store and of all products.
func (s Shelf) Scopes() []shop.Scope {
	scopes := shop.StoreScopes()
	for _, p := range s {
		words := p.Words()
		for _, a := range words.Actions {
			scopes = append(scopes, a.Scope)
		}
		for _, r := range words.Reads {
			scopes = append(scopes, r.Scope)
		}
	}
	return shop.EachOnce(scopes)
}
