package discovery

import (
	"context"
	_ "embed"
	"fmt"
	"strings"

	"agentstore/pkg/api"
	"agentstore/pkg/shop"
)

// llms is the document in the form of llmstxt.org, with {origin} and {operations}.
//
//go:embed llms.txt
var llms string

func writeLLMs(_ context.Context, _ *shop.Shop, origin string) ([]byte, error) {
	return []byte(strings.NewReplacer("{origin}", origin, "{operations}", operations()).Replace(llms)), nil
}

// operations lists them from their table. They are no links: most paths have
// parameters, and most methods are not GET.
func operations() string {
	var list strings.Builder
	for _, o := range api.Operations() {
		fmt.Fprintf(&list, "\n- `%s`: `%s %s`. %s", o.Name, o.Method, o.Path, o.Summary)
	}
	return strings.TrimPrefix(list.String(), "\n")
}
