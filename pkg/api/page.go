package api

import (
	"context"
	"encoding/json"
	"maps"
	"strings"

	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
	"agentstore/pkg/strictjson"
)

// pageArguments are those of every list.
type pageArguments struct {
	Limit  *int   `json:"limit"`
	Cursor string `json:"cursor"`
	Order  string `json:"order"`
	Status string `json:"status"`
}

// pageFields are the arguments of a list that is not by time.
func pageFields() []schema.Field {
	return []schema.Field{
		schema.Optional("limit", schema.Default(schema.Integer("How many at most.", 1, shop.MaxPage), "20")),
		schema.Optional("cursor", schema.String("The nextCursor of the page before.", 0, 512)),
	}
}

// The orders of a list that is by time.
const (
	newest = "newest"
	oldest = "oldest"
)

// timeFields are the arguments of a list that is by time.
func timeFields() []schema.Field {
	order := schema.Default(schema.Enum("Which come first.", newest, oldest), `"`+newest+`"`)
	return append(pageFields(), schema.Optional("order", order))
}

// statusField filters a list by one of the statuses.
func statusField[Status ~string](statuses []Status) schema.Field {
	names := make([]string, len(statuses))
	for i, s := range statuses {
		names[i] = string(s)
	}
	return schema.Optional("status", schema.Enum("Only with this status. A filtered page may be short: go on while hasMore is true.", names...))
}

func (a pageArguments) paging() pageArguments { return a }

// page reads the arguments of a list.
func (a pageArguments) page(list string, v view) (shop.Page, error) {
	page := shop.Page{Limit: shop.DefaultPage, Oldest: a.Order == oldest, Status: a.Status, At: v.now}
	if a.Limit != nil {
		page.Limit = *a.Limit
	}
	var err error
	page.After, err = shop.OpenCursor(list, a.Cursor)
	return page, err
}

// pageWire is where a list goes on.
type pageWire struct {
	NextCursor string `json:"nextCursor,omitempty" jsonschema:"absent on the last page"`
	HasMore    bool   `json:"hasMore"`
}

func wirePage(next shop.Cursor, list string) pageWire {
	return pageWire{next.Seal(list), next != ""}
}

// lists makes the call of an operation that answers with a page of a list.
func lists[In interface{ paging() pageArguments }, Found, Out any](
	read func(context.Context, *shop.Shop, shop.Caller, In, shop.Page) (Found, shop.Cursor, error),
	answer func(Found, pageWire, view) Out,
) call {
	return func(ctx context.Context, s *shop.Shop, caller shop.Caller, args Arguments) (Answer, error) {
		var in In
		if err := args.decode(&in); err != nil {
			return Answer{}, err
		}
		v, list := viewBy(s, caller), args.list(caller)
		page, err := in.paging().page(list, v)
		if err != nil {
			return Answer{}, err
		}
		found, next, err := read(ctx, s, caller, in, page)
		if err != nil {
			return Answer{}, err
		}
		body, err := strictjson.Encode(answer(found, wirePage(next, list), v))
		return Answer{Body: body}, err
	}
}

// list says all that makes the list what it is: the operation, whose objects it has,
// and every argument besides the limit and the cursor themselves. What is public is
// the same list for everybody.
func (a Arguments) list(caller shop.Caller) string {
	filters := maps.Clone(a.canonical)
	delete(filters, "limit")
	delete(filters, "cursor")
	text, _ := json.Marshal(filters) // it was read from JSON; the names are sorted
	owner := string(caller.Account)
	switch {
	case a.public:
		owner = ""
	case caller.Agent.SeesOwn():
		owner = string(caller.Agent)
	}
	return strings.Join([]string{a.operation, owner, string(text)}, "\n")
}

// each turns a list into its wire form, which is never null.
func each[T, Wire any](list []T, wire func(T) Wire) []Wire {
	out := make([]Wire, len(list))
	for i, v := range list {
		out[i] = wire(v)
	}
	return out
}
