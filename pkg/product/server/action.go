package server

import (
	"agentstore/pkg/product"
	"agentstore/pkg/shop"
)

// actionTypes are what can be done with a server, in the order in which it is offered.
var actionTypes = []shop.ActionType{restart, reinstall, rename, passwordReset, console, rescue, stop, start, firewall, resize, snapshotCreate, snapshotDelete}

// actions are the same with their texts.
func actions() []product.Action {
	return []product.Action{
		Restart(), Reinstall(), Rename(), PasswordReset(), Console(), Rescue(), Stop(), Start(), FirewallSet(), Resize(), SnapshotCreate(), SnapshotDelete(),
	}
}
