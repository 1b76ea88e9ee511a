package release

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Break is something that a client of the last release may stumble over.
type Break struct {
	Rule      string // of oasdiff, such as response-property-removed, or of ToolBreaks
	Operation string // the name of the operation, which is also that of its tool
	Text      string // what has changed, for people
}

func (b Break) String() string { return fmt.Sprintf("`%s`: %s (`%s`)", b.Operation, b.Text, b.Rule) }

// ofCode is what oasdiff says about the member code of a problem, or of one of its
// errors.
var ofCode = regexp.MustCompile("enum value to the `([^`]+/)?code` ")

// OpenAPIBreaks compares two documents by oasdiff. A new code of an error is none:
// the list of codes grows, and a client goes by the status for those it does not
// know. It first looks whether oasdiff misses the operations in a document without
// any: a report that is misread must not pass for a good one.
func OpenAPIBreaks(ctx context.Context, oasdiff, base, revision string) ([]Break, error) {
	empty := filepath.Join(os.TempDir(), fmt.Sprintf("agentstore-empty-%d.json", os.Getpid()))
	if err := os.WriteFile(empty, []byte(`{"openapi": "3.1.0", "info": {"title": "-", "version": "-"}, "paths": {}}`), 0o600); err != nil {
		return nil, err
	}
	defer os.Remove(empty)
	if missed, err := compared(ctx, oasdiff, base, empty); err != nil || len(missed) == 0 {
		return nil, errors.Join(err, errors.New("oasdiff finds nothing missing in a document without operations"))
	}
	return compared(ctx, oasdiff, base, revision)
}

func compared(ctx context.Context, oasdiff, base, revision string) ([]Break, error) {
	text, err := exec.CommandContext(ctx, oasdiff, "breaking", base, revision, "--format", "json").Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", oasdiff, err)
	}
	var found []struct {
		ID, Text, OperationID string
		Level                 int
	}
	if err := json.Unmarshal(text, &found); err != nil {
		return nil, err
	}
	const broken = 3 // ERR, in words of oasdiff
	var breaks []Break
	for _, f := range found {
		newCode := f.ID == "response-property-enum-value-added" && ofCode.MatchString(f.Text)
		if f.Level == broken && !newCode {
			breaks = append(breaks, Break{f.ID, f.OperationID, f.Text})
		}
	}
	return breaks, nil
}

var (
	breaking = "### Breaking\n"
	quoted   = regexp.MustCompile("`([^`]+)`")
	ruleName = regexp.MustCompile(`^[a-z]+(-[a-z]+)+$`)
)

// Unnamed leaves out of breaks what an entry of ChangesFile names. Each item below
// its heading Breaking names operations, or rules, or both: then it is about these
// breaks of these operations.
func Unnamed(breaks []Break, entry string) []Break {
	_, list, _ := strings.Cut(entry, breaking)
	list, _, _ = strings.Cut(list, "\n### ")
	items := strings.Split("\n"+list, "\n- ")[1:]
	return slices.DeleteFunc(slices.Clone(breaks), func(b Break) bool {
		return slices.ContainsFunc(items, func(item string) bool { return names(item, b) })
	})
}

func names(item string, b Break) bool {
	var rules, words []string
	for _, m := range quoted.FindAllStringSubmatch(item, -1) {
		if ruleName.MatchString(m[1]) {
			rules = append(rules, m[1])
		} else {
			words = append(words, m[1])
		}
	}
	isOperation := slices.Contains(words, b.Operation)
	if len(rules) == 0 {
		return isOperation
	}
	everywhere := !slices.ContainsFunc(words, operationName.MatchString)
	return slices.Contains(rules, b.Rule) && (isOperation || everywhere)
}

// operationName is what all names of operations look like, and no names of members.
var operationName = regexp.MustCompile(`^[a-z]+(_[a-z]+)+$`)

// ofStatus is what oasdiff repeats for each status of an answer.
var ofStatus = regexp.MustCompile(" for the response status `\\d+`$")

// manyOperations are too many to name: a rule alone names them.
const manyOperations = 8

// Summary lists breaks as items for ChangesFile, with what is alike in one item.
func Summary(breaks []Break) string {
	operations := make(map[Break][]string)
	for _, b := range breaks {
		of := Break{Rule: b.Rule, Text: ofStatus.ReplaceAllString(b.Text, "")}
		operations[of] = append(operations[of], "`"+b.Operation+"`")
	}
	var items []string
	for of, names := range operations {
		slices.Sort(names)
		names = slices.Compact(names)
		where := strings.Join(names, ", ")
		if len(names) > manyOperations {
			where = fmt.Sprintf("%d operations", len(names))
		}
		items = append(items, fmt.Sprintf("- %s: %s (`%s`)\n", where, of.Text, of.Rule))
	}
	slices.Sort(items)
	return strings.Join(items, "")
}
