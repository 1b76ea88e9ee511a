package shop

import "reflect"

// own: an agent is called by what it sees, and what is in its own list is what the
// account has of it: all of it, as it is, and nothing else.
func (a *auditor) own() {
	for _, agent := range a.Agents {
		a.want(agent.Sees == SeenBy(agent.ID), "an agent sees what its identifier says", string(agent.ID), "it sees %q", agent.Sees)
	}
	purchases := make(map[string]any)
	for _, p := range a.Purchases {
		if p.Agent.SeesOwn() {
			purchases[string(p.ID)] = p.listed()
		}
	}
	for _, p := range a.OwnPurchases {
		a.copied(purchases, string(p.ID), p.listed())
	}
	services := make(map[string]any)
	for _, s := range a.Services {
		if s.Agent.SeesOwn() {
			services[string(s.ID)] = s.listed()
		}
	}
	for _, s := range a.OwnServices {
		a.copied(services, string(s.ID), s.listed())
	}
	a.missing(purchases)
	a.missing(services)
}

const asOwned = "what an agent has is in its own list"

// copied takes an original out that has its copy.
func (a *auditor) copied(originals map[string]any, name string, copied any) {
	original, known := originals[name]
	delete(originals, name)
	a.want(known, asOwned, name, "it is there, and is not its own")
	a.want(!known || reflect.DeepEqual(original, copied), asOwned, name, "there it is %+v, and it is %+v", copied, original)
}

func (a *auditor) missing(originals map[string]any) {
	for name := range originals {
		a.want(false, asOwned, name, "it is not there")
	}
}

// listed is the purchase without what its agent's own list leaves out.
func (p Purchase) listed() Purchase {
	p.Offer.Configuration = nil
	return p
}

// listed is the service without what its agent's own list leaves out.
func (s Service) listed() Service {
	s.Configuration = nil
	return s
}
