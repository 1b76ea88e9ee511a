package server

import (
	"slices"
	"strings"

	"agentstore/pkg/fault"
	"agentstore/pkg/shop"
)

// Begin shows an action on the server as soon as it is accepted.
func (Product) Begin(service shop.Service, intent shop.Intent) (shop.Service, error) {
	server := *service.Server
	switch intent.Type {
	case shop.ActionRestart:
		server.PowerState = shop.PowerRestarting
	case shop.ActionReinstall:
		if !slices.Contains(server.SupportedImages, intent.Image) {
			return shop.Service{}, unsupportedImage(server, intent.Image)
		}
		server.Image = intent.Image
		server.ProvisioningStatus = shop.Reinstalling
	}
	service.Server = &server
	return service, nil
}

func unsupportedImage(server shop.Server, image string) error {
	supported := strings.Join(server.SupportedImages, ", ")
	e := fault.Invalid(fault.Problem{
		Code: fault.UnsupportedImage, Param: "$.image",
		Detail: "must be one of " + supported,
	})
	e.Detail = "The server cannot be reinstalled with the image \"" + image + "\"; it supports " + supported + "."
	return e.Fix("Send one of these images: %s.", supported)
}
