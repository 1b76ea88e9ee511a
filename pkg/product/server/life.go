package server

import "agentstore/pkg/shop"

// Created implements shop.Product.
func (Rules) Created(data shop.Data, ending shop.Ending) (shop.Data, error) {
	return change(data, func(s *State) { s.end(shop.ActionCreate, ending) })
}

// Suspended implements shop.Product.
func (Rules) Suspended(data shop.Data) (shop.Data, error) {
	return change(data, func(s *State) {
		s.StaysStopped = s.mode() == ModeStopped
		s.end(shop.ActionSuspend, shop.Succeeded)
	})
}

// Lost implements shop.Product: the snapshots of a server go with it.
func (Rules) Lost(data shop.Data) ([]string, error) {
	s, err := StateOf(data)
	var lost []string
	for _, kept := range s.Snapshots {
		lost = append(lost, "The snapshot "+kept.words()+".")
	}
	return lost, err
}

// Resumed implements shop.Product. A server that its owner had stopped stays so.
func (Rules) Resumed(data shop.Data) (shop.Data, error) {
	return change(data, func(s *State) {
		if !s.StaysStopped {
			s.end(shop.ActionResume, shop.Succeeded)
		}
		s.StaysStopped = false
	})
}
