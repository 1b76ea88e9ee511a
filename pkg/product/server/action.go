package server

import (
	_ "embed" // the examples
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"agentstore/pkg/fault"
	"agentstore/pkg/product"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
)

// actionTypes are what can be done with a server, in the order in which it is offered.
var actionTypes = []shop.ActionType{restart, reinstall}

// actions are the same with their texts.
func actions() []product.Action { return []product.Action{Restart(), Reinstall()} }

// The examples are a real run, which a test makes and compares.
var (
	//go:embed examples/server_restart.json
	exampleRestart string
	//go:embed examples/server_reinstall.json
	exampleReinstall string
)

var restart = shop.ActionType{
	Name: "restart", Scope: "servers:restart", Begin: beginRestart, Settle: settleRestart,
}

var reinstall = shop.ActionType{
	Name: "reinstall", Scope: "servers:reinstall", Protectable: true, Begin: beginReinstall, Settle: settleReinstall,
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

// Reinstall installs an image on a server.
func Reinstall() product.Action {
	return product.Action{
		ActionType:  reinstall,
		Title:       "Reinstall a server",
		Doing:       "Reinstalling",
		Summary:     "Erase a server's disk and install an image on it.",
		Description: "Everything on the server's disk is lost; its address stays. Use it to start over with another image. Not to repair a server that hangs: try server_restart first. Take an image from supportedImages of service_get, and see in protection whether a member must approve. Answers accepted at once: read action_get with the actionId until status is succeeded.",
		Erases:      true,
		Input:       []schema.Field{schema.Required("image", schema.Identifier("One of the server's supportedImages.", maxName))},
		Options:     imagesOf,
		Errors:      []fault.Code{fault.UnsupportedImage},
		Example:     product.Example{Input: `{"image":"nvidia-ai-ubuntu"}`, Output: exampleReinstall},
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

// reinstallInput is the input of a reinstall.
type reinstallInput struct {
	Image string `json:"image"`
}

func beginReinstall(data shop.Data, input json.RawMessage) (shop.Data, error) {
	var in reinstallInput
	if err := json.Unmarshal(input, &in); err != nil {
		return shop.Data{}, err
	}
	state, err := StateOf(data)
	if err != nil {
		return shop.Data{}, err
	}
	if !slices.Contains(state.SupportedImages, in.Image) {
		return shop.Data{}, unsupportedImage(state, in.Image)
	}
	state.Image, state.ProvisioningStatus = in.Image, Reinstalling
	return state.Data()
}

// settleReinstall marks what is on the server's disk as unknown unless it has
// succeeded.
func settleReinstall(data shop.Data, ending shop.Ending) (shop.Data, error) {
	return change(data, func(s *State) {
		s.ProvisioningStatus = ProvisioningFailed
		if ending == shop.Succeeded {
			s.ProvisioningStatus, s.PowerState = ProvisioningReady, PowerRunning
		}
	})
}

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

func unsupportedImage(server State, image string) error {
	problem := fault.OneOf("$.image", image, server.SupportedImages...)
	problem.Code = fault.UnsupportedImage
	e := fault.Invalid(problem)
	e.Detail = fmt.Sprintf("The server cannot be reinstalled with the image %+q; it supports %s.", image, strings.Join(server.SupportedImages, ", "))
	return e
}
