package verify

// labels: a service is found by each of its labels, and by no other: in the list of the
// account, and in that of an agent that sees only its own.
func (a *account) labels() {
	const promise = "a service is found by its labels"
	found := make(map[string]int)
	for _, l := range a.Labelings {
		if !l.Gone {
			found[string(l.Service)+" "+l.Label]++
		}
	}
	for _, s := range a.Services {
		lists := 1
		if s.Agent.SeesOwn() {
			lists = 2
		}
		for _, label := range s.Labels {
			name := string(s.ID) + " " + label
			a.want(found[name] == lists, promise, string(s.ID), "by %q in %d lists of %d", label, found[name], lists)
			delete(found, name)
		}
	}
	for name := range found {
		a.want(false, promise, name, "it does not have the label")
	}
}
