package server

import (
	_ "embed" // the example

	"agentstore/pkg/product"
	"agentstore/pkg/shop"
)

// exampleConsole is a real run, which a test makes and compares.
//
//go:embed examples/server_console.json
var exampleConsole string

const consoleName shop.ActionName = "console"

// console is an action, and no read: the provider makes a console, and whoever has its
// address is at the keyboard. So it goes the way of a secret, and is never kept.
var console = move(consoleName, "servers:console")

// Console opens the screen and the keyboard of a server.
func Console() product.Action {
	return product.Action{
		ActionType:  console,
		Title:       "Open a server's console",
		Doing:       "Opening a console",
		Summary:     "Get the address of a server's screen and keyboard, for some minutes.",
		Description: "Use it when a server cannot be reached by SSH. Not for one that can. action_get then shows the URL once, as secret, to whoever began this: open it at once, it ends by itself.",
		Example:     product.Example{Input: `{}`, Output: exampleConsole},
	}
}
