package verify

import (
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// personal: what a purchase or a service refers to is there for good, erased or not,
// and nothing is left of what is erased.
func (a *account) personal() {
	const promise = "personal data is there, or erased"
	found := make(map[id.Personal]shop.Personal)
	for _, p := range a.Personal {
		found[p.ID] = p
		a.want(p.Status() == shop.PersonalPresent || len(p.Data) == 0, promise, string(p.ID), "it was erased at %s, and has data", p.ErasedAt)
		a.want(p.Status() == shop.PersonalErased || len(p.Data) > 0, promise, string(p.ID), "it was not erased, and has no data")
	}
	refers := func(subject string, reference id.Personal) {
		if reference == "" {
			return
		}
		p, ok := found[reference]
		a.want(ok, promise, subject, "it refers to %s, which is not there", reference)
		a.want(!ok || p.ExpiresAt.IsZero(), promise, subject, "it refers to %s, which goes after %s", reference, p.ExpiresAt)
	}
	for _, p := range a.Purchases {
		refers(string(p.ID), p.Offer.Personal)
	}
	for _, s := range a.Services {
		refers(string(s.ID), s.Personal)
	}
}
