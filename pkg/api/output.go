package api

import (
	"encoding/json"
	"reflect"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"agentstore/pkg/product"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
)

// output is the schema of an answer of a store that sells what is on the shelf, read
// from its wire struct.
func output[T any](shelf product.Shelf) *schema.Schema {
	return outputOf(reflect.TypeFor[T](), shelf)
}

// outputOf is not generic: functions would link it once for each answer.
func outputOf(wire reflect.Type, shelf product.Shelf) *schema.Schema {
	d := describer{shelf, valueSchemas(shelf)}
	for t, s := range d.types {
		if s.Enum != nil {
			s.Title = componentName(t)
		}
	}
	s := d.describe(wire)
	product.Relax(s)
	return s
}

// describer makes the schemas of wire structs, each with its name. Types are those
// that it knows.
type describer struct {
	shelf product.Shelf
	types map[reflect.Type]*schema.Schema
}

func (d describer) describe(wire reflect.Type) *schema.Schema {
	d.learn(wire)
	s, err := jsonschema.ForType(wire, &jsonschema.ForOptions{TypeSchemas: d.types})
	if err != nil {
		panic(err) // a wire struct with a field that JSON cannot hold
	}
	for _, e := range extended {
		if e.wire == wire {
			s = e.extend(s, d.shelf)
		}
	}
	return schema.Named(componentName(wire), s)
}

// learn describes the structs that are members of a struct. What it embeds is no member.
func (d describer) learn(wire reflect.Type) {
	for _, field := range reflect.VisibleFields(wire) {
		t := field.Type
		for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
			t = t.Elem()
		}
		if t.Kind() == reflect.Struct && field.IsExported() && !field.Anonymous && d.types[t] == nil {
			d.types[t] = d.describe(t)
		}
	}
}

// extended are the answers that depend on what is on the shelf.
var extended = []struct {
	wire   reflect.Type
	extend func(*schema.Schema, product.Shelf) *schema.Schema
}{
	{reflect.TypeFor[quoteWire](), ofBoughtActions("serviceId", "action", "input", "creditMinor")},
	{reflect.TypeFor[purchaseWire](), ofBoughtActions("serviceId", "action", "input", "creditMinor", "actionId")},
	{reflect.TypeFor[revealedWire](), ofBoughtActions("purchaseId", "refundedMinor")},
	{reflect.TypeFor[actionWire](), ofBoughtActions("purchaseId", "refundedMinor")},
	{reflect.TypeFor[itemWire](), func(s *schema.Schema, shelf product.Shelf) *schema.Schema {
		return withMembers(s, shelf, func(p product.Product) *schema.Schema { return p.Words().Plan })
	}},
	{reflect.TypeFor[serviceWire](), func(s *schema.Schema, shelf product.Shelf) *schema.Schema {
		return withMembers(s, shelf, func(p product.Product) *schema.Schema { return p.Words().State })
	}},
	{reflect.TypeFor[acceptedAnswer](), func(s *schema.Schema, shelf product.Shelf) *schema.Schema {
		return withMembers(s, shelf, func(p product.Product) *schema.Schema { return p.Words().State })
	}},
	{reflect.TypeFor[requirementsAnswer](), func(s *schema.Schema, shelf product.Shelf) *schema.Schema {
		return withFields(s, shelf, func(p product.Product) *schema.Schema { return p.Words().Requirements })
	}},
	{reflect.TypeFor[policyWire](), func(s *schema.Schema, shelf product.Shelf) *schema.Schema {
		for _, c := range shelf.Choices() {
			addMember(s, c.Name, &schema.Schema{Type: "array", Items: &schema.Schema{Type: "string"}}, true)
		}
		return s
	}},
}

// valueSchemas are the schemas of enumerated values, and of types that jsonschema-go
// cannot describe.
func valueSchemas(shelf product.Shelf) map[reflect.Type]*schema.Schema {
	rules, lines := shop.Rules(), []shop.LineKind{shop.LineBase, shop.LineDiscount, shop.LineSetup}
	if len(boughtActions(shelf)) > 0 {
		lines = append(lines, shop.LineUnused, shop.LineCredit)
	}
	for _, c := range shelf.Choices() {
		rules = append(rules, shop.Rule(c.Name))
	}
	for _, p := range shelf {
		lines = append(lines, p.Words().Lines...)
	}
	return map[reflect.Type]*schema.Schema{
		reflect.TypeFor[time.Time]():           {Type: "string", Format: "date-time"},
		reflect.TypeFor[int64]():               {Type: "integer", Format: schema.Int64}, // amounts of money
		reflect.TypeFor[json.RawMessage]():     {Type: "object"},                        // of a product
		reflect.TypeFor[shop.Availability]():   product.EnumOf(shop.Available, shop.Limited, shop.SoldOut),
		reflect.TypeFor[shop.LineKind]():       product.EnumOf(lines...),
		reflect.TypeFor[shop.QuoteStatus]():    product.EnumOf(shop.QuoteOpen, shop.QuoteUsed, shop.QuoteExpired),
		reflect.TypeFor[shop.Forecast]():       product.EnumOf(shop.ForecastCompleted, shop.ForecastApproval, shop.ForecastConfirmation, shop.ForecastRefused, shop.ForecastReplayed),
		reflect.TypeFor[shop.PurchaseStatus](): product.EnumOf(purchaseStatuses()...),
		reflect.TypeFor[shop.Layer]():          product.EnumOf(shop.LayerAccount, shop.LayerAgent),
		reflect.TypeFor[shop.Rule]():           product.EnumOf(rules...),
		reflect.TypeFor[shop.Role]():           product.EnumOf(shop.Roles()...),
		reflect.TypeFor[shop.Scope]():          product.EnumOf(shelf.Scopes()...),
		reflect.TypeFor[shop.Sees]():           product.EnumOf(shop.SeesAccount, shop.SeesOwn),
		reflect.TypeFor[keyStatus]():           product.EnumOf(keyGood, keyExpired, keyRevoked),
		reflect.TypeFor[shop.EntryKind]():      product.EnumOf(shop.EntryFunding, shop.EntryPurchase, shop.EntryRefund, shop.EntryAdjustment),
		reflect.TypeFor[shop.ApprovalStatus](): product.EnumOf(approvalStatuses()...),
		reflect.TypeFor[shop.PersonalStatus](): product.EnumOf(shop.PersonalPresent, shop.PersonalErased),
		reflect.TypeFor[shop.ServiceStatus]():  product.EnumOf(serviceStatuses()...),
		reflect.TypeFor[shop.ActionName]():     product.EnumOf(shelf.ActionNames(false)...),
		reflect.TypeFor[shop.ActionStatus]():   product.EnumOf(shop.ActionRunning, shop.ActionSucceeded, shop.ActionFailed),
	}
}
