package server

import (
	_ "embed" // the example

	"agentstore/pkg/product"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
)

// exampleRestart is a real run, which a test makes and compares.
//
//go:embed examples/server_restart.json
var exampleRestart string

const restartName shop.ActionName = "restart"

var restart = everywhere(move(restartName, "servers:restart"))

// Restart restarts a server.
func Restart() product.Action {
	return product.Action{
		ActionType:  restart,
		Title:       "Restart a server",
		Doing:       "Restarting",
		Summary:     "Restart a server. It is not reachable for a moment.",
		Description: "Use it when a server hangs or must reload; its data is kept. Not on a stopped one: use server_start. A rescue system ends with it. Then read action_get until status is succeeded: until then other actions are refused.",
		Input:       []schema.Field{forceField("Reset it instead of shutting down first: what was not written to disk is lost.")},
		Example:     product.Example{Input: `{}`, Output: exampleRestart},
	}
}
