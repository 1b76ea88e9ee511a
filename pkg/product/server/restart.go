package server

import (
	_ "embed" // the example
	"encoding/json"

	"agentstore/pkg/product"
	"agentstore/pkg/shop"
)

// exampleRestart is a real run, which a test makes and compares.
//
//go:embed examples/server_restart.json
var exampleRestart string

var restart = shop.ActionType{
	Name: "restart", Scope: "servers:restart", Begin: beginRestart, Settle: settleRestart,
}

// Restart restarts a server.
func Restart() product.Action {
	return product.Action{
		ActionType:  restart,
		Title:       "Restart a server",
		Doing:       "Restarting",
		Summary:     "Restart a server. It is not reachable for a moment.",
		Description: "Use it when a server hangs or must reload; its data is kept. Not on one that is provisioning: allowedActions of service_get must name server:restart. Answers accepted at once: read action_get with the actionId until status is succeeded. Until then other actions are refused.",
		Example:     product.Example{Input: `{}`, Output: exampleRestart},
	}
}

func beginRestart(state shop.Data, _ json.RawMessage) (shop.Data, error) {
	return change(state, func(s *State) { s.PowerState = PowerRestarting })
}

// settleRestart: however it has ended, the server runs, because a failed restart has
// not begun.
func settleRestart(state shop.Data, _ shop.Ending) (shop.Data, error) {
	return change(state, func(s *State) { s.PowerState = PowerRunning })
}
