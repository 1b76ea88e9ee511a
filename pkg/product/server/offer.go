package server

import (
	"slices"
	"sync"

	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
)

// offer is what an item says about its servers, read once: each quote of the item
// asks for it, and decoding the plan and building the schema cost as much as the rest
// of the quote's rules together. Nobody changes an offer.
type offer struct {
	name   string
	terms  []shop.Term
	plan   Plan
	schema *schema.Schema
}

// maxOffers bounds what a process remembers, at some 4 KB an item.
const maxOffers = 1024

var (
	offersMu sync.RWMutex
	offers   = map[string]*offer{} // by the plan's stored text
)

// offerOf returns the offer of an item, and the error of a plan of another shape.
func offerOf(item shop.Item) (*offer, error) {
	offersMu.RLock()
	known := offers[string(item.Plan.JSON)]
	offersMu.RUnlock()
	if known != nil && item.Plan.Shape == planShape && known.name == item.Name && slices.Equal(known.terms, item.Terms) {
		return known, nil
	}
	plan, err := PlanOf(item.Plan)
	if err != nil {
		return nil, err
	}
	made := &offer{item.Name, slices.Clone(item.Terms), plan, configurationSchema(item, plan)}
	offersMu.Lock()
	defer offersMu.Unlock()
	if len(offers) >= maxOffers {
		clear(offers)
	}
	offers[string(item.Plan.JSON)] = made
	return made, nil
}
