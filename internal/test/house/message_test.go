package house

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"agentstore/pkg/app"
	document "agentstore/pkg/openapi"
)

// messages are the calls and the fields that make a text for people and models, by
// their last name.
var (
	messages = []string{
		"New", "Wrap", "Invalid", "InvalidParam", "OneOf", "Fix", // of package fault
		"Sprint", "Sprintf", "Sprintln", "Fprint", "Fprintf", "Fprintln", "Errorf", "Appendf",
		"report", "fail", "want", "WriteString",
	}
	messageFields = []string{"Detail", "Fix", "Fixes", "Message", "Description", "Summary", "Reason", "Note", "Failure", "Text"}
)

// bareAmounts lists what a source would tell people of a minor amount: whoever reads
// "2400 usd" is wrong by a factor of a hundred. Money writes itself (money.Money.String).
func bareAmounts(source ast.Node) []string {
	var found []string
	ast.Inspect(source, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if called := names(n.Fun); len(called) > 0 && slices.Contains(messages, called[len(called)-1]) {
				text := slices.IndexFunc(n.Args, isText) // what comes before is a condition
				found = append(found, bareIn(n.Args[max(text, 0):])...)
			}
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok && slices.Contains(messageFields, key.Name) {
				found = append(found, minorIn(n.Value)...)
			}
		}
		return true
	})
	return found
}

func isText(n ast.Expr) bool {
	text, ok := n.(*ast.BasicLit)
	return ok && text.Kind == token.STRING
}

// bareIn are the minor amounts among the arguments of a message, and its format where
// that has a number beside the currency.
func bareIn(args []ast.Expr) (found []string) {
	currency, number := false, ""
	for _, arg := range args {
		found = append(found, minorIn(arg)...)
		currency = currency || slices.Contains(names(arg), "Currency")
		if isText(arg) && strings.Contains(arg.(*ast.BasicLit).Value, "%d") {
			number = arg.(*ast.BasicLit).Value
		}
	}
	if currency && number != "" {
		found = append(found, number)
	}
	return found
}

// names are the identifiers of an expression, in the order in which they are written.
func names(n ast.Node) []string {
	var found []string
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			found = append(found, id.Name)
		}
		return true
	})
	return found
}

// minorIn are the minor amounts in an expression that are not made into Money there.
func minorIn(n ast.Node) []string {
	var found []string
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CompositeLit, *ast.FuncLit:
			return false // money.Money{Minor: …}, or a text of its own
		case *ast.CallExpr:
			for _, arg := range n.Args {
				found = append(found, minorIn(arg)...)
			}
			return false // what a method is asked is no amount
		case *ast.Ident:
			if strings.HasSuffix(strings.ToLower(n.Name), "minor") {
				found = append(found, n.Name)
			}
		}
		return true
	})
	return found
}

func TestMessagesNameNoMinorAmounts(t *testing.T) {
	t.Parallel()
	for name, file := range sources(t) {
		if path.Dir(name) == "pkg/money" {
			continue // it writes the amounts
		}
		if found := bareAmounts(file); len(found) > 0 {
			t.Errorf("%s tells people %q: write the money.Money", name, found)
		}
	}
}

// TestPagesNameNoMinorAmounts reads what templ makes of the pages.
func TestPagesNameNoMinorAmounts(t *testing.T) {
	t.Parallel()
	pages := 0
	for name, file := range sources(t) {
		if strings.HasSuffix(name, "_templ.go") {
			pages++
			for _, used := range names(file) {
				if strings.HasSuffix(used, "Minor") {
					t.Errorf("%s shows %s: write the money.Money", name, used)
				}
			}
		}
	}
	if pages == 0 {
		t.Error("there are no pages: this test finds nothing")
	}
}

// bareText is an integer that a currency code follows, or a place for one.
var bareText = regexp.MustCompile(`(?i)(\d|%d|%v) (usd|eur|gbp|jpy|kwd|chf|sek)\b|%d %s, in the minor|\b(usd|eur|gbp) \d+\b`)

