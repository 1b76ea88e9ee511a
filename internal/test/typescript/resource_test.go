package typescript

import (
	"slices"
	"strings"
	"testing"

	"agentstore"
)

// invalidParams is a code of JSON-RPC.
const invalidParams = -32602

func TestResources(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	c := connect(t, s.URL, s.Key)

	var list struct{ Resources []struct{ URI string } }
	c.do(t, "listResources", nil).into(t, &list)
	if len(list.Resources) != 1 || c.read(t, list.Resources[0].URI) != agentstore.ServerDocs {
		t.Errorf("the docs are not the one resource: %v", list)
	}
	var templates struct {
		ResourceTemplates []struct{ URITemplate string }
	}
	c.do(t, "listResourceTemplates", nil).into(t, &templates)
	if len(templates.ResourceTemplates) != 2 {
		t.Fatalf("the templates are %v", templates)
	}
	item := object(t, []byte(c.read(t, "agentstore://catalog/cat_vps_micro")))
	if text := encoded(t, item); !strings.Contains(text, `"cat_vps_micro"`) {
		t.Errorf("the item is %s", text)
	}
	service := s.Service(t)
	want := byREST(t, s, "service_get", map[string]any{"serviceId": service}).Body
	if got := c.read(t, "agentstore://services/"+service); got != string(want) {
		t.Errorf("the service is not what REST answers:\n%s\n%s", got, want)
	}
	if e := c.do(t, "readResource", map[string]any{"uri": "agentstore://catalog/cat_none"}).Error; e == nil ||
		e.Code != invalidParams || e.Data.Code != "not_found" {
		t.Errorf("an unknown item: %+v", e)
	}
}

// read reads a resource of one text.
func (c client) read(tb testing.TB, uri string) string {
	tb.Helper()
	var r struct{ Contents []struct{ Text string } }
	c.do(tb, "readResource", map[string]any{"uri": uri}).into(tb, &r)
	if len(r.Contents) != 1 {
		tb.Fatalf("%s: the contents are %v", uri, r.Contents)
	}
	return r.Contents[0].Text
}

func TestPrompts(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	c := connect(t, s.URL, s.Key)

	var list struct{ Prompts []struct{ Name string } }
	c.do(t, "listPrompts", nil).into(t, &list)
	for _, name := range []string{"buy_server", "reinstall_server"} {
		if !slices.Contains(list.Prompts, struct{ Name string }{name}) {
			t.Errorf("there is no prompt %s: %v", name, list.Prompts)
		}
	}
	var prompt struct {
		Messages []struct{ Content struct{ Text string } }
	}
	c.do(t, "getPrompt", map[string]any{"name": "buy_server", "arguments": map[string]any{"purpose": "a site about otters"}}).into(t, &prompt)
	if len(prompt.Messages) != 1 || !strings.Contains(prompt.Messages[0].Content.Text, "a site about otters") {
		t.Errorf("the prompt is %v", prompt)
	}
	if e := c.do(t, "getPrompt", map[string]any{"name": "buy_server"}).Error; e == nil || e.Code != invalidParams {
		t.Errorf("a prompt without its argument: %+v", e)
	}
}
