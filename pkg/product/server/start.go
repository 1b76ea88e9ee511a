package server

import (
	_ "embed" // the example

	"agentstore/pkg/product"
	"agentstore/pkg/shop"
)

// exampleStart is a real run, which a test makes and compares.
//
//go:embed examples/server_start.json
var exampleStart string

const (
	startName  shop.ActionName = "start"
	powerScope shop.Scope      = "servers:power"
)

var start = move(startName, powerScope)

// Start starts a server.
func Start() product.Action {
	return product.Action{
		ActionType:  start,
		Title:       "Start a server",
		Doing:       "Starting",
		Summary:     "Start a server that is stopped.",
		Description: "Use it on a stopped server. Not on one that hangs: use server_restart. Then read action_get until status is succeeded.",
		Example:     product.Example{Input: `{}`, Output: exampleStart},
	}
}
