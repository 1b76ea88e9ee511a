// Package server sells virtual servers: what their configuration must contain, what
// they cost, how their actions begin and end, and what their providers do.
package server

import (
	"agentstore/pkg/fault"
	"agentstore/pkg/product"
	"agentstore/pkg/shop"
)

// ServiceType is the service type of servers.
const ServiceType = "server"

// New is the product.
func New() product.Product {
	return product.Product{Type: ServiceType, Provided: true, Rules: Rules{}, Words: words, ParsePlan: parsePlan, CheckItems: checkFamilies}
}

// Wording is the product without its rules, for programs that serve no operation.
func Wording() product.Product { return product.Product{Type: ServiceType, Words: words} }

func words() product.Words {
	return product.Words{
		Group: "servers", GroupDescription: "Operating servers.",
		Configuration: commonSchema(), Plan: planSchema(), State: stateSchema(), Requirements: requirementsSchema(),
		Choices: []product.Choice{
			{Name: regions, Description: "The regions that services may run in."},
			{Name: images, Description: "The images that may be installed at a purchase."},
		},
		Personal: personalFields,
		Lines:    []shop.LineKind{lineBackups, lineResize, lineSnapshots},
		Errors:   []fault.Code{fault.UnsupportedImage, fault.UnsupportedRegion, fault.SSHLockout},
		Actions:  actions(), Reads: reads(), Prompts: prompts(),
		Look: look, Labels: labels,
	}
}

// The choices that policies may limit.
const (
	regions = "regions"
	images  = "images"
)

// Rules implements shop.Product.
type Rules struct{}

// Actions implements shop.Product.
func (Rules) Actions() []shop.ActionType { return actionTypes }

// Reads implements shop.Product.
func (Rules) Reads() []shop.ReadType { return []shop.ReadType{metrics} }
