package api

import (
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
)

// pageArguments are those of every list.
type pageArguments struct {
	Limit  *int   `json:"limit"`
	Cursor string `json:"cursor"`
}

func pageFields() []schema.Field {
	return []schema.Field{
		schema.Optional("limit", schema.Default(schema.Integer("How many at most.", 1, shop.MaxPage), "20")),
		schema.Optional("cursor", schema.String("The nextCursor of the page before.", 0, 512)),
	}
}

// page reads the arguments of a list of that name.
func (a pageArguments) page(list string) (shop.Page, error) {
	page := shop.Page{Limit: shop.DefaultPage}
	if a.Limit != nil {
		page.Limit = *a.Limit
	}
	var err error
	page.After, err = shop.OpenCursor(list, a.Cursor)
	return page, err
}

// each turns a list into its wire form, which is never null.
func each[T, Wire any](list []T, wire func(T) Wire) []Wire {
	out := make([]Wire, len(list))
	for i, v := range list {
		out[i] = wire(v)
	}
	return out
}
