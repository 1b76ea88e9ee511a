package dynamo

import (
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// offerRow is what was offered, inside a quote and a purchase.
type offerRow struct {
	Item          offerItem `dynamodbav:"item"`
	Quantity      int       `dynamodbav:"quantity"`
	Configuration string    `dynamodbav:"configuration,omitempty"` // JSON
	Personal      string    `dynamodbav:"personal,omitempty"`
	Lines         []lineRow `dynamodbav:"lines,omitempty"`
	TotalMinor    int64     `dynamodbav:"totalMinor"`
	BackMinor     int64     `dynamodbav:"backMinor,omitempty"`
	RenewalMinor  int64     `dynamodbav:"renewalMinor"`
	Currency      string    `dynamodbav:"currency"`
	Term          termRow   `dynamodbav:"term"`
	// Action is what is bought instead of units.
	Action *offeredActionRow `dynamodbav:"action,omitempty"`
	Lease  *leaseOrderRow    `dynamodbav:"lease,omitempty"`
	Labels []string          `dynamodbav:"labels,omitempty"`
}

type offeredActionRow struct {
	Service  string `dynamodbav:"service"`
	Type     string `dynamodbav:"type"`
	Input    string `dynamodbav:"input,omitempty"` // JSON
	At       millis `dynamodbav:"at"`
	RenewsAt millis `dynamodbav:"renewsAt"`
	From     string `dynamodbav:"from,omitempty"`
}

type lineRow struct {
	Kind        string `dynamodbav:"kind"`
	Description string `dynamodbav:"description"`
	Quantity    int    `dynamodbav:"quantity"`
	UnitMinor   int64  `dynamodbav:"unitMinor"`
	AmountMinor int64  `dynamodbav:"amountMinor"`
}

func storedOffer(o shop.Offer) offerRow {
	row := offerRow{
		Item: storedItem(o.Item), Quantity: o.Quantity, Configuration: string(o.Configuration), Personal: string(o.Personal),
		TotalMinor: o.Price.Total.Minor, BackMinor: o.Price.Back.Minor, RenewalMinor: o.Price.Renewal.Minor,
		Currency: string(o.Price.Total.Currency), Term: termRow(o.Price.Term),
	}
	row.Lease, row.Labels = storedLeaseOrder(o.Lease), o.Labels
	for _, l := range o.Price.Lines {
		row.Lines = append(row.Lines, lineRow{string(l.Kind), l.Description, l.Quantity, l.Unit.Minor, l.Amount.Minor})
	}
	if a := o.Action; a != nil {
		row.Action = &offeredActionRow{
			string(a.Service), string(a.Intent.Action), string(a.Intent.Input), toMillis(a.At), toMillis(a.RenewsAt), string(a.From),
		}
	}
	return row
}

func (r offerRow) domain() shop.Offer {
	o := shop.Offer{
		Item: r.Item.domain(), Quantity: r.Quantity, Configuration: []byte(r.Configuration), Personal: id.Personal(r.Personal),
		Price: shop.Price{
			Total: moneyOf(r.TotalMinor, r.Currency), Renewal: moneyOf(r.RenewalMinor, r.Currency),
			Term: shop.Term(r.Term),
		},
	}
	o.Lease, o.Labels = r.Lease.domain(), r.Labels
	if r.BackMinor != 0 {
		o.Price.Back = moneyOf(r.BackMinor, r.Currency)
	}
	for _, l := range r.Lines {
		o.Price.Lines = append(o.Price.Lines, shop.Line{
			Kind: shop.LineKind(l.Kind), Description: l.Description, Quantity: l.Quantity,
			Unit: moneyOf(l.UnitMinor, r.Currency), Amount: moneyOf(l.AmountMinor, r.Currency),
		})
	}
	if a := r.Action; a != nil {
		o.Action = &shop.OfferedAction{
			Service: id.Service(a.Service), Intent: intentOf(a.Type, a.Input), At: a.At.time(), RenewsAt: a.RenewsAt.time(),
			From: id.Item(a.From),
		}
	}
	return o
}

// shapeOf is the shape of a quote or a purchase with an offer. One that may still be
// carried out has the second where release 0.1.0 would buy something else: it knows no
// labels, no lease and no hours, and would leave them out.
func shapeOf(o shop.Offer, open bool) int {
	if open && (len(o.Labels) > 0 || o.Lease != nil || o.Price.Term.Hours > 0) {
		return 2
	}
	return 1
}
