package discovery

import (
	"context"
	_ "embed"
	"fmt"
	"strings"

	"agentstore/pkg/api"
	"agentstore/pkg/product"
	"agentstore/pkg/web"
)

// llms is the document in the form of llmstxt.org, with {origin} and {operations}.
//
//go:embed llms.txt
var llms string

func writeLLMs(_ context.Context, s web.Store, origin string) ([]byte, error) {
	return []byte(strings.NewReplacer("{origin}", origin, "{operations}", operations(s.Shelf)).Replace(llms)), nil
}

// operations lists them from their table. They are no links: most paths have
// parameters, and most methods are not GET.
func operations(shelf product.Shelf) string {
	var list strings.Builder
	for _, o := range api.Operations(shelf) {
		fmt.Fprintf(&list, "\n- `%s`: `%s %s`. %s", o.Name, o.Method, o.Path, o.Summary)
	}
	return strings.TrimPrefix(list.String(), "\n")
}
