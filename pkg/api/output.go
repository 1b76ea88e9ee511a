package api

import (
	"encoding/json"
	"reflect"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
)

// output is the schema of an answer, read from its wire struct.
func output[T any]() *schema.Schema { return outputOf(reflect.TypeFor[T]()) }

// outputOf is not generic: functions would link it once for each answer.
func outputOf(wire reflect.Type) *schema.Schema {
	s, err := jsonschema.ForType(wire, &jsonschema.ForOptions{TypeSchemas: map[reflect.Type]*schema.Schema{
		reflect.TypeFor[time.Time]():               {Type: "string", Format: "date-time"},
		reflect.TypeFor[json.RawMessage]():         {Type: "object"},
		reflect.TypeFor[shop.Availability]():       enum(shop.Available, shop.Limited, shop.SoldOut),
		reflect.TypeFor[shop.LineKind]():           enum(shop.LineBase, shop.LineBackups, shop.LineDiscount, shop.LineSetup),
		reflect.TypeFor[shop.QuoteStatus]():        enum(shop.QuoteOpen, shop.QuoteUsed, shop.QuoteExpired),
		reflect.TypeFor[shop.PurchaseStatus]():     enum(shop.PurchasePendingApproval, shop.PurchaseDenied, shop.PurchaseExpired, shop.PurchaseCompleted, shop.PurchasePartiallyFailed, shop.PurchaseFailed),
		reflect.TypeFor[shop.Layer]():              enum(shop.LayerAccount, shop.LayerAgent),
		reflect.TypeFor[shop.Rule]():               enum(shop.Rules()...),
		reflect.TypeFor[shop.Role]():               enum(shop.Roles()...),
		reflect.TypeFor[shop.Scope]():              enum(shop.Scopes()...),
		reflect.TypeFor[shop.Sees]():               enum(shop.SeesAccount, shop.SeesOwn),
		reflect.TypeFor[keyStatus]():               enum(keyGood, keyExpired, keyRevoked),
		reflect.TypeFor[shop.EntryKind]():          enum(shop.EntryFunding, shop.EntryPurchase, shop.EntryRefund, shop.EntryAdjustment),
		reflect.TypeFor[shop.ApprovalStatus]():     enum(shop.ApprovalPending, shop.ApprovalApproved, shop.ApprovalDenied, shop.ApprovalExpired),
		reflect.TypeFor[shop.ServiceStatus]():      enum(shop.ServiceProvisioning, shop.ServiceActive, shop.ServiceSuspended, shop.ServiceCanceled, shop.ServiceFailed),
		reflect.TypeFor[shop.PowerState]():         enum(shop.PowerStopped, shop.PowerRunning, shop.PowerRestarting),
		reflect.TypeFor[shop.ProvisioningStatus](): enum(shop.Provisioning, shop.ProvisioningReady, shop.Reinstalling, shop.ProvisioningFailed),
		reflect.TypeFor[shop.ActionType]():         enum(shop.ActionRestart, shop.ActionReinstall),
		reflect.TypeFor[shop.ActionStatus]():       enum(shop.ActionRunning, shop.ActionSucceeded, shop.ActionFailed),
	}})
	if err != nil {
		panic(err) // a wire struct with a field that JSON cannot hold
	}
	relax(s)
	return s
}

// relax says what is true of the answers and jsonschema-go cannot know: nothing
// is ever null, and more fields may come.
func relax(s *schema.Schema) {
	if len(s.Types) == 2 && s.Types[0] == "null" {
		s.Type, s.Types = s.Types[1], nil
	}
	s.AdditionalProperties = nil
	for _, member := range s.Properties {
		relax(member)
	}
	if s.Items != nil {
		relax(s.Items)
	}
}

func enum[T ~string](values ...T) *schema.Schema {
	s := &schema.Schema{Type: "string"}
	for _, v := range values {
		s.Enum = append(s.Enum, string(v))
	}
	return s
}
