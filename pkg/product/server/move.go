package server

import (
	"encoding/json"

	"agentstore/pkg/fault"
	"agentstore/pkg/shop"
)

// move is an action of which the state machine says everything. Only some providers have
// it.
func move(name shop.ActionName, scope shop.Scope) shop.ActionType {
	return shop.ActionType{
		Name: name, Scope: scope, Optional: true,
		From: func(data shop.Data) (bool, error) {
			s, err := StateOf(data)
			return len(begins(name, s)) > 0, err
		},
		Why: func(data shop.Data) string { return obstacle(name, data) },
		Begin: func(data shop.Data, _ json.RawMessage) (shop.Data, error) {
			return beginBy(data, name, "", func(*State) {})
		},
		Settle: func(data shop.Data, ending shop.Ending) (shop.Data, error) {
			return change(data, func(s *State) { s.end(name, ending) })
		},
	}
}

// everywhere is an action that every provider of servers has.
func everywhere(a shop.ActionType) shop.ActionType {
	a.Optional = false
	return a
}

// beginBy begins an action by the row with that option, and changes what else it does.
func beginBy(data shop.Data, name shop.ActionName, option string, also func(*State)) (shop.Data, error) {
	s, err := StateOf(data)
	if err != nil {
		return shop.Data{}, err
	}
	for _, t := range begins(name, s) {
		if t.Option == option {
			s.begin(t)
			also(&s)
			return s.Data()
		}
	}
	return shop.Data{}, fault.New(fault.ServiceNotReady, "The server cannot do that now: its power state is %s, its image is %s, its rescue system is %s.",
		s.PowerState, s.ProvisioningStatus, map[bool]string{true: rescueOn, false: rescueOff}[s.RescueEnabled]).
		Fix("Read the service with service_get: blockedActions says what stands in the way.")
}

// obstacle is what keeps an action from beginning.
func obstacle(name shop.ActionName, data shop.Data) string {
	s, err := StateOf(data)
	if err != nil {
		return "its state is not known"
	}
	good := s
	good.ProvisioningStatus = ProvisioningReady
	switch {
	case len(begins(name, good)) > 0:
		return "its image is " + string(s.ProvisioningStatus)
	case s.mode() == ModeRescue:
		return "its rescue system runs"
	default:
		return "it is " + string(s.mode())
	}
}

// read decodes the input of an action, a JSON object or nothing, already checked.
func read[T any](input json.RawMessage) (in T, err error) {
	if len(input) > 0 {
		err = json.Unmarshal(input, &in)
	}
	return in, err
}
