package server

import (
	_ "embed" // the example
	"encoding/json"
	"fmt"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/money"
	"agentstore/pkg/product"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
)

// exampleSnapshotCreate is a real run, which a test makes and compares.
//
//go:embed examples/server_snapshot_create_quote.json
var exampleSnapshotCreate string

const snapshotCreateName shop.ActionName = "snapshot_create"

var snapshotCreate = func() shop.ActionType {
	a := move(snapshotCreateName, "servers:snapshot")
	a.Begin, a.Charge, a.Bought = beginSnapshot, chargeSnapshot, snapshotBought
	return a
}()

// SnapshotCreate copies the disk of a server.
func SnapshotCreate() product.Action {
	return product.Action{
		ActionType:  snapshotCreate,
		Title:       "Quote a snapshot of a server",
		Doing:       "Copying",
		Summary:     "Get the price of a snapshot of a server.",
		Description: "Use it before a risky change: server_reinstall with the snapshotId goes back. Not for backups every day: use backupsEnabled. It costs snapshotPriceMinor of the item a month until server_snapshot_delete; at most 10 a server. They end with the server.",
		Input:       []schema.Field{schema.Required("name", schema.Line("What people call it.", 1, maxName))},
		Errors:      []fault.Code{},
		Example:     product.Example{Input: `{"name":"before the upgrade"}`, Output: exampleSnapshotCreate},
	}
}

func beginSnapshot(data shop.Data, _ json.RawMessage) (shop.Data, error) {
	state, err := StateOf(data)
	if err != nil {
		return shop.Data{}, err
	}
	if len(state.Snapshots) >= maxSnapshots {
		return shop.Data{}, fault.New(fault.ServiceNotReady, "The server has %d snapshots, and can have no more.", len(state.Snapshots)).
			Fix("Delete one with server_snapshot_delete, then try again.")
	}
	return beginBy(data, snapshotCreateName, "", func(*State) {})
}

// chargeSnapshot charges for the rest of the term.
func chargeSnapshot(service shop.Service, item shop.Item, _ json.RawMessage, at time.Time) (c shop.Charge, err error) {
	price, err := snapshotPrice(item, service.Bill.Term)
	if err != nil {
		return c, err
	}
	if price.Minor == 0 {
		return c, fault.New(fault.ServiceNotReady, "No snapshots are sold with %s.", item.Name).
			Fix("Resize the server to an item that has snapshotPriceMinor in catalog_search, or copy its data yourself.")
	}
	if c.Total, err = service.Rest(price, at); err != nil {
		return c, err
	}
	left, term := service.Left(at)
	what := fmt.Sprintf("A snapshot, %d of %d seconds of the term", left, term)
	if service.Bill.Term.Hours > 0 {
		what = "A snapshot, from the next hour on"
	}
	c.Lines = []shop.Line{{Kind: lineSnapshots, Description: what, Quantity: 1, Unit: c.Total, Amount: c.Total}}
	renewal, err := service.Bill.Renewal.Add(price)
	c.Renewal = &renewal
	return c, err
}

// snapshotPrice is what a snapshot costs a term; zero where none is sold.
func snapshotPrice(item shop.Item, term shop.Term) (money.Money, error) {
	plan, err := PlanOf(item.Plan)
	if err != nil {
		return money.Money{}, err
	}
	price := money.Money{Minor: plan.SnapshotPriceMinor, Currency: item.Price.Currency}
	return price.Times(max(term.Months, 1))
}

// snapshotBought is the state with the price of the snapshot that was taken.
func snapshotBought(data shop.Data, _ shop.Item, offer shop.Offer) (shop.Data, error) {
	price, err := snapshotPrice(offer.Item, offer.Price.Term)
	if err != nil {
		return shop.Data{}, err
	}
	return change(data, func(s *State) {
		if n := len(s.Snapshots); n > 0 {
			s.Snapshots[n-1].PriceMinor = price.Minor
		}
	})
}
