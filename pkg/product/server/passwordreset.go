package server

import (
	_ "embed" // the example

	"agentstore/pkg/product"
	"agentstore/pkg/shop"
)

// examplePasswordReset is a real run, which a test makes and compares.
//
//go:embed examples/server_password_reset.json
var examplePasswordReset string

const passwordResetName shop.ActionName = "password_reset"

var passwordReset = protectable(move(passwordResetName, "servers:password"))

// PasswordReset gives the user who logs in to a server another password.
func PasswordReset() product.Action {
	return product.Action{
		ActionType:  passwordReset,
		Title:       "Reset a server's password",
		Doing:       "Resetting the password",
		Summary:     "Give root another password; the one before it is lost.",
		Description: "Use it when no SSH key works. Not to log in while one does. action_get then shows the password once, as secret, to whoever began this: keep it.",
		Example:     product.Example{Input: `{}`, Output: examplePasswordReset},
	}
}
