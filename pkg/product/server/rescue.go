package server

import (
	_ "embed" // the example
	"encoding/json"

	"agentstore/pkg/product"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
)

// exampleRescue is a real run, which a test makes and compares.
//
//go:embed examples/server_rescue.json
var exampleRescue string

const rescueName shop.ActionName = "rescue"

// The two things that a rescue does.
const (
	rescueOn  = "on"
	rescueOff = "off"
)

var rescue = func() shop.ActionType {
	a := protectable(move(rescueName, "servers:rescue"))
	a.Begin = beginRescue
	return a
}()

// Rescue has a server run a system of its provider instead of its own.
func Rescue() product.Action {
	return product.Action{
		ActionType:  rescue,
		Title:       "Rescue a server",
		Doing:       "Switching systems",
		Summary:     "Boot a server into a rescue system, or back from it.",
		Description: "Use it to mend a server that does not boot. Not on one that hangs: try server_restart first. With enabled it restarts into a system with its disk beside it. action_get then shows a secret once: the password of root at publicIpv4 by SSH. Without enabled it restarts into its own system.",
		Input:       []schema.Field{schema.Required("enabled", schema.Boolean("True boots the rescue system, false the server's own."))},
		Example:     product.Example{Input: `{"enabled":true}`, Output: exampleRescue},
	}
}

// rescuing is the input of a rescue.
type rescuing struct {
	Enabled bool `json:"enabled"`
}

func (r rescuing) option() string {
	if r.Enabled {
		return rescueOn
	}
	return rescueOff
}

func beginRescue(data shop.Data, input json.RawMessage) (shop.Data, error) {
	in, err := read[rescuing](input)
	if err != nil {
		return shop.Data{}, err
	}
	return beginBy(data, rescueName, in.option(), func(*State) {})
}
