package release

import (
	"os"
	"slices"
	"strings"
	"testing"
)

const tools = `[{"name": "old_tool", "inputSchema": {}}, {"name": "buy", "inputSchema": {"properties": {
	"id": {"type": "string"}, "n": {"type": "integer"}, "where": {"$ref": "#/$defs/Where"},
	"keys": {"type": "array", "items": {"properties": {"name": {"type": "string"}}}}},
	"required": ["id"], "$defs": {"Where": {"type": "string", "enum": ["eu", "us"]}}},
	"outputSchema": {"properties": {"price": {"type": "integer"}, "units": {"type": "array", "items": {"properties": {"ip": {"type": "string"}}}}}}}]`

func TestToolBreaks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ change, to, want string }{
		{`"old_tool"`, `"other_tool"`, "`old_tool`: the tool is gone (`tool-removed`)"},
		{`"id": {"type": "string"}, `, ``, "`buy`: the argument `id` is gone (`argument-removed`)"},
		{`{"properties": {"name": {"type": "string"}}}`, `{}`, "`buy`: the argument `keys[].name` is gone (`argument-removed`)"},
		{`"n": {"type": "integer"}`, `"n": {"type": "string"}`, "`buy`: the argument `n` takes another type (`argument-type-changed`)"},
		{`["eu", "us"]`, `["eu"]`, "`buy`: the argument `where` takes fewer values (`argument-value-removed`)"},
		{`"required": ["id"]`, `"required": ["id", "n"]`, "`buy`: the argument `n` is required (`argument-required`)"},
		{`{"price": {"type": "integer"}, `, `{`, "`buy`: the output has no `price` (`output-removed`)"},
		{`"ip": {"type": "string"}`, `"address": {"type": "string"}`, "`buy`: the output has no `units[].ip` (`output-removed`)"},
		{`"price": {"type": "integer"}`, `"price": {"type": ["integer", "null"]}`, "`buy`: `price` of the output has another type (`output-type-changed`)"},
		// These break nobody.
		{`"n": {"type": "integer"}`, `"n": {"type": ["integer", "null"]}, "more": {"type": "string"}`, ""},
		{`["eu", "us"]`, `["eu", "us", "ap"]`, ""},
		{`"required": ["id"]`, `"required": []`, ""},
		{`{"price": {"type": "integer"}, `, `{"price": {"type": "integer"}, "currency": {"type": "string"}, `, ""},
	} {
		changed := strings.Replace(tools, c.change, c.to, 1)
		if changed == tools {
			t.Fatalf("%s is not there", c.change)
		}
		breaks, err := ToolBreaks([]byte(tools), []byte(changed))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, b := range breaks {
			got = append(got, b.String())
		}
		if strings.Join(got, "\n") != c.want {
			t.Errorf("%s changed to %s: %q, want %q", c.change, c.to, got, c.want)
		}
	}
}

func TestUnnamed(t *testing.T) {
	t.Parallel()
	breaks := []Break{{"tool-removed", "service_get", ""}, {"output-removed", "service_get", ""}, {"output-removed", "quote_get", ""}}
	for entry, want := range map[string][]int{
		"":                         {0, 1, 2},
		"### Breaking\n\nNothing.": {0, 1, 2},
		"- `service_get` is new.":  {0, 1, 2},
		"### Breaking\n\n- `service_get` is other.\n- `quote_list` too.":       {2},
		"### Breaking\n\n- `price` is gone everywhere: `output-removed`.":      {0},
		"### Breaking\n\n- `quote_get` lost its `price`\n  (`output-removed`)": {0, 1},
		"### Breaking\n\n- `quote_get` (`tool-removed`)":                       {0, 1, 2},
		"### Breaking\n\n- `quote_get`.\n\n### Also\n\n- `service_get`":        {0, 1},
	} {
		var left []Break
		for _, i := range want {
			left = append(left, breaks[i])
		}
		if got := Unnamed(breaks, entry); !slices.Equal(got, left) {
			t.Errorf("%q leaves %v, want %v", entry, got, left)
		}
	}
}

func TestSummary(t *testing.T) {
	t.Parallel()
	var breaks []Break
	for _, operation := range strings.Fields("c_c b_b b_b") {
		for _, status := range []string{"200", "404"} {
			breaks = append(breaks, Break{"some-rule", operation, "it is gone for the response status `" + status + "`"})
		}
	}
	if got, want := Summary(breaks), "- `b_b`, `c_c`: it is gone (`some-rule`)\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	for i := range manyOperations {
		breaks = append(breaks, Break{"some-rule", strings.Repeat("a", i) + "_a", "it is gone"})
	}
	if got, want := Summary(breaks), "- 10 operations: it is gone (`some-rule`)\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestReleasedTools reads the lists of the releases: a list that nothing is read
// from would be like any other.
func TestReleasedTools(t *testing.T) {
	t.Parallel()
	versions, err := All("../..")
	if err != nil || len(versions) == 0 {
		t.Fatalf("releases %q, %v", versions, err)
	}
	for _, version := range versions {
		text, err := os.ReadFile("../../" + Folder + "/" + version + "/" + ToolsFile)
		if err != nil {
			t.Fatal(err)
		}
		breaks, err := ToolBreaks(text, []byte("[]"))
		if err != nil || !slices.Contains(breaks, Break{"tool-removed", "purchase_create", "the tool is gone"}) {
			t.Errorf("%s: without any tools these break: %v, %v", version, breaks, err)
		}
		without := []byte(strings.ReplaceAll(string(text), `"totalPriceMinor"`, `"total"`))
		breaks, err = ToolBreaks(text, without)
		if err != nil || !slices.ContainsFunc(breaks, func(b Break) bool { return b.Operation == "quote_create" && b.Rule == "output-removed" }) {
			t.Errorf("%s: without a price these break: %v, %v", version, breaks, err)
		}
	}
}
