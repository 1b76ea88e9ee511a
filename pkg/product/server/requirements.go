package server

import (
	"encoding/json"
	"slices"

	"agentstore/pkg/product"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
	"agentstore/pkg/strictjson"
)

// supported is what an item can be bought with.
type supported struct {
	Images  []string `json:"supportedImages"`
	Regions []string `json:"supportedRegions"`
}

func requirementsSchema() *schema.Schema { return product.SchemaOf[supported](nil) }

// Requirements implements shop.Product.
func (Rules) Requirements(item shop.Item) (c shop.Configurable, err error) {
	offer, err := offerOf(item)
	if err != nil {
		return c, err
	}
	s, plan := offer.schema, offer.plan
	c.RequiredFields = s.Required
	for _, name := range s.PropertyOrder {
		if !slices.Contains(s.Required, name) {
			c.OptionalFields = append(c.OptionalFields, name)
		}
	}
	if c.Schema, err = json.Marshal(s); err != nil {
		return c, err
	}
	if c.Example, err = json.Marshal(Configuration{
		Hostname: "deploy-node-01", Region: plan.Regions[0], Image: plan.Images[0],
		BillingTermMonths: item.Terms[0].Months,
	}); err != nil {
		return c, err
	}
	c.More, err = strictjson.Encode(supported{plan.Images, plan.Regions})
	return c, err
}
