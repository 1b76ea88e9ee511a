package server

import (
	_ "embed" // the example
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"agentstore/pkg/fault"
	"agentstore/pkg/product"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
)

// exampleReinstall is a real run, which a test makes and compares.
//
//go:embed examples/server_reinstall.json
var exampleReinstall string

const reinstallName shop.ActionName = "reinstall"

var reinstall = func() shop.ActionType {
	a := everywhere(protectable(move(reinstallName, "servers:reinstall")))
	a.Begin = beginReinstall
	return a
}()

// Reinstall installs an image on a server.
func Reinstall() product.Action {
	return product.Action{
		ActionType:  reinstall,
		Title:       "Reinstall a server",
		Doing:       "Reinstalling",
		Summary:     "Erase a server's disk and install an image on it.",
		Description: "Everything on the server's disk is lost; its address stays. Use it to start over with another image. Not to repair a server that hangs: try server_restart first. Take an image from supportedImages of service_get, and see in protection whether a member must approve. Answers accepted at once: read action_get with the actionId until status is succeeded.",
		Erases:      true,
		Input: []schema.Field{
			schema.Optional("image", schema.Identifier("One of the server's supportedImages.", maxName)),
			schema.Optional("snapshotId", schema.Identifier("One of the server's snapshots, instead of an image.", maxName)),
		},
		Options: imagesOf,
		Errors:  []fault.Code{fault.UnsupportedImage},
		Example: product.Example{Input: `{"image":"nvidia-ai-ubuntu"}`, Output: exampleReinstall},
	}
}

// reinstallInput is the input of a reinstall.
type reinstallInput struct {
	Image    string `json:"image"`
	Snapshot string `json:"snapshotId"`
}

func beginReinstall(data shop.Data, input json.RawMessage) (shop.Data, error) {
	in, err := read[reinstallInput](input)
	if err != nil {
		return shop.Data{}, err
	}
	state, err := StateOf(data)
	if err != nil {
		return shop.Data{}, err
	}
	if err := in.choose(state); err != nil {
		return shop.Data{}, err
	}
	return beginBy(data, reinstallName, "", func(s *State) { s.Image = in.Image })
}

// choose puts the image of the snapshot in the place of none.
func (in *reinstallInput) choose(state State) error {
	switch {
	case in.Snapshot != "" && in.Image != "":
		return fault.InvalidParam("$.snapshotId", "must be left out beside an image").Fix("Send either $.image or $.snapshotId.")
	case in.Snapshot != "":
		i, err := state.snapshot(in.Snapshot)
		if err == nil {
			in.Image = state.Snapshots[i].Image
		}
		return err
	case in.Image == "":
		return fault.InvalidParam("$.image", "is required").Fix("Add $.image, or $.snapshotId.")
	case !slices.Contains(state.SupportedImages, in.Image):
		return unsupportedImage(state, in.Image)
	}
	return nil
}

func unsupportedImage(server State, image string) error {
	problem := fault.OneOf("$.image", image, server.SupportedImages...)
	problem.Code = fault.UnsupportedImage
	e := fault.Invalid(problem)
	e.Detail = fmt.Sprintf("The server cannot be reinstalled with the image %+q; it supports %s.", image, strings.Join(server.SupportedImages, ", "))
	return e
}
