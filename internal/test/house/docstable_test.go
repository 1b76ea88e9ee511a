package house

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"agentstore/pkg/api"
	"agentstore/pkg/app"
	"agentstore/pkg/product"
	"agentstore/pkg/shop"
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
		expectTable(t, p.Words().Group+".md", tableBegins, actionTable(p))
	}
}

// expectTable compares the table of a page of docs, behind the line that it begins with.
func expectTable(t *testing.T, page, beginsWith, want string) {
	t.Helper()
	name := root + "/docs/" + page
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begins := strings.Cut(string(text), beginsWith)
	old, after, ends := strings.Cut(rest, tableEnds)
	switch {
	case !begins || !ends:
		t.Fatalf("docs/%s has no place for its table", page)
	case old == want:
	case !*update:
		t.Errorf("the table in docs/%s is not what the code says: run go test ./internal/test/house -run DocsTable -update", page)
	default:
		if err := os.WriteFile(name, []byte(before+beginsWith+want+tableEnds+after), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDocsTableOfTokens compares the table of scopes with what the operations need.
func TestDocsTableOfTokens(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("\n| scope | lives at most | operations |\n|---|---|---|\n")
	for _, scope := range api.TokenScopes(app.Shelf()) {
		longest := fmt.Sprintf("%d days", shop.TokenLifetime/(24*time.Hour))
		if scope.Brief {
			longest = fmt.Sprintf("%d hours", shop.BriefLifetime/time.Hour)
		}
		fmt.Fprintf(&b, "| `%s` | %s | `%s` |\n", scope.Scope, longest, strings.Join(scope.Operations, "`, `"))
	}
	expectTable(t, "tokens.md", "<!-- The scopes of tokens, written by go test ./internal/test/house -run DocsTable -update -->\n", b.String()+"\n")
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
