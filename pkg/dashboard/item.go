package dashboard

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"agentstore/pkg/api"
	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/period"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// checkout is what the page of an item shows: the form that its product asks for, and
// what it would cost.
type checkout struct {
	needs  shop.Requirements
	schema *schema.Schema
	order  []string // of the members
	labels map[string]string
	fields url.Values // what was sent; nil for nothing yet
	wrong  *fault.Error
	quoted *shop.Quoted // what it would cost; nil where the form does not say enough
	keys   []string     // the names of the SSH keys of the account
	key    string
}

const (
	configurationPrefix = "configuration."
	quantityName        = "quantity"
	endsName            = "expiresAfter"
)

// ends are the leases that the form offers, by their ISO 8601 durations.
var ends = []struct{ after, words string }{
	{"", "When it is cancelled"},
	{"PT1H", "1 hour after the purchase"},
	{"PT24H", "24 hours after the purchase"},
	{"P7D", "7 days after the purchase"},
	{"P30D", "30 days after the purchase"},
	{"P90D", "90 days after the purchase"},
	{"P1Y", "1 year after the purchase"},
}

// item shows an item and its form.
func (s Site) item(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	f, err := s.visit(r, entry, api.AccountGet())
	if err != nil {
		return err
	}
	return s.showItem(w, r, f, f.written(), nil)
}

// quote gives a binding price for what the form says.
func (s Site) quote(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	fields, err := form(w, r)
	if err != nil {
		return err
	}
	f, err := s.visit(r, entry, api.AccountQuoteCreate())
	if err != nil {
		return err
	}
	c, err := s.checkout(r.Context(), itemOf(r), fields)
	if err != nil {
		return err
	}
	answer, err := s.do(r, entry, api.AccountQuoteCreate(), c.arguments(), keyOf(fields))
	if err != nil {
		return s.mended(r, err, func(wrong *fault.Error) error { return s.showItem(w, r, f, fields, wrong) })
	}
	given, err := read[struct{ Quote struct{ ID string } }](answer)
	if err != nil {
		return err
	}
	http.Redirect(w, r, "/quotes/"+given.Quote.ID, http.StatusSeeOther)
	return nil
}

// price shows again what the form would cost, while it is filled in.
func (s Site) price(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	fields, err := form(w, r)
	if err != nil {
		return err
	}
	f, err := s.visit(r, entry, api.AccountGet())
	if err != nil {
		return err
	}
	c, err := s.checkout(r.Context(), itemOf(r), fields)
	if err != nil {
		return err
	}
	err = s.fill(r.Context(), f, func(ctx context.Context) error { return s.estimate(ctx, f.caller, &c) })
	if err != nil {
		return err
	}
	return render(w, r, http.StatusOK, estimatePart(f, c))
}

func itemOf(r *http.Request) id.Item { return id.Item(r.PathValue("catalogItemId")) }

func (s Site) showItem(w http.ResponseWriter, r *http.Request, f *frame, fields url.Values, wrong *fault.Error) error {
	c, err := s.checkout(r.Context(), itemOf(r), fields)
	if err != nil {
		return err
	}
	c.wrong, c.key = wrong, newKey()
	err = s.fill(r.Context(), f,
		func(ctx context.Context) error { return s.offerKeys(ctx, f.caller, &c) },
		func(ctx context.Context) error {
			if wrong != nil {
				return nil
			}
			return s.estimate(ctx, f.caller, &c)
		},
	)
	if err != nil {
		return err
	}
	return render(w, r, statusOf(wrong), itemPage(f, c))
}

// checkout reads what an item needs.
func (s Site) checkout(ctx context.Context, item id.Item, fields url.Values) (c checkout, err error) {
	c.fields = fields
	if c.needs, err = s.Shop.Requirements(ctx, item); err != nil {
		return c, err
	}
	c.schema = new(schema.Schema)
	if err := json.Unmarshal(c.needs.Schema, c.schema); err != nil {
		return c, err
	}
	c.order = slices.Concat(c.needs.RequiredFields, c.needs.OptionalFields)
	c.labels = s.wordsOf(c.needs.Item.ServiceType).Labels
	return c, nil
}

// inputs are the fields of the configuration.
func (c checkout) inputs() []input {
	return inputs(c.schema, c.order, configurationPrefix, c.labels, c.fields, c.wrong)
}

// sent is the form as it is shown: what was sent, or what its fields hold at first.
func (c checkout) sent() url.Values {
	if c.fields != nil {
		return c.fields
	}
	first := url.Values{quantityName: {"1"}}
	for _, i := range c.inputs() {
		if len(i.values) > 0 {
			first[i.name] = i.values
		}
	}
	return first
}

// accountKeys is the field with the names of chosen SSH keys, which join those that were
// written.
const accountKeys = "accountSshKeys"

// configuration is what the form says.
func (c checkout) configuration() map[string]any {
	fields := c.sent()
	configuration := object(c.schema, configurationPrefix, fields)
	if chosen := fields[accountKeys]; len(chosen) > 0 && c.schema.Properties[sshKeysName] != nil {
		written, _ := configuration[sshKeysName].([]any)
		configuration[sshKeysName] = append(written, anys(chosen)...)
	}
	return configuration
}

const sshKeysName = "sshKeys"

func (c checkout) chose(name string) bool { return slices.Contains(c.fields[accountKeys], name) }

// offerKeys reads the names of the account's SSH keys, where the item takes any.
func (s Site) offerKeys(ctx context.Context, caller shop.Caller, c *checkout) error {
	if c.schema.Properties[sshKeysName] == nil {
		return nil
	}
	keys, err := s.Shop.SSHKeys(ctx, caller)
	for _, k := range keys.Keys {
		c.keys = append(c.keys, k.Name)
	}
	return err
}

// arguments are those of a quote.
func (c checkout) arguments() map[string]any {
	fields := c.sent()
	arguments := map[string]any{"catalogItemId": string(c.needs.Item.ID), "configuration": c.configuration()}
	if quantity := strings.TrimSpace(fields.Get(quantityName)); quantity != "" {
		arguments[quantityName] = number(quantity)
	}
	if labels := linesOf(fields.Get("labels")); len(labels) > 0 {
		arguments["labels"] = labels
	}
	if after := fields.Get(endsName); after != "" {
		arguments[endsName] = after
	}
	return arguments
}

// estimate says what the form would cost now, if it says enough. What it lacks yet is
// no error: a name for the server need not be thought of to see a price.
func (s Site) estimate(ctx context.Context, caller shop.Caller, c *checkout) error {
	fields := c.sent()
	order := shop.Order{Item: c.needs.Item.ID, Quantity: 1, Configuration: c.configuration()}
	if n, isNumber := number(fields.Get(quantityName)).(float64); isNumber && n >= 1 && n <= shop.MaxQuantity {
		order.Quantity = int(n)
	}
	var sample map[string]any
	if err := json.Unmarshal(c.needs.Example, &sample); err != nil {
		return err
	}
	for _, name := range c.needs.RequiredFields {
		if _, given := order.Configuration[name]; !given {
			order.Configuration[name] = sample[name]
		}
	}
	if after, err := period.Parse(fields.Get(endsName)); err == nil {
		order.Lease = &shop.LeaseOrder{After: after, OnExpiry: shop.ExpiryDelete}
	}
	quoted, err := s.Shop.Estimate(ctx, caller.AtCheckout(), order)
	if err == nil {
		c.quoted = &quoted
		return nil
	}
	wrong, err := s.refusal(ctx, err)
	c.wrong = wrong
	return err
}
