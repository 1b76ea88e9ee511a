package server

import (
	_ "embed" // the example
	"encoding/json"
	"time"

	"agentstore/pkg/money"
	"agentstore/pkg/product"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
)

// exampleSnapshotDelete is a real run, which a test makes and compares.
//
//go:embed examples/server_snapshot_delete.json
var exampleSnapshotDelete string

const snapshotDeleteName shop.ActionName = "snapshot_delete"

var snapshotDelete = func() shop.ActionType {
	a := protectable(move(snapshotDeleteName, "servers:snapshot"))
	a.Begin, a.Credit, a.Settle = beginSnapshotDelete, creditSnapshot, settleSnapshotDelete
	return a
}()

// SnapshotDelete deletes a snapshot.
func SnapshotDelete() product.Action {
	return product.Action{
		ActionType:  snapshotDelete,
		Title:       "Delete a snapshot",
		Doing:       "Deleting",
		Summary:     "Delete a snapshot of a server, and pay no more for it.",
		Description: "Use it when a snapshot is of no use any more. Not for one that may be needed: it cannot be had back. What is unused of the term comes back (refundedMinor of action_get). Then read action_get until status is succeeded.",
		Erases:      true,
		Input:       []schema.Field{schema.Required("snapshotId", schema.Identifier("One of the server's snapshots.", maxName))},
		Options:     imagesOf,
		Example:     product.Example{Input: `{"snapshotId":"img_1"}`, Output: exampleSnapshotDelete},
	}
}

func beginSnapshotDelete(data shop.Data, input json.RawMessage) (shop.Data, error) {
	_, i, err := snapshotIn(data, input)
	if err != nil {
		return shop.Data{}, err
	}
	return beginBy(data, snapshotDeleteName, "", func(s *State) { s.Snapshots[i].Deleting = true })
}

// snapshotIn is the snapshot that an input names.
func snapshotIn(data shop.Data, input json.RawMessage) (State, int, error) {
	state, err := StateOf(data)
	if err != nil {
		return state, 0, err
	}
	in, err := snapshotInputOf(input)
	if err != nil {
		return state, 0, err
	}
	i, err := state.snapshot(in.ID)
	return state, i, err
}

// creditSnapshot gives back the unused seconds of what a term of the snapshot costs,
// rounded down, as of a service that ends, and never more than is unused of the whole.
func creditSnapshot(service shop.Service, _ shop.Item, input json.RawMessage, at time.Time) (c shop.Charge, err error) {
	state, i, err := snapshotIn(service.State, input)
	if err != nil {
		return c, err
	}
	price := money.Money{Minor: state.Snapshots[i].PriceMinor, Currency: service.Bill.Renewal.Currency}
	left, term := service.Left(at)
	unused := price.Share(left, term)
	unused.Minor = min(unused.Minor, service.Unused(at).Minor)
	back, err := unused.Neg()
	if err != nil {
		return c, err
	}
	c.Total = back
	c.Lines = []shop.Line{{Kind: lineSnapshots, Description: "Unused of a snapshot", Quantity: 1, Unit: back, Amount: back}}
	renewal := service.Bill.Renewal
	renewal.Minor -= price.Minor
	c.Renewal = &renewal
	return c, nil
}

// settleSnapshotDelete: one whose deletion has failed is kept, and paid for.
func settleSnapshotDelete(data shop.Data, ending shop.Ending) (shop.Data, error) {
	return change(data, func(s *State) {
		s.end(snapshotDeleteName, ending)
		var kept []Snapshot
		for _, snapshot := range s.Snapshots {
			if snapshot.Deleting && ending == shop.Succeeded {
				continue
			}
			snapshot.Deleting = false
			kept = append(kept, snapshot)
		}
		s.Snapshots = kept
	})
}
