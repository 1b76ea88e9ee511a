package e2e

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/api"
	"agentstore/pkg/app"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
)

// free are the strings of inputs that are neither a text by the rule of package
// text nor of a fixed form, and why that is well.
var free = map[string]string{
	"cursor":                 "is read back by the store alone, and refused unless the store has made it",
	"q":                      "is compared with the catalog, and neither kept nor shown",
	"category":               "is compared with the catalog, and neither kept nor shown",
	"allowedIps":             "is read as a network, and refused with a fix unless it is one",
	"configuration.userData": "is a document for a machine, kept to the byte; pages escape what the rule does not allow",
}

// TestEveryStringIsDeclared: whatever an operation takes as a string is a text
// that people read, has a form that can be shown, or stands above with its reason.
func TestEveryStringIsDeclared(t *testing.T) {
	t.Parallel()
	used := make(map[string]bool)
	for _, o := range api.All(app.Shelf()) {
		walk("", o.FullInput(), func(path string, s *schema.Schema) {
			switch {
			case free[path] != "":
				used[path] = true
			case !showable(s):
				t.Errorf("%s takes %s, which can be anything: use schema.Line, Note, Identifier, Pattern or Enum", o.Name, path)
			}
		})
	}
	for path, why := range free {
		if !used[path] {
			t.Errorf("no operation takes %s, of which is said that it %s", path, why)
		}
	}
}

// showable reports whether what the schema takes can be shown as it is.
func showable(s *schema.Schema) bool {
	switch s.Format {
	case "line", "note", "date-time":
		return true
	case "idn-email": // held to the rule where it is read, because another spelling is another address
		return true
	}
	if len(s.Enum) > 0 {
		return true
	}
	for _, lie := range lies {
		if s.Pattern == "" || len(schema.Check(s, "$", lie)) == 0 {
			return false
		}
	}
	return true
}

// lies are texts that are not what they look like.
var lies = []string{"a\u202eb", "\u2066a", "a\u200db", "a\u00adb", "\ufeffa", "a\x00b", "a\nb", "a\x7fb", "e\u0301", "\u05d0\u05d1", "\u3164", "\U000e0067"}

// walk visits the strings of a schema. Items of a list have the path of the list.
func walk(path string, s *schema.Schema, visit func(string, *schema.Schema)) {
	switch s.Type {
	case "string":
		visit(path, s)
	case "array":
		walk(path, s.Items, visit)
	}
	for name, member := range s.Properties {
		walk(strings.TrimPrefix(path+"."+name, "."), member, visit)
	}
	for _, kind := range s.AnyOf {
		walk(path, kind, visit)
	}
}

// TestNobodyIsMisled sends what lies as each string of each operation: answers and
// the log hold it nowhere, but where a document is read back as it was sent.
func TestNobodyIsMisled(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	owner := s.Owner(t)
	for _, o := range api.All(app.Shelf()) {
		for name, member := range o.Input.Properties {
			if member.Type != "string" {
				continue
			}
			for _, lie := range lies {
				expectPlain(t, o.Name+" with "+name, send(t, s, owner, o, name, lie))
			}
		}
		expectPlain(t, o.Name+" with a strange name", send(t, s, owner, o, "a\u202e\u200d\u2066\u05d0\u3164b", "x"))
	}
	if strings.ContainsAny(s.Log.String(), misleading) {
		t.Errorf("the log is misleading: %q", s.Log)
	}
}

// misleading are the characters of lies that JSON would write as they are.
const misleading = "\u202e\u2066\u200d\u00ad\ufeff\u0301\u05d0\u3164\U000e0067\x7f"

// send calls an operation with one argument, and others that have nothing wrong.
func send(t *testing.T, s *storetest.Store, owner *storetest.Browser, o api.Operation, name, value string) storetest.Answer {
	t.Helper()
	values := map[string]any{name: value}
	if o.Name == "agent_create" || o.Name == "key_create" {
		values["note"] = nil // so that whatever passes is not done
	}
	path := o.Path
	for _, part := range strings.Split(o.Path, "/") {
		if !strings.HasPrefix(part, "{") {
			continue
		}
		argument := strings.Trim(part, "{}")
		given := "x"
		if argument == name {
			given = value
			delete(values, name)
		}
		path = strings.Replace(path, part, url.PathEscape(given), 1)
	}
	if o.Method == http.MethodGet {
		query := url.Values{}
		for n, v := range values {
			if text, ok := v.(string); ok {
				query.Set(n, text)
			}
		}
		path += "?" + query.Encode()
		if o.Role != "" {
			return owner.Call(t, o.Method, path, nil)
		}
		return s.Call(t, o.Method, path, nil)
	}
	body, err := json.Marshal(values)
	if err != nil {
		t.Fatal(err)
	}
	if o.Role != "" {
		return owner.Call(t, o.Method, path, string(body))
	}
	return s.Call(t, o.Method, path, string(body))
}

func expectPlain(t *testing.T, what string, a storetest.Answer) {
	t.Helper()
	if a.Status >= 500 || strings.ContainsAny(string(a.Body), misleading) {
		t.Errorf("%s: status %d: %q", what, a.Status, a.Body)
	}
}

// TestNames: what an agent or a key is called is held to the rule at the door, and
// kept in its one spelling.
func TestNames(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	owner := s.Owner(t)
	const agents = storetest.Account + "/agents"
	made := owner.Call(t, http.MethodPost, agents, map[string]any{"name": " Zoe\u0308's bot\u3000"})
	if made.Status != http.StatusCreated || made.Text("agent", "name") != "Zo\u00eb's bot" {
		t.Errorf("status %d: %s", made.Status, made.Body)
	}
	agent := agents + "/" + made.Text("agent", "id")
	for name, code := range map[string]string{
		"Bo\x00t": "U+0000", "Bot\u202e": "U+202E", "a\nb": "U+000A", "👨\u200d👩\u200d👧": "U+200D", "Bot\u200b": "U+200B",
		" \u3000 ": "", strings.Repeat("x", shop.MaxName+1): "", "\u2800": "",
	} {
		for what, a := range map[string]storetest.Answer{
			"a new agent":     owner.Call(t, http.MethodPost, agents, map[string]any{"name": name}),
			"a renamed agent": owner.Call(t, http.MethodPut, agent, map[string]any{"name": name}),
			"a key":           owner.Call(t, http.MethodPost, agent+"/keys", map[string]any{"name": name}),
		} {
			if a.Status != http.StatusBadRequest || a.Code() != "invalid_input" || a.Text("param") != "$.name" {
				t.Errorf("%s named %q: status %d: %s", what, name, a.Status, a.Body)
			}
			if !strings.Contains(a.Text("detail"), code) || code != "" && !strings.Contains(a.Text("fixes", 0), "Leave "+code+" out") {
				t.Errorf("%s named %q: %s", what, name, a.Body)
			}
		}
	}
	list := owner.Call(t, http.MethodGet, agents, nil) // the store's own, and the one
	if list.Get("agents", 1) == nil || list.Get("agents", 2) != nil {
		t.Errorf("the agents are %s", list.Body)
	}
}
