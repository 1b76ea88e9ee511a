package mcp_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/api"
	"agentstore/pkg/app"
)

// hints are the annotations that a host decides by.
type hints struct{ readOnly, destructive, idempotent, openWorld bool }

// annotated has a row for each tool. A purchase alone is a write that is the same
// when it is made twice: it cannot go without an idempotency key.
var annotated = map[string]hints{
	"catalog_categories":            {readOnly: true, idempotent: true},
	"catalog_search":                {readOnly: true, idempotent: true},
	"catalog_checkout_requirements": {readOnly: true, idempotent: true},
	"quote_create":                  {},
	"quote_get":                     {readOnly: true, idempotent: true},
	"purchase_create":               {idempotent: true, openWorld: true},
	"purchase_get_status":           {readOnly: true, idempotent: true},
	"purchase_list":                 {readOnly: true, idempotent: true},
	"service_list":                  {readOnly: true, idempotent: true},
	"service_get":                   {readOnly: true, idempotent: true},
	"server_restart":                {openWorld: true},
	"server_reinstall":              {destructive: true, openWorld: true},
	"server_firewall_set":           {openWorld: true},
	"server_start":                  {openWorld: true},
	"server_stop":                   {openWorld: true},
	"server_rename":                 {openWorld: true},
	"server_rescue":                 {openWorld: true},
	"server_password_reset":         {openWorld: true},
	"server_console":                {openWorld: true},
	"server_metrics":                {readOnly: true, idempotent: true},
	"server_resize_quote":           {},
	"server_snapshot_create_quote":  {},
	"server_snapshot_delete":        {destructive: true, openWorld: true},
	"action_list":                   {readOnly: true, idempotent: true},
	"action_get":                    {readOnly: true, idempotent: true},
	"wallet_get":                    {readOnly: true, idempotent: true},
	"usage_get":                     {readOnly: true, idempotent: true},
	"service_cancel_many_preview":   {readOnly: true, idempotent: true},
	"service_cancel_many":           {destructive: true, openWorld: true},
	"service_cancel_many_get":       {readOnly: true, idempotent: true},
	"service_labels_set":            {openWorld: true},
	"service_renewal_set":           {openWorld: true},
	"service_extend":                {openWorld: true},
	"service_cancel_preview":        {readOnly: true, idempotent: true},
	"service_cancel":                {destructive: true, openWorld: true},
	"personal_get":                  {readOnly: true, idempotent: true},
	"personal_erase":                {destructive: true, openWorld: true},
	"ssh_key_create":                {},
	"ssh_key_list":                  {readOnly: true, idempotent: true},
	"ssh_key_delete":                {openWorld: true},
}

func TestAnnotations(t *testing.T) {
	t.Parallel()
	tools := listTools(t)
	for name, want := range annotated {
		tool := tools[name]
		if tool == nil || tool.Annotations == nil || tool.Annotations.OpenWorldHint == nil {
			t.Errorf("%s has no annotations of its own, or is no tool", name)
			continue
		}
		a := tool.Annotations
		// Without a hint a tool that is not read-only counts as destructive.
		destructive := !a.ReadOnlyHint && (a.DestructiveHint == nil || *a.DestructiveHint)
		if got := (hints{a.ReadOnlyHint, destructive, a.IdempotentHint, *a.OpenWorldHint}); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
	for name := range tools {
		if _, known := annotated[name]; !known {
			t.Errorf("the tool %s has no row", name)
		}
	}
}

func TestToolOfEachOperation(t *testing.T) {
	t.Parallel()
	tools := listTools(t)
	for _, o := range api.Operations(app.Shelf()) {
		tool := tools[o.Name]
		if tool == nil {
			t.Errorf("%s is no tool", o.Name)
			continue
		}
		if tool.Title == "" || tool.Title != o.Title {
			t.Errorf("%s: the title is %q", o.Name, tool.Title)
		}
		if !strings.HasPrefix(tool.Description, o.Summary) || !strings.HasSuffix(tool.Description, o.Description) {
			t.Errorf("%s: the description is not that of the operation: %q", o.Name, tool.Description)
		}
	}
	if len(tools) != len(api.Operations(app.Shelf())) {
		t.Errorf("%d tools of %d operations", len(tools), len(api.Operations(app.Shelf())))
	}
}

// What a model needs to choose: when a tool is the right one, and when another is.
var (
	when    = regexp.MustCompile(`\b(Use it|After [a-z_]+)`)
	whenNot = regexp.MustCompile(`\b(Not (for|needed|on|to|without)|It buys nothing)`)
)

// unmistakable are the tools that no other could be taken for.
var unmistakable = map[string]bool{"action_list": true, "action_get": true}

func TestDescriptionsSayWhen(t *testing.T) {
	t.Parallel()
	for name, tool := range listTools(t) {
		if !when.MatchString(tool.Description) {
			t.Errorf("%s does not say when to use it: %q", name, tool.Description)
		}
		if whenNot.MatchString(tool.Description) == unmistakable[name] {
			t.Errorf("%s must say when not to use it, or be unmistakable, and not both: %q", name, tool.Description)
		}
		// What looks like the name of a tool, and is no status, is one.
		for _, other := range regexp.MustCompile(`\b[a-z]+_[a-z_]+\b`).FindAllString(tool.Description, -1) {
			if _, known := annotated[other]; !known && !slices.Contains([]string{"partially_failed", "pending_approval"}, other) {
				t.Errorf("%s names %s, which is no tool", name, other)
			}
		}
	}
}

// TestListIsShort: the list of tools is in the context of every model. Each tool gets
// its share of it, so that there is room for one more.
func TestListIsShort(t *testing.T) {
	t.Parallel()
	const (
		average = 1400   // bytes for a tool, as compact JSON with all that it says
		longest = 60_000 // of the whole list: beyond it, related actions must share a tool
	)
	tools := listTools(t)
	whole := 0
	for name, tool := range tools {
		text, err := json.Marshal(tool)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%5d bytes: %s", len(text), name)
		whole += len(text)
	}
	t.Logf("%5d bytes, %d on average", whole, whole/len(tools))
	if whole > average*len(tools) || whole > longest {
		t.Errorf("%d tools take %d bytes, %d on average, want at most %d and %d", len(tools), whole, whole/len(tools), longest, average)
	}
}

// listTools asks for the tools by the official client.
func listTools(t *testing.T) map[string]*sdk.Tool {
	t.Helper()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	list, err := connect(t, s, "", nil).ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if list.NextCursor != "" || len(list.Tools) == 0 {
		t.Fatalf("%d tools, and more at %q", len(list.Tools), list.NextCursor)
	}
	tools := make(map[string]*sdk.Tool)
	for _, tool := range list.Tools {
		tools[tool.Name] = tool
	}
	return tools
}
