package verify

import (
	"reflect"
	"time"

	"agentstore/pkg/shop"
)

// own: an agent is called by what it sees, and what is in its own list is what the
// account has of it: all of it, as it is, and nothing else.
func (a *account) own() {
	for _, agent := range a.Agents {
		a.want(agent.Sees == shop.SeenBy(agent.ID), "an agent sees what its identifier says", string(agent.ID), "it sees %q", agent.Sees)
	}
	purchases := make(map[string]any)
	for _, p := range a.Purchases {
		if p.Agent.SeesOwn() {
			purchases[string(p.ID)] = listedPurchase(p)
		}
	}
	for _, p := range a.OwnPurchases {
		a.copied(purchases, string(p.ID), listedPurchase(p))
	}
	services := make(map[string]any)
	for _, s := range a.Services {
		if s.Agent.SeesOwn() {
			services[string(s.ID)] = listedService(s)
		}
	}
	for _, s := range a.OwnServices {
		a.copied(services, string(s.ID), listedService(s))
	}
	a.missing(purchases)
	a.missing(services)
}

const asOwned = "what an agent has is in its own list"

// copied takes an original out that has its copy.
func (a *account) copied(originals map[string]any, name string, copied any) {
	original, known := originals[name]
	delete(originals, name)
	a.want(known, asOwned, name, "it is there, and is not its own")
	a.want(!known || reflect.DeepEqual(original, copied), asOwned, name, "there it is %+v, and it is %+v", copied, original)
}

func (a *account) missing(originals map[string]any) {
	for name := range originals {
		a.want(false, asOwned, name, "it is not there")
	}
}

// listedPurchase is the purchase without what its agent's own list leaves out.
func listedPurchase(p shop.Purchase) shop.Purchase {
	p.Offer.Configuration = nil
	return p
}

// listedService is the service without what its agent's own list leaves out.
func listedService(s shop.Service) shop.Service {
	s.DueAt = time.Time{}
	s.Configuration = nil
	return s
}