// TestTextsNameNoMinorAmounts reads every text: of messages, pages, tools, prompts
// and documents.
func TestTextsNameNoMinorAmounts(t *testing.T) {
	t.Parallel()
	read := 0
	module := os.DirFS(root)
	err := fs.WalkDir(module, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "node_modules" || entry.Name() == "testdata"):
			return fs.SkipDir
		case entry.IsDir() || !slices.Contains([]string{".go", ".templ", ".md", ".txt", ".json", ".yaml"}, path.Ext(name)) || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		text, err := fs.ReadFile(module, name)
		read++
		for _, found := range bareText.FindAllString(string(text), -1) {
			t.Errorf("%s says %q: write money as $24.00 or JPY 1,200", name, found)
		}
		return err
	})
	if err != nil || read < 100 {
		t.Errorf("%d files were read, %v", read, err)
	}
}

// fixless lists the problems of a source that do not say what to do next.
func fixless(source *ast.File) []string {
	var found []string
	for _, d := range source.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		mended := slices.ContainsFunc(names(f), func(name string) bool { return name == "Fix" || name == "fix" })
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if len(uses(n.Fun, "fault.InvalidParam")) > 0 && !mended {
					found = append(found, f.Name.Name)
				}
			case *ast.CompositeLit:
				if n.Type != nil && len(uses(n.Type, "fault.Problem")) > 0 && len(n.Elts) > 0 && !mended {
					found = append(found, f.Name.Name)
				}
			}
			return true
		})
	}
	return found
}

func TestProblemsSayWhatToDo(t *testing.T) {
	t.Parallel()
	for name, file := range sources(t) {
		if found := fixless(file); len(found) > 0 {
			t.Errorf("%s: %q makes a problem without a fix", name, found)
		}
	}
}

// TestProblemMembersAreDescribed compares what errors say besides with the document
// that clients read.
func TestProblemMembersAreDescribed(t *testing.T) {
	t.Parallel()
	text, err := document.Document(app.Shelf())
	if err != nil {
		t.Fatal(err)
	}
	var parsed struct {
		Components struct {
			Schemas map[string]struct{ Properties map[string]any }
		}
	}
	if err := json.Unmarshal(text, &parsed); err != nil {
		t.Fatal(err)
	}
	described := parsed.Components.Schemas["Problem"].Properties
	members := 0
	for name, file := range sources(t) {
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 2 {
				return true
			}
			method, isMethod := call.Fun.(*ast.SelectorExpr)
			member, isText := call.Args[0].(*ast.BasicLit)
			if isMethod && isText && method.Sel.Name == "With" && strings.HasPrefix(name, "pkg/") {
				members++
				if described[strings.Trim(member.Value, `"`)] == nil {
					t.Errorf("%s: the schema of Problem has no member %s", name, member.Value)
				}
			}
			return true
		})
	}
	if members == 0 {
		t.Error("no error says more: this test finds nothing")
	}
}

// TestMessageRulesFind shows that the tests above can fail.
func TestMessageRulesFind(t *testing.T) {
	t.Parallel()
	const source = `package p
func good() {
	fault.New(fault.A, "It costs %s.", price).With("priceMinor", price.Minor).Fix("Add %s.", money.Money{Minor: price.Minor - held, Currency: price.Currency})
	fault.InvalidParam("$.a", "is wrong").Fix("Leave it out.")
}
func bad() {
	fault.New(fault.A, "It costs %d.", price.Minor)
	e.Fix("Add %d.", balanceMinor)
	fmt.Sprintf("%d %s", amount, price.Currency)
	x := Check{Detail: describe(sum.DayMinor)}
	fault.InvalidParam("$.a", "is wrong")
	y := fault.Problem{Param: "$.a"}
}`
	file, err := parser.ParseFile(token.NewFileSet(), "", source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := bareAmounts(file), []string{"Minor", "balanceMinor", `"%d %s"`, "DayMinor"}; !slices.Equal(got, want) {
		t.Errorf("found the amounts %q, want %q", got, want)
	}
	bad := file.Decls[1].(*ast.FuncDecl)
	bad.Body.List = bad.Body.List[4:] // it has a fix before
	if got := fixless(file); !slices.Equal(got, []string{"bad", "bad"}) {
		t.Errorf("without a fix are %q", got)
	}
	for text, want := range map[string]bool{
		"above 2000 usd": true, "%d usd": true, "25 USD": true, "EUR 1250": true,
		"2400 of usd is $24.00": false, "JPY 1,200": false, `"priceMinor": 2400, "currency": "usd"`: false,
	} {
		if got := bareText.MatchString(text); got != want {
			t.Errorf("%q: %t, want %t", text, got, want)
		}
	}
}
