package server

import (
	_ "embed" // the example
	"encoding/json"

	"agentstore/pkg/fault"
	"agentstore/pkg/product"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
)

// exampleFirewall is a real run, which a test makes and compares.
//
//go:embed examples/server_firewall_set.json
var exampleFirewall string

const firewallName shop.ActionName = "firewall_set"

var firewall = func() shop.ActionType {
	a := protectable(move(firewallName, "servers:firewall"))
	a.Begin, a.Settle = beginFirewall, settleFirewall
	return a
}()

// FirewallSet replaces the firewall of a server.
func FirewallSet() product.Action {
	return product.Action{
		ActionType:  firewall,
		Title:       "Set a firewall",
		Doing:       "Setting the firewall",
		Summary:     "Replace the inbound rules of a server's firewall.",
		Description: "Use it to say who may reach which ports; what no rule admits is dropped, outbound traffic is free. The whole list is replaced: send the rules that shall stay, too. Not needed for a server that all may reach: enabled false removes the firewall. Then read action_get until status is succeeded.",
		Input: []schema.Field{
			schema.Optional("rules", schema.Default(rulesSchema("None: all is closed."), "[]")),
			schema.Optional("enabled", schema.Default(schema.Boolean("false: no firewall, and no rules."), "true")),
			schema.Optional("force", schema.Default(schema.Boolean("Even if SSH is locked out."), "false")),
		},
		Errors:  []fault.Code{fault.SSHLockout},
		Example: product.Example{Input: `{"rules":[{"protocol":"tcp","ports":"22","sources":["203.0.113.0/24"]},{"protocol":"tcp","ports":"443","sources":["0.0.0.0/0","::/0"]}]}`, Output: exampleFirewall},
	}
}

// firewallInput is the input of a change of the firewall.
type firewallInput struct {
	Rules   []Rule `json:"rules"`
	Enabled *bool  `json:"enabled"`
	Force   bool   `json:"force"`
}

// FirewallOf is the firewall that an input asks for, in its normal form: nil for none,
// and without rules for one that admits nothing.
func FirewallOf(input json.RawMessage) ([]Rule, error) {
	_, rules, err := readFirewall(input)
	return rules, err
}

func readFirewall(input json.RawMessage) (in firewallInput, rules []Rule, err error) {
	if len(input) > 0 {
		if err := json.Unmarshal(input, &in); err != nil {
			return in, nil, err
		}
	}
	rules, problems := normalRules("$.rules", in.Rules)
	if in.Enabled != nil && !*in.Enabled {
		rules = nil
		if len(in.Rules) > 0 {
			problems = append(problems, fault.Problem{
				Code: fault.InvalidInput, Param: "$.rules", Detail: "must be empty where enabled is false: without a firewall there are no rules",
				Fix: "Leave out $.rules to remove the firewall, or $.enabled to set the rules.",
			})
		}
	}
	if len(problems) > 0 {
		return in, nil, fault.Invalid(problems...)
	}
	return in, rules, nil
}

// beginFirewall notes the new firewall beside the old one, which is in force until the
// provider has done it.
func beginFirewall(data shop.Data, input json.RawMessage) (shop.Data, error) {
	state, err := StateOf(data)
	if err != nil {
		return shop.Data{}, err
	}
	in, rules, err := readFirewall(input)
	if err != nil {
		return shop.Data{}, err
	}
	if rules != nil && !in.Force && !admits(rules, state.SSHPort) {
		return shop.Data{}, fault.Invalid(lockout("$.rules", state.SSHPort, "send $.force as true"))
	}
	return beginBy(data, firewallName, "", func(s *State) { s.NextFirewall = &rules })
}

func settleFirewall(data shop.Data, ending shop.Ending) (shop.Data, error) {
	return change(data, func(s *State) {
		s.end(firewallName, ending)
		if ending == shop.Succeeded && s.NextFirewall != nil {
			s.Firewall = *s.NextFirewall
		}
		s.NextFirewall = nil
	})
}
