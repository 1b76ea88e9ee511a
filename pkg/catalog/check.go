package catalog

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"agentstore/pkg/money"
	"agentstore/pkg/period"
	"agentstore/pkg/product"
	"agentstore/pkg/shop"
	"agentstore/pkg/text"
)

var (
	itemID = regexp.MustCompile(`^cat_[a-z0-9_]{1,60}$`)
	slug   = regexp.MustCompile(`^[a-z0-9]+([.-][a-z0-9]+)*$`)
)

// maxPriceMinor keeps the dearest purchase, ten units for three years with every
// extra, far inside an int64.
const maxPriceMinor = 1_000_000_000

// The most characters of what people read.
const (
	maxName        = 64
	maxDescription = 500
)

type checker struct {
	shelf    product.Shelf
	problems []error
}

func (c *checker) want(ok bool, format string, args ...any) {
	if !ok {
		c.problems = append(c.problems, fmt.Errorf(format, args...))
	}
}

// text checks what people read against the rule of package text.
func (c *checker) text(kind, id, field, s string, characters int) {
	_, flaw := text.Rule{Characters: characters}.Check(s)
	c.want(flaw.Detail == "", "%s %q: %s %s", kind, id, field, flaw.Detail)
}

// plan reads the plan of an item, which stands under the name of its service type.
func (c *checker) plan(i item) shop.Data {
	found, known := c.shelf.Find(i.ServiceType)
	c.want(known, "item %q: serviceType must be one of %s", i.ID, strings.Join(c.shelf.Types(), ", "))
	for name := range i.Plan {
		c.want(!known || name == i.ServiceType, "item %q: an item of type %s has no %s", i.ID, i.ServiceType, name)
	}
	if !known {
		return shop.Data{}
	}
	c.want(found.Provided || i.Provider == "", "item %q: an item of type %s has no provider", i.ID, i.ServiceType)
	written, there := i.Plan[i.ServiceType]
	c.want(there, "item %q: needs %s, which says what it offers", i.ID, i.ServiceType)
	if !there {
		return shop.Data{}
	}
	text, err := json.Marshal(written)
	if err != nil {
		c.want(false, "item %q: %s: %v", i.ID, i.ServiceType, err)
		return shop.Data{}
	}
	plan, problems := found.ParsePlan(text)
	for _, problem := range problems {
		c.want(false, "item %q: %s", i.ID, problem)
	}
	return plan
}

// check finds everything that is wrong with a catalog, except for the plans.
func (c *checker) check(catalog shop.Catalog) {
	categories := make(map[string]bool)
	for _, v := range catalog.Categories {
		c.want(slug.MatchString(v.ID), "category %q: id must be lower-case letters, digits, dots and hyphens", v.ID)
		c.want(!categories[v.ID], "category %q: is listed twice", v.ID)
		c.want(v.Name != "" && v.Description != "", "category %q: needs a name and a description", v.ID)
		c.text("category", v.ID, "name", v.Name, maxName)
		c.text("category", v.ID, "description", v.Description, maxDescription)
		categories[v.ID] = true
	}
	c.want(len(catalog.Items) > 0, "there are no items")
	seen := make(map[string]bool)
	for _, i := range catalog.Items {
		c.want(!seen[string(i.ID)] && !seen[i.SKU], "item %q: id or sku is listed twice", i.ID)
		c.want(categories[i.Category], "item %q: there is no category %q", i.ID, i.Category)
		c.item(i)
		seen[string(i.ID)], seen[i.SKU] = true, true
	}
	for _, p := range c.shelf {
		if p.CheckItems == nil {
			continue
		}
		own := slices.DeleteFunc(slices.Clone(catalog.Items), func(i shop.Item) bool { return i.ServiceType != p.Type || i.Plan.JSON == nil })
		for _, problem := range p.CheckItems(own) {
			c.want(false, "%s", problem)
		}
	}
}

func (c *checker) item(i shop.Item) {
	c.want(itemID.MatchString(string(i.ID)), "item %q: id must be cat_ and lower-case letters, digits and underscores", i.ID)
	c.want(slug.MatchString(i.SKU), "item %q: sku must be lower-case letters, digits, dots and hyphens", i.ID)
	c.want(i.Name != "" && i.Description != "", "item %q: needs a name and a description", i.ID)
	c.text("item", string(i.ID), "name", i.Name, maxName)
	c.text("item", string(i.ID), "description", i.Description, maxDescription)
	_, err := money.ParseCurrency(string(i.Price.Currency))
	c.want(err == nil, "item %q: currency must be a lower-case ISO 4217 code", i.ID)
	most := money.Money{Minor: maxPriceMinor, Currency: i.Price.Currency}
	c.want(i.Price.Minor > 0 && i.Price.Minor <= most.Minor, "item %q: priceMinor must be above 0, and at most %s", i.ID, most)
	c.want(i.SetupFee.Minor >= 0 && i.SetupFee.Minor <= most.Minor, "item %q: setupFeeMinor must be 0 or more, and at most %s", i.ID, most)
	switch i.Availability {
	case shop.Available, shop.Limited, shop.SoldOut:
	default:
		c.want(false, "item %q: availability must be available, limited or sold_out", i.ID)
	}
	c.terms(i)
	found, _ := c.shelf.Find(i.ServiceType)
	c.want(!found.Provided || slug.MatchString(i.Provider), "item %q: needs a provider, in lower-case letters, digits, dots and hyphens", i.ID)
}

func (c *checker) terms(i shop.Item) {
	c.want(len(i.Terms) > 0, "item %q: needs at least one billing term", i.ID)
	c.want(i.Ceiling >= 0 && (i.Ceiling == 0 || i.Hourly() && i.Ceiling >= i.Price.Minor), "item %q: monthlyCeilingMinor is for an item by the hour, and at least its price", i.ID)
	if i.Hourly() {
		return
	}
	last := 0
	for _, t := range i.Terms {
		c.want(t.Months > last && t.Months <= 36, "item %q: the months of terms must rise, from 1 to 36", i.ID)
		c.want(t.DiscountPercent >= 0 && t.DiscountPercent <= 90, "item %q: discountPercent must be 0 to 90", i.ID)
		last = t.Months
	}
}

// schedule reads what happens around the end of a term; nil is what the store does by
// itself.
func (c *checker) schedule(i item) *shop.Schedule {
	if i.Renewal == nil {
		return nil
	}
	duration := func(name, text string) time.Duration {
		p, err := period.Parse(text)
		c.want(err == nil && p.Months == 0 && p.Seconds > 0 && p.Seconds <= maxScheduled, "item %q: %s must be a duration of ISO 8601 in days or less, up to P90D, as P7D or PT6H", i.ID, name)
		return time.Duration(p.Seconds) * time.Second
	}
	s := &shop.Schedule{Grace: duration("renewal.grace", i.Renewal.Grace), Suspended: duration("renewal.suspendedFor", i.Renewal.SuspendedFor)}
	for _, text := range i.Renewal.WarnBefore {
		s.Warn = append(s.Warn, duration("renewal.warnBefore", text))
	}
	for _, text := range i.Renewal.RetryAfter {
		s.Retry = append(s.Retry, duration("renewal.retryAfter", text))
	}
	c.want(len(s.Warn) <= 10 && len(s.Retry) <= 10, "item %q: renewal has at most 10 warnings and 10 retries", i.ID)
	return s
}

// maxScheduled is the longest distance of a schedule, in seconds.
const maxScheduled = 90 * 86400
