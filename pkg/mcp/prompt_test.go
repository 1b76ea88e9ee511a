package mcp_test

import (
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// prompted has, for each prompt, every argument with a value, and what stands in
// the place of those that are optional.
var prompted = map[string]struct {
	required map[string]string
	optional map[string]string
	absent   []string
}{
	"buy_server": {
		map[string]string{"purpose": "a small blog"},
		map[string]string{"hostname": "blog-01", "region": "eu-west", "budget": "$25"},
		[]string{"of your choice", "nearest to its users", "ask before you buy"},
	},
	"reinstall_server": {
		map[string]string{"server": "deploy-node-01"},
		map[string]string{"image": "debian-12"},
		[]string{"ask which of supportedImages"},
	},
}

func TestPromptsAreListed(t *testing.T) {
	t.Parallel()
	list, err := connect(t, newStore(t), "", nil).ListPrompts(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range list.Prompts {
		want, known := prompted[p.Name]
		if !known || p.Title == "" || p.Description == "" || len(p.Arguments) != len(want.required)+len(want.optional) {
			t.Errorf("%+v", p)
		}
		for _, argument := range p.Arguments {
			if _, required := want.required[argument.Name]; required != argument.Required || argument.Description == "" {
				t.Errorf("%s: %+v", p.Name, argument)
			}
		}
	}
	if len(list.Prompts) != len(prompted) {
		t.Errorf("%d prompts, want %d", len(list.Prompts), len(prompted))
	}
}

// prompt gets a prompt as the text that a model reads.
func prompt(t *testing.T, session *sdk.ClientSession, name string, arguments map[string]string) string {
	t.Helper()
	r, err := session.GetPrompt(t.Context(), &sdk.GetPromptParams{Name: name, Arguments: arguments})
	if err != nil {
		t.Fatal(err)
	}
	text, isText := r.Messages[0].Content.(*sdk.TextContent)
	if len(r.Messages) != 1 || r.Messages[0].Role != "user" || !isText {
		t.Fatalf("%+v", r.Messages)
	}
	if strings.Contains(text.Text, "{{") || strings.Contains(text.Text, "}}") {
		t.Errorf("%s has holes: %s", name, text.Text)
	}
	return text.Text
}

func TestPrompts(t *testing.T) {
	t.Parallel()
	session := connect(t, newStore(t), "", nil)
	for name, p := range prompted {
		bare := prompt(t, session, name, p.required)
		all := make(map[string]string)
		for argument, value := range p.required {
			all[argument] = value
			if !strings.Contains(bare, value) {
				t.Errorf("%s does not say %s: %s", name, value, bare)
			}
		}
		for argument, value := range p.optional {
			all[argument] = value
		}
		full := prompt(t, session, name, all)
		for _, value := range p.optional {
			if !strings.Contains(full, value) {
				t.Errorf("%s does not say %s: %s", name, value, full)
			}
		}
		for _, words := range p.absent {
			if !strings.Contains(bare, words) || strings.Contains(full, words) {
				t.Errorf("%s must say %q for what is absent, and only then", name, words)
			}
		}
	}
}

// TestPromptsName: what the prompts tell a model to call exists.
func TestPromptsName(t *testing.T) {
	t.Parallel()
	session := connect(t, newStore(t), "", nil)
	for name, tools := range map[string][]string{
		"buy_server":       {"catalog_search", "catalog_checkout_requirements", "quote_create", "purchase_create", "service_get"},
		"reinstall_server": {"service_list", "service_get", "server_reinstall", "action_get"},
	} {
		text := prompt(t, session, name, prompted[name].required)
		for _, tool := range tools {
			if _, known := annotated[tool]; !known || !strings.Contains(text, tool) {
				t.Errorf("%s does not name %s, or it is no tool", name, tool)
			}
		}
	}
}

func TestPromptsNeedArguments(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for name, p := range prompted {
		for _, arguments := range []any{nil, object{}, p.optional} {
			expectCode(t, post(t, s, message("prompts/get", object{"name": name, "arguments": arguments})), jsonrpc.CodeInvalidParams)
		}
	}
	// What a caller says is not filled in once more.
	a := post(t, s, message("prompts/get", object{"name": "reinstall_server", "arguments": object{"server": "{{image}}"}}))
	if text := a.Text("result", "messages", 0, "content", "text"); !strings.Contains(text, "Server: {{image}}") {
		t.Errorf("%s", a.Body)
	}
}
