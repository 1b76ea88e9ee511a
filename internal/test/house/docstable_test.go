package house

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"agentstore/pkg/api"
	"agentstore/pkg/app"
	"agentstore/pkg/product"
)

var update = flag.Bool("update", false, "write the tables of actions in docs")

const (
	tableBegins = "<!-- What can be done, written by go test ./internal/test/house -run DocsTable -update -->\n"
	tableEnds   = "<!-- end -->\n"
)

// TestDocsTable compares the table of actions and reads in the page of each product
// with what the product brings.
func TestDocsTable(t *testing.T) {
	t.Parallel()
	for _, p := range app.Shelf() {
		name := root + "/docs/" + p.Words().Group + ".md"
		page, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		before, rest, begins := strings.Cut(string(page), tableBegins)
		old, after, ends := strings.Cut(rest, tableEnds)
		if !begins || !ends {
			t.Fatalf("docs/%s.md has no place for the table of actions", p.Words().Group)
		}
		want := actionTable(p)
		if old == want {
			continue
		}
		if !*update {
			t.Errorf("the table in docs/%s.md is not what the product says: run go test ./internal/test/house -run DocsTable -update", p.Words().Group)
			continue
		}
		if err := os.WriteFile(name, []byte(before+tableBegins+want+tableEnds+after), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// actionTable has a row for each action and each read of a product.
func actionTable(p product.Product) string {
	var b strings.Builder
	b.WriteString("\n| tool | REST, below `/v1/agent/services/{serviceId}` | scope | can be protected against | |\n|---|---|---|---|---|\n")
	row := func(o api.Operation, protectable bool) {
		protection := ""
		if protectable {
			protection = "yes"
		}
		_, path, _ := strings.Cut(o.Path, "{serviceId}")
		fmt.Fprintf(&b, "| `%s` | %s `%s` | `%s` | %s | %s |\n", o.Name, o.Method, path, o.Scope, protection, o.Summary)
	}
	for _, a := range p.Words().Actions {
		row(api.ActionOf(p.Type, a), a.Protectable)
	}
	for _, r := range p.Words().Reads {
		row(api.ReadOf(p.Type, r), false)
	}
	return b.String() + "\n"
}
