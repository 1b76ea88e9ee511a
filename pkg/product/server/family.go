package server

import (
	"fmt"

	"agentstore/pkg/shop"
)

// checkFamilies lists what is wrong with the families of a catalog: a disk moves to
// another size only where the same programs run, at the same provider.
func checkFamilies(items []shop.Item) (problems []string) {
	type kin struct {
		first shop.Item
		plan  Plan
	}
	families := make(map[string]kin)
	for _, item := range items {
		plan, err := PlanOf(item.Plan)
		if err != nil || plan.Family == "" {
			continue // a plan that cannot be read is reported already
		}
		one, known := families[plan.Family]
		if !known {
			families[plan.Family] = kin{item, plan}
			continue
		}
		if plan.Architecture != one.plan.Architecture {
			problems = append(problems, fmt.Sprintf("item %q: its architecture is %s, and that of %q in its family %s is %s", item.ID, plan.Architecture, one.first.ID, plan.Family, one.plan.Architecture))
		}
		if item.Provider != one.first.Provider {
			problems = append(problems, fmt.Sprintf("item %q: its provider is %s, and that of %q in its family %s is %s", item.ID, item.Provider, one.first.ID, plan.Family, one.first.Provider))
		}
	}
	return problems
}
