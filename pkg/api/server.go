package api

import (
	"context"
	"net/http"

	"agentstore/pkg/fault"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
)

// ServerRestart restarts a server.
func ServerRestart() Operation {
	return Operation{
		Name: "server_restart", Title: "Restart a server",
		Summary:     "Restart a server. It is not reachable for a moment.",
		Description: "Use it when a server hangs or must load anew; its data stay. Not on one that is still provisioning: read service_get first, allowedActions must name server:restart. Answers accepted at once and settles by itself: read action_get with the actionId until status is succeeded. Another action meanwhile is refused.",
		Method:      post, Path: "/v1/agent/services/{serviceId}/server/restart",
		Scope: shop.ScopeServersRestart, Effect: Acts, Status: http.StatusAccepted,
		Input:   schema.Object(schema.Required("serviceId", idSchema("The id of a service of type server.")), keyField()),
		Output:  output[acceptedAnswer],
		Errors:  actionErrors(),
		Example: Example{Input: `{"serviceId":"` + exampleServiceID + `"}`, Output: exampleRestart},
		call: writes(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in serviceArguments, request shop.Request[shop.Accepted]) (shop.Response, error) {
			return s.Act(ctx, caller, in.Service, shop.Intent{Type: shop.ActionRestart}, request)
		}, wireAccepted),
	}
}

// ServerReinstall reinstalls a server.
func ServerReinstall() Operation {
	return Operation{
		Name: "server_reinstall", Title: "Reinstall a server",
		Summary:     "Erase a server's disk and install an image on it.",
		Description: "Everything on the server's disk is lost; its address stays. Use it to begin anew with another image. Not to mend a server that hangs: try server_restart first. Read service_get before: take an image from supportedImages, and see in protection whether a member must approve. Answers accepted at once and settles by itself: read action_get with the actionId until status is succeeded.",
		Method:      post, Path: "/v1/agent/services/{serviceId}/server/reinstall",
		Scope: shop.ScopeServersReinstall, Effect: Erases, Status: http.StatusAccepted,
		Input: schema.Object(
			schema.Required("serviceId", idSchema("The id of a service of type server.")),
			schema.Required("image", schema.Identifier("One of the server's supportedImages.", 64)),
			keyField(),
		),
		Output:  output[acceptedAnswer],
		Errors:  append(actionErrors(), fault.UnsupportedImage, fault.ApprovalRequired, fault.ApprovalLimitReached),
		Example: Example{Input: `{"serviceId":"` + exampleServiceID + `","image":"nvidia-ai-ubuntu"}`, Output: exampleReinstall},
		call: writes(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in reinstallArguments, request shop.Request[shop.Accepted]) (shop.Response, error) {
			return s.Act(ctx, caller, in.Service, shop.Intent{Type: shop.ActionReinstall, Image: in.Image}, request)
		}, wireAccepted),
	}
}

type reinstallArguments struct {
	serviceArguments
	Image string `json:"image"`
}

func actionErrors() []fault.Code {
	return []fault.Code{fault.NotFound, fault.ActionInProgress, fault.ServiceNotReady, fault.IdempotencyConflict, fault.IdempotencyInFlight}
}

type acceptedAnswer struct {
	ServiceID string      `json:"serviceId"`
	Status    string      `json:"status" jsonschema:"accepted: the action has begun"`
	ActionID  string      `json:"actionId" jsonschema:"pass it to action_get"`
	Server    *serverWire `json:"server"`
}

func wireAccepted(a shop.Accepted, _ view) acceptedAnswer {
	return acceptedAnswer{string(a.Service.ID), "accepted", string(a.Action.ID), wireServer(a.Service.Server)}
}
