package dashboard

import (
	"context"
	"net/http"
	"net/url"

	"agentstore/pkg/api"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// shelf is what the page of the catalog shows.
type shelf struct {
	query, category string
	categories      []shop.CategoryCount
	found           shop.Found
	after           shop.Cursor
}

// catalog shows what can be bought.
func (s Site) catalog(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	f, err := s.visit(r, entry, api.AccountGet())
	if err != nil {
		return err
	}
	asked := r.URL.Query()
	c := shelf{query: asked.Get("q"), category: asked.Get("category")}
	if c.after, err = shop.OpenCursor(c.list(), asked.Get("after")); err != nil {
		return err
	}
	search := shop.Search{Query: c.query, Category: c.category, Page: shop.Page{Limit: onPage, After: c.after}}
	err = s.fill(r.Context(), f,
		func(ctx context.Context) (err error) { c.categories, err = s.Shop.Categories(ctx); return err },
		func(ctx context.Context) (err error) { c.found, err = s.Shop.Search(ctx, search); return err },
	)
	if err != nil {
		return err
	}
	return render(w, r, http.StatusOK, catalogPage(f, c))
}

// onPage is how many rows of a list are on a page.
const onPage = 50

// list names the list that a cursor is of.
func (c shelf) list() string { return "catalog " + c.category + " " + c.query }

func (c shelf) path(after shop.Cursor) string {
	return link(web.CatalogPath, "q", c.query, "category", c.category, "after", after.Seal(c.list()))
}

// link is a path with those parameters that have a value.
func link(path string, parameters ...string) string {
	values := url.Values{}
	for i := 0; i < len(parameters); i += 2 {
		if parameters[i+1] != "" {
			values.Set(parameters[i], parameters[i+1])
		}
	}
	if len(values) == 0 {
		return path
	}
	return path + "?" + values.Encode()
}
