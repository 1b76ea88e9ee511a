package api

import (
	"context"
	"encoding/json"

	"agentstore/pkg/shop"
	"agentstore/pkg/strictjson"
)

// dryRunName is the argument that has a purchase decided and not made.
const dryRunName = "dryRun"

func rehearse(ctx context.Context, s *shop.Shop, caller shop.Caller, args Arguments) (Answer, error) {
	var in buyArguments
	if err := args.decode(&in); err != nil {
		return Answer{}, err
	}
	if err := in.check(); err != nil {
		return Answer{}, err
	}
	request := shop.Request[shop.Bought]{
		Operation: args.operation, Key: args.IdempotencyKey, Fingerprint: args.fingerprint(s.Products), Former: args.former(),
		Interactive: args.Interactive, MaxTotal: in.MaxTotal,
	}
	r, err := func() (shop.Rehearsal, error) {
		if in.Quote != "" {
			return s.RehearseQuote(ctx, caller, in.Quote, shop.Repeated(in.orderArguments), request)
		}
		return s.RehearseItem(ctx, caller, in.order(), request)
	}()
	if err != nil {
		return Answer{}, err
	}
	would := wireRehearsal(r, viewBy(s, caller))
	body, err := strictjson.Encode(boughtAnswer{DryRun: &would})
	return Answer{Body: body}, err
}

type rehearsalWire struct {
	Outcome           shop.Forecast    `json:"outcome" jsonschema:"what purchase_create would come to now"`
	Reason            string           `json:"reason"`
	CatalogItemID     string           `json:"catalogItemId,omitempty"`
	Quantity          int              `json:"quantity,omitempty"`
	Lines             []lineWire       `json:"lines,omitempty"`
	TotalPriceMinor   *int64           `json:"totalPriceMinor,omitempty" jsonschema:"in the minor unit of the currency"`
	Currency          string           `json:"currency,omitempty"`
	Renewal           *renewalWire     `json:"renewal,omitempty"`
	Lease             *quotedLeaseWire `json:"lease,omitempty"`
	BalanceMinor      int64            `json:"balanceMinor" jsonschema:"of the wallet, now"`
	BalanceAfterMinor *int64           `json:"balanceAfterMinor,omitempty" jsonschema:"once it is paid; absent where it would not be"`
	SpendCheck        *spendCheckWire  `json:"spendCheck,omitempty"`
	PurchaseID        string           `json:"purchaseId,omitempty" jsonschema:"of an earlier purchase with this idempotency key"`
	Refusal           json.RawMessage  `json:"refusal,omitempty" jsonschema:"the error that it would be refused with"`
}

func wireRehearsal(r shop.Rehearsal, v view) rehearsalWire {
	w := rehearsalWire{
		Outcome: r.Outcome, Reason: r.Reason, BalanceMinor: r.Wallet.Balance.Minor, PurchaseID: string(r.Earlier),
	}
	if r.Refusal != nil {
		w.Refusal = Problem(r.Refusal, v.caller.RequestID)
	}
	if r.Offer == nil {
		return w
	}
	price := r.Offer.Price
	renewal, check := wireRenewal(*r.Offer, v.now), wireSpendCheck(*r.Check)
	w.CatalogItemID, w.Quantity, w.Lines = string(r.Offer.Item.ID), r.Offer.Quantity, wireLines(price.Lines)
	w.Lease = wireQuotedLease(*r.Offer, v.now)
	w.TotalPriceMinor, w.Currency, w.Renewal, w.SpendCheck = &price.Total.Minor, string(price.Total.Currency), &renewal, &check
	if r.Outcome == shop.ForecastCompleted {
		after := r.Wallet.Balance.Minor - price.Total.Minor
		w.BalanceAfterMinor = &after
	}
	return w
}
