package server

import (
	"agentstore/pkg/product"
	"agentstore/pkg/shop"
)

// actionTypes are what can be done with a server, in the order in which it is offered.
var actionTypes = []shop.ActionType{restart, start, stop, reinstall, rename, rescue, passwordReset, console}

// actions are the same with their texts.
func actions() []product.Action {
	return []product.Action{Restart(), Start(), Stop(), Reinstall(), Rename(), RescueSystem(), PasswordReset(), Console()}
}
