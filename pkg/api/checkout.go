package api

import (
	"context"
	"slices"
	"strings"

	"agentstore/pkg/fault"
	"agentstore/pkg/product"
	"agentstore/pkg/shop"
)

// Members buy, and act on what the account has, by the same operations as agents.
// What they buy belongs to the agent of the account that the store keeps for them.

// AccountQuoteCreate gives a binding price.
func AccountQuoteCreate() Operation {
	return forBuyers(QuoteCreate(), "account_quote_create", account+"/quotes")
}

// AccountQuoteGet reads a quote.
func AccountQuoteGet() Operation {
	return forMembers(QuoteGet(), "account_quote_get", account+"/quotes/{quoteId}")
}

// AccountPurchaseCreate buys.
func AccountPurchaseCreate() Operation {
	o := forBuyers(PurchaseCreate(), "account_purchase_create", account+"/purchases")
	o.FreshLogin = true
	return o
}

// AccountPurchaseList lists purchases.
func AccountPurchaseList() Operation {
	return forMembers(PurchaseList(), "account_purchase_list", account+"/purchases")
}

// AccountPurchaseGet reads a purchase.
func AccountPurchaseGet() Operation {
	return forMembers(PurchaseGetStatus(), "account_purchase_get", account+"/purchases/{purchaseId}")
}

// accountProduct is what members do with the services of a product.
func accountProduct(p product.Product) []Operation {
	var table []Operation
	for _, o := range ofProduct(p) {
		table = append(table, AccountProduct(o))
	}
	return table
}

// AccountProduct is an operation of a product for members. Where data is destroyed, or
// money follows, their login must be recent.
func AccountProduct(o Operation) Operation {
	of := account + strings.TrimPrefix(o.Path, "/v1/agent")
	if !o.Writes() {
		return forMembers(o, "account_"+o.Name, of)
	}
	twin := forBuyers(o, "account_"+o.Name, of)
	twin.FreshLogin = o.Effect == Erases
	return twin
}

// forBuyers is an operation of agents for the members who may buy.
func forBuyers(o Operation, name, path string) Operation {
	twin := forMembers(o, name, path)
	twin.Role, twin.Twin = shop.RoleOperator, o.Name
	twin.Errors = slices.DeleteFunc(slices.Clone(o.Errors), asksMembers)
	if slices.Contains(o.Errors, fault.ApprovalRequired) {
		twin.Errors = append(twin.Errors, fault.Protected) // of a token that may not lift it
	}
	twin.call = func(ctx context.Context, s *shop.Shop, caller shop.Caller, args Arguments) (Answer, error) {
		return o.call(ctx, s, caller.AtCheckout(), args)
	}
	return twin
}

// asksMembers reports whether an error has members asked, who need not ask anybody.
func asksMembers(c fault.Code) bool {
	return c == fault.ApprovalRequired || c == fault.ApprovalLimitReached
}
