package server

import (
	"cmp"
	_ "embed" // the example
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/product"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
)

// exampleResize is a real run, which a test makes and compares.
//
//go:embed examples/server_resize_quote.json
var exampleResize string

const resizeName shop.ActionName = "resize"

var resize = func() shop.ActionType {
	a := protectable(move(resizeName, "servers:resize"))
	a.Charge, a.Bought, a.Choices = chargeResize, resized, regionChosen
	a.Exchange = &shop.Exchange{Param: "catalogItemId", Check: checkResize}
	return a
}()

// Resize makes a server one of another item of its family.
func Resize() product.Action {
	return product.Action{
		ActionType:  resize,
		Title:       "Quote another size of a server",
		Doing:       "Resizing",
		Summary:     "Get the price of another size of a server.",
		Description: "Use it when a server is too small or too large; data and address stay. Not to start over: use server_reinstall. The rest of the term is charged to the second, or comes back (creditMinor). The server is off for up to 5 minutes. Its disk never shrinks: keepDisk lets it go back.",
		Input: []schema.Field{
			schema.Required("catalogItemId", schema.Identifier("An item of the same family in catalog_search.", maxName)),
			schema.Optional("keepDisk", schema.Default(schema.Boolean("Leave the disk as large as it is."), "false")),
		},
		Errors:  []fault.Code{fault.SoldOut, fault.UnsupportedRegion},
		Example: product.Example{Input: `{"catalogItemId":"cat_vps_medium"}`, Output: exampleResize},
	}
}

// lineResize is what the rest of a term costs at another size.
const lineResize shop.LineKind = "resize"

type resizeInput struct {
	Item     id.Item `json:"catalogItemId"`
	KeepDisk bool    `json:"keepDisk"`
}

func regionChosen(configuration, _ json.RawMessage) (map[string]string, error) {
	var c Configuration
	err := json.Unmarshal(configuration, &c)
	return map[string]string{regions: c.Region}, err
}

// checkResize refuses what the server cannot become.
func checkResize(service shop.Service, from, to shop.Item, _ json.RawMessage) error {
	state, err := StateOf(service.State)
	if err != nil {
		return err
	}
	before, err := PlanOf(from.Plan)
	if err != nil {
		return err
	}
	after, err := PlanOf(to.Plan)
	if err != nil {
		return err
	}
	disk := state.disk(before)
	switch _, sold := termOf(service, to); {
	case before.Family == "" || after.Family != before.Family || after.Architecture != before.Architecture:
		return cannotBecome("must be an item of the family of %s, and %s is not", from.ID, to.ID)
	case !slices.Contains(after.Regions, state.Region):
		e := fault.InvalidParam("$.catalogItemId", "must be an item that is sold in %s, and %s is sold in %s", state.Region, to.ID, strings.Join(after.Regions, ", ")).
			Fix("Choose another item of the family with catalog_search.")
		e.Code = fault.UnsupportedRegion
		return e
	case !sold:
		return cannotBecome("must be an item that is paid as the server is, and %s is not", to.ID)
	case after.DiskGiB < disk:
		return cannotBecome("must be an item with a disk of at least %d GiB, which the server has, and %s has %d", disk, to.ID, after.DiskGiB)
	}
	return nil
}

func cannotBecome(why string, args ...any) error {
	return fault.InvalidParam("$.catalogItemId", why, args...).Fix("Choose another item of the family with catalog_search.")
}

// termOf is the term of a service as the item has it.
func termOf(service shop.Service, item shop.Item) (shop.Term, bool) {
	if service.Bill.Term.Hours > 0 || item.Hourly() {
		return item.Terms[0], service.Bill.Term.Hours > 0 && item.Hourly()
	}
	return item.Term(service.Bill.Term.Months)
}

// chargeResize charges for the rest of the term at the new price, less what is unused of
// what was paid. The snapshots stay, at the price that each was taken at.
func chargeResize(service shop.Service, to shop.Item, _ json.RawMessage, at time.Time) (c shop.Charge, err error) {
	state, err := StateOf(service.State)
	if err != nil {
		return c, err
	}
	price, err := renewalAs(service, to)
	if err != nil {
		return c, err
	}
	kept := money.Money{Minor: state.snapshotPrices(), Currency: price.Currency}
	left, term := service.Left(at)
	what := fmt.Sprintf("%s, %d of %d seconds of the term", to.Name, left, term)
	if service.Bill.Term.Hours > 0 {
		what = to.Name + ", from the next hour on"
	}
	unused, err := service.Unused(at).Neg()
	if err != nil {
		return c, err
	}
	c.Total.Currency = price.Currency
	for _, l := range []struct {
		kind shop.LineKind
		what string
		due  func() (money.Money, error)
	}{
		{lineResize, what + fmt.Sprintf("; the server is off for up to %d minutes", offMinutes), func() (money.Money, error) { return service.Rest(price, at) }},
		{lineSnapshots, fmt.Sprintf("%d snapshots, as before", len(state.Snapshots)), func() (money.Money, error) { return service.Rest(kept, at) }},
		{shop.LineUnused, "Unused of what was paid until " + service.Bill.PaidUntil.Format(time.RFC3339), func() (money.Money, error) { return unused, nil }},
	} {
		due, err := l.due()
		if err != nil {
			return c, err
		}
		if due.Minor == 0 && l.kind != lineResize {
			continue
		}
		c.Lines = append(c.Lines, shop.Line{Kind: l.kind, Description: l.what, Quantity: 1, Unit: due, Amount: due})
		if c.Total, err = c.Total.Add(due); err != nil {
			return c, err
		}
	}
	renewal, err := price.Add(kept)
	c.Renewal = &renewal
	return c, err
}

// offMinutes is how long a server is off at most while it is resized.
const offMinutes = 5

// renewalAs is what a term of the server costs as one of that item, without its snapshots:
// with its backups and the discount of its term.
func renewalAs(service shop.Service, item shop.Item) (money.Money, error) {
	var c Configuration
	if err := json.Unmarshal(service.Configuration, &c); err != nil {
		return money.Money{}, err
	}
	offer, err := offerOf(item)
	if err != nil {
		return money.Money{}, err
	}
	term, sold := termOf(service, item)
	if !sold {
		return money.Money{}, fmt.Errorf("server: %s is not sold by the term of %s", item.ID, service.ID)
	}
	unit, err := priceUnit(item, offer.plan, c, term)
	if err != nil {
		return money.Money{}, err
	}
	price, err := unit.times(1, term)
	return price.Renewal, err
}

// resized has what depends on the size.
func resized(data shop.Data, was shop.Item, offer shop.Offer) (shop.Data, error) {
	before, err := PlanOf(was.Plan)
	if err != nil {
		return shop.Data{}, err
	}
	after, err := PlanOf(offer.Item.Plan)
	if err != nil {
		return shop.Data{}, err
	}
	var in resizeInput
	if err := json.Unmarshal(offer.Action.Intent.Input, &in); err != nil {
		return shop.Data{}, err
	}
	return change(data, func(s *State) {
		disk := s.disk(before)
		s.SupportedImages, s.DiskGiB = after.Images, 0
		if in.KeepDisk && disk != after.DiskGiB {
			s.DiskGiB = disk
		}
	})
}

// disk is how large the disk is of a server with that plan.
func (s State) disk(plan Plan) int { return cmp.Or(s.DiskGiB, plan.DiskGiB) }
