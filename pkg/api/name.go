package api

import (
	"reflect"
	"strings"

	"agentstore/pkg/shop"
)

// componentName is the name of a wire type among the components of the OpenAPI
// document: quoteWire is Quote, quoteAnswer QuoteAnswer, purchasesAnswer PurchasePage
// or, without a cursor, PurchaseList. A type of the business keeps its own name.
func componentName(t reflect.Type) string {
	if name, ok := betterNames()[t]; ok {
		return name
	}
	name := strings.ToUpper(t.Name()[:1]) + t.Name()[1:]
	one, ofMany := strings.CutSuffix(name, "sAnswer")
	switch {
	case ofMany && hasCursor(t):
		return one + "Page"
	case ofMany:
		return one + "List"
	default:
		return strings.TrimSuffix(name, "Wire")
	}
}

func hasCursor(t reflect.Type) bool {
	_, has := t.FieldByName("NextCursor")
	return has
}

// betterNames are those that tell a reader more than what the rule makes.
func betterNames() map[reflect.Type]string {
	return map[reflect.Type]string{
		reflect.TypeFor[searchAnswer]():         "CatalogItemPage",
		reflect.TypeFor[itemWire]():             "CatalogItem",
		reflect.TypeFor[categoriesAnswer]():     "CatalogCategoryList",
		reflect.TypeFor[categoryWire]():         "CatalogCategory",
		reflect.TypeFor[requirementsAnswer]():   "CheckoutRequirements",
		reflect.TypeFor[termWire]():             "BillingTerm",
		reflect.TypeFor[quotedAnswer]():         "QuoteCreated",
		reflect.TypeFor[lineWire]():             "PriceLine",
		reflect.TypeFor[boughtAnswer]():         "PurchaseCreated",
		reflect.TypeFor[rehearsalWire]():        "DryRun",
		reflect.TypeFor[shop.Forecast]():        "DryRunOutcome",
		reflect.TypeFor[serviceRefWire]():       "ServiceReference",
		reflect.TypeFor[acceptedAnswer]():       "ActionAccepted",
		reflect.TypeFor[revealedAnswer]():       "ActionAnswer",
		reflect.TypeFor[revealedWire]():         "RevealedAction",
		reflect.TypeFor[personalWire]():         "PersonalData",
		reflect.TypeFor[personalAnswer]():       "PersonalDataAnswer",
		reflect.TypeFor[meWire]():               "Membership",
		reflect.TypeFor[removedAnswer]():        "Removed",
		reflect.TypeFor[invitedAnswer]():        "InvitationCreated",
		reflect.TypeFor[keyWire]():              "APIKey",
		reflect.TypeFor[keysAnswer]():           "APIKeyList",
		reflect.TypeFor[keyAnswer]():            "APIKeyCreated",
		reflect.TypeFor[revokedAnswer]():        "APIKeyAnswer",
		reflect.TypeFor[keyRequestsAnswer]():    "APIKeyRequestList",
		reflect.TypeFor[keyRequestWire]():       "APIKeyRequest",
		reflect.TypeFor[personalTokenWire]():    "PersonalToken",
		reflect.TypeFor[personalTokensAnswer](): "PersonalTokenList",
		reflect.TypeFor[endedAnswer]():          "SessionsEnded",
		reflect.TypeFor[budgetAnswer]():         "PolicyAnswer",
		reflect.TypeFor[shop.FrozenServices]():  "FrozenServicesChoice",
		reflect.TypeFor[limitWire]():            "SpendLimit",
		reflect.TypeFor[hoursWire]():            "PurchaseHours",
		reflect.TypeFor[sumWire]():              "SpendingSum",
		reflect.TypeFor[checkWire]():            "PolicyCheck",
		reflect.TypeFor[ledgerAnswer]():         "LedgerEntryPage",
		reflect.TypeFor[entryWire]():            "LedgerEntry",
		reflect.TypeFor[auditAnswer]():          "AuditEventPage",
		reflect.TypeFor[EventWire]():            "AuditEvent",
		reflect.TypeFor[deniedAnswer]():         "ApprovalsDenied",
		reflect.TypeFor[shop.Layer]():           "PolicyLayer",
		reflect.TypeFor[shop.Rule]():            "PolicyRule",
		reflect.TypeFor[shop.EntryKind]():       "LedgerEntryKind",
	}
}
