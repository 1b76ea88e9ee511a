// Package server sells virtual servers: what their configuration must say, what
// they cost, and how their actions begin and end.
package server

import (
	"encoding/json"
	"slices"

	"agentstore/pkg/shop"
)

// ServiceType is the service type of servers.
const ServiceType = "server"

// Product implements shop.Product.
type Product struct{}

// Capabilities are the actions that a server takes.
func (Product) Capabilities() []string {
	return []string{ServiceType + ":" + string(shop.ActionRestart), ServiceType + ":" + string(shop.ActionReinstall)}
}

// Requirements describes the configuration of a server item.
func (Product) Requirements(item shop.Item) shop.Configurable {
	s := configurationSchema(item)
	text, _ := json.Marshal(s)
	example, _ := json.Marshal(Configuration{
		Hostname: "deploy-node-01", Region: item.Server.Regions[0], Image: item.Server.Images[0],
		BillingTermMonths: item.Terms[0].Months,
	})
	c := shop.Configurable{
		RequiredFields: s.Required, Images: item.Server.Images, Regions: item.Server.Regions,
		Schema: text, Example: example,
	}
	for _, name := range s.PropertyOrder {
		if !slices.Contains(s.Required, name) {
			c.OptionalFields = append(c.OptionalFields, name)
		}
	}
	return c
}
