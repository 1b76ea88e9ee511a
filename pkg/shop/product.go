package shop

import (
	"encoding/json"

	"agentstore/pkg/fault"
	"agentstore/pkg/money"
)

// Product is what one kind of merchandise brings to the checkout, which knows
// nothing else about it. A configuration is JSON that only its product reads.
type Product interface {
	// Schema is a JSON Schema (2020-12) of what the configurations of all items have
	// in common.
	Schema() json.RawMessage
	// Requirements describes the configuration that the item takes.
	Requirements(Item) Configurable
	// Configure checks a configuration for that many units and returns it with
	// the defaults filled in, or every problem that it has. Their params start
	// with $.configuration.
	Configure(item Item, configuration map[string]any, quantity int) (json.RawMessage, []fault.Problem)
	// Choices are what a configuration says that policies may be about.
	Choices(configuration json.RawMessage) Choices
	// Price prices what Configure returned. Its errors are internal.
	Price(item Item, configuration json.RawMessage, quantity int) (Price, error)
	// Units are the services that a purchase brings, one for each unit, with what
	// the product knows of them. Its errors are internal.
	Units(item Item, configuration json.RawMessage, quantity int) ([]Unit, error)
	// Capabilities names what can be done with a service, as server:restart.
	Capabilities() []string
	// Begin changes an active service as the start of an action does.
	Begin(Service, Intent) (Service, error)
}

// Configurable describes the configuration of an item.
type Configurable struct {
	RequiredFields []string
	OptionalFields []string
	Images         []string
	Regions        []string
	Schema         json.RawMessage // JSON Schema 2020-12
	Example        json.RawMessage
}

// Choices are what a policy can bound in a configuration; empty where the product
// has no such thing.
type Choices struct{ Region, Image string }

// Price is what a number of units costs.
type Price struct {
	Lines []Line
	// Total is due now: the sum of the lines.
	Total money.Money
	// Renewal is due again at the end of each term.
	Renewal money.Money
	Term    Term
}

// Line is one line of a quote.
type Line struct {
	Kind        LineKind
	Description string
	Quantity    int
	Unit        money.Money
	Amount      money.Money
}

// LineKind tells what a line is for.
type LineKind string

// The kinds of line. A discount is negative.
const (
	LineBase     LineKind = "base"
	LineBackups  LineKind = "backups"
	LineDiscount LineKind = "term_discount"
	LineSetup    LineKind = "setup"
)

// Unit is one service as its product sees it before it exists.
type Unit struct {
	DisplayName   string
	Configuration json.RawMessage
	Server        *Server
}
