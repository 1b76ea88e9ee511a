package server

import (
	_ "embed" // the example

	"agentstore/pkg/product"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
)

// exampleStop is a real run, which a test makes and compares.
//
//go:embed examples/server_stop.json
var exampleStop string

const stopName shop.ActionName = "stop"

var stop = protectable(move(stopName, powerScope))

// Stop stops a server.
func Stop() product.Action {
	return product.Action{
		ActionType:  stop,
		Title:       "Stop a server",
		Doing:       "Stopping",
		Summary:     "Shut a server down. It goes on costing what it costs.",
		Description: "Use it to have a server do nothing for a while: its disk and address stay, and so does its price. Not to end it: use service_cancel. Then read action_get until status is succeeded.",
		Input:       []schema.Field{forceField("Cut the power instead of shutting down: what was not written to disk is lost.")},
		Example:     product.Example{Input: `{}`, Output: exampleStop},
	}
}

// forceField is for what can be done without asking the operating system.
func forceField(description string) schema.Field {
	return schema.Optional("force", schema.Boolean(description))
}

// protectable is an action that a service can be protected against.
func protectable(a shop.ActionType) shop.ActionType {
	a.Protectable = true
	return a
}
