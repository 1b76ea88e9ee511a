package server

import "agentstore/pkg/shop"

// Created implements shop.Product.
func (Rules) Created(data shop.Data, ending shop.Ending) (shop.Data, error) {
	return settleReinstall(data, ending)
}

// Suspended implements shop.Product.
func (Rules) Suspended(data shop.Data) (shop.Data, error) {
	return change(data, func(s *State) { s.PowerState = PowerStopped })
}

// Resumed implements shop.Product.
func (Rules) Resumed(data shop.Data) (shop.Data, error) {
	return change(data, func(s *State) { s.PowerState = PowerRunning })
}
