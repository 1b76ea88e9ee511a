package verify

import (
	"slices"

	"agentstore/pkg/shop"
)

// labels: a service is found by each of its labels and by its status, and by no other: in
// the list of the account, and in that of an agent that sees only its own.
func (a *account) labels() {
	const promise = "a service is found by its labels"
	found := make(map[string]int)
	outlooks := make(map[string]shop.Outlook)
	for _, l := range a.Labelings {
		if !l.Gone {
			found[string(l.Service)+" "+l.Label]++
			outlooks[string(l.Service)+" "+l.Label] = l.Outlook
		}
	}
	for _, s := range a.Services {
		lists := 1
		if s.Agent.SeesOwn() {
			lists = 2
		}
		for _, label := range a.foundBy(s) {
			name := string(s.ID) + " " + label
			if label == "" {
				lists = 1 // by its agent, which has no list of its own
			}
			a.want(found[name] == lists, promise, string(s.ID), "by %q in %d lists of %d", label, found[name], lists)
			delete(found, name)
		}
		status, listed := shop.StatusLabel(s.Status)
		if outlook, has := outlooks[string(s.ID)+" "+status]; has && listed && s.Status.Lives() {
			a.want(outlook.Foretells(s.Outlook()), "what a service is charged is foretold", string(s.ID), "%+v does not foretell %+v", outlook, s.Outlook())
		}
	}
	for name := range found {
		a.want(false, promise, name, "it does not have the label")
	}
}

// foundBy is what a service is found by: its labels and its status, and, without either, its
// agent. Where all rows of an account are together, it is by its labels alone.
func (a *account) foundBy(s shop.Service) []string {
	by := slices.Clone(s.Labels)
	if a.Together || s.Listed == "" {
		return by
	}
	if status, listed := shop.StatusLabel(s.Status); listed {
		by = append(by, status)
	}
	if !s.Agent.SeesOwn() {
		by = append(by, "")
	}
	return by
}
