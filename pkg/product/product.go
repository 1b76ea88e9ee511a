// Package product is the port that products are plugged into. A product lives in its
// own folder, and brings everything that the store knows about what it sells: its
// rules to package shop, its texts and schemas to the protocols.
package product

import (
	"encoding/json"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
)

// Product is one kind of merchandise.
type Product struct {
	// Type is the service type of its items, as server. In answers it names what the
	// product says about an item and about a service.
	Type string
	// Provided says that its services come from a provider, which the catalog names.
	Provided bool
	// Rules are its part of the business.
	Rules shop.Product
	// Words are its part of the tables of operations and of the documents. They are made
	// when they are asked for: a function that serves one operation needs none of them.
	Words func() Words
	// ParsePlan reads the plan of an item of the catalog file, a JSON object, or lists
	// everything that is wrong with it.
	ParsePlan func(json.RawMessage) (shop.Data, []string)
	// CheckItems lists what is wrong with the items of a catalog together; it may be nil.
	CheckItems func([]shop.Item) []string
}

// Words are the texts and schemas of a product.
type Words struct {
	// Group is the collective name of its services, as servers, and GroupDescription a
	// sentence about them, for the OpenAPI document.
	Group, GroupDescription string
	// Configuration is what the configurations of all its items have in common.
	Configuration *schema.Schema
	// Plan, State and Requirements are what answers show of an item, of a service and of
	// what an item needs: objects, the last without a name of its own.
	Plan, State, Requirements *schema.Schema
	// Personal names the fields of its configurations that are about people, which
	// Configure takes out of them.
	Personal []string
	// Choices are what policies may limit of its configurations.
	Choices []Choice
	// Lines are the kinds of line that its quotes have besides those of the store.
	Lines []shop.LineKind
	// Errors are the codes with which it refuses a configuration, besides
	// invalid_input.
	Errors  []fault.Code
	Actions []Action
	Reads   []Read
	// Prompts are texts that walk a model through a task.
	Prompts []Prompt
	// Look is how a service looks on a page.
	Look func(shop.Data) (Look, error)
	// Labels are what pages call the members of its configurations and of the inputs of
	// its actions; one without a label is called by its name.
	Labels map[string]string
}

// Choice is something that a configuration chooses and policies may limit.
type Choice struct {
	Name        string // as regions, which is also the name of the rule
	Description string // of the limit: The regions that services may run in.
}

// Action is what can be done with a service, and its texts. It becomes a capability,
// a route, a tool, and a row of the documents. Where it costs money, the route, the
// tool, the words and the example are those of its quote, and purchase_create begins it.
type Action struct {
	shop.ActionType
	Title       string
	Summary     string
	Description string
	// Doing is the action under way, in one word for pages, as Restarting.
	Doing string
	// Erases says that data is destroyed.
	Erases bool
	// Opens says that whoever begins it gets into what the service holds, as by a password
	// or a console.
	Opens bool
	Input []schema.Field // beside the service and the idempotency key
	// Options are what the state of a service lets members of the input be, by their
	// names, where the schema cannot say it. It may be nil.
	Options func(shop.Data) (map[string][]string, error)
	// Errors are the codes with which Begin and Charge refuse, beside invalid_input.
	Errors  []fault.Code
	Example Example
}

// Read is what can be read of a service, and its texts.
type Read struct {
	shop.ReadType
	Title       string
	Summary     string
	Description string
	Input       []schema.Field // besides the service
	Output      *schema.Schema
	Errors      []fault.Code
	Example     Example
	// Charts is how people see its answer; nil where they do not.
	Charts func(answer json.RawMessage) (Charts, error)
}

// Charts are how people see the answer of a read that lists numbers in even steps of
// time.
type Charts struct {
	From, To time.Time
	All      []Chart
}

// Chart has the lines that are compared with each other.
type Chart struct {
	Title string
	// Unit is that of all its numbers, as % or B/s.
	Unit string
	// Top is the number at its upper edge; zero for its highest.
	Top   float64
	Lines []Line
}

// Line is one number a step, the oldest first.
type Line struct {
	Label  string
	Points []float64
}

// Example is the input besides the service, and the answer of a real run, as JSON.
type Example struct{ Input, Output string }

// Prompt is a text in which {{name}} stands for an argument.
type Prompt struct {
	Name, Title, Description string
	Arguments                []Argument
	Text                     string
}

// Argument is an argument of a prompt. An optional one has a text for when it is
// absent.
type Argument struct{ Name, Title, Description, Absent string }

// Look is what people see of a service.
type Look struct {
	// Standing is what an active service is said to be, as Running; empty for Active.
	// AtRest says that it does nothing, as one that was stopped.
	Standing string
	AtRest   bool
	// Summary tells it apart from others of its item, as its region and image.
	Summary string
	// Access is what people copy to use it, and Facts is the rest.
	Access, Facts []Fact
}

// Fact is something that people see of a service.
type Fact struct{ Label, Value string }
