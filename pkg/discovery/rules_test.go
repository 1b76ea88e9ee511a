package discovery_test

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"testing"
)

// described is an MCP server as a server card and a server.json describe it, as
// far as the two have the same form.
type described struct {
	Schema      string   `json:"$schema"`
	Name        string   `json:"name"`
	Title       string   `json:"title"`
	Description string   `json:"description"`
	Version     string   `json:"version"`
	WebsiteURL  string   `json:"websiteUrl"`
	Remotes     []remote `json:"remotes"`
}

type remote struct {
	Type             string           `json:"type"`
	URL              string           `json:"url"`
	Variables        map[string]input `json:"variables"`
	Headers          []keyValue       `json:"headers"`
	ProtocolVersions []string         `json:"supportedProtocolVersions"`
}

type keyValue struct {
	Name        string           `json:"name"`
	Description string           `json:"description"`
	IsRequired  bool             `json:"isRequired"`
	IsSecret    bool             `json:"isSecret"`
	Value       string           `json:"value"`
	Variables   map[string]input `json:"variables"`
}

type input struct {
	Description string `json:"description"`
	IsRequired  bool   `json:"isRequired"`
	IsSecret    bool   `json:"isSecret"`
	Placeholder string `json:"placeholder"`
}

var (
	serverName = regexp.MustCompile(`^[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+$`)
	version    = regexp.MustCompile(`^\d+\.\d+\.\d+$`)
	// remoteURL is stricter than the schemas, which allow a variable in the place of
	// the scheme: the registry does not.
	remoteURL = regexp.MustCompile(`^https?://[^\s]+$`)
	revision  = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`)
	variable  = regexp.MustCompile(`\{([^{}]*)\}`)
)

// problems holds the server to the rules that both schemas have, and to one more:
// a variable is declared where it is used, and used where it is declared.
func (d described) problems(schema string) (found []string) {
	want := func(holds bool, what string, value any) {
		if !holds {
			found = append(found, fmt.Sprintf("%s: %q", what, value))
		}
	}
	website, err := url.Parse(d.WebsiteURL)
	want(d.Schema == schema, "schema", d.Schema)
	want(serverName.MatchString(d.Name) && between(d.Name, 3, 200), "name", d.Name)
	want(between(d.Title, 1, 100), "title", d.Title)
	want(between(d.Description, 1, 100), "description", d.Description)
	want(version.MatchString(d.Version) && between(d.Version, 1, 255), "version", d.Version)
	want(err == nil && (d.WebsiteURL == "" || website.IsAbs()), "website", d.WebsiteURL)
	want(len(d.Remotes) > 0, "remotes", d.Remotes)
	for _, r := range d.Remotes {
		want(r.Type == "streamable-http" || r.Type == "sse", "type", r.Type)
		want(remoteURL.MatchString(r.URL) && declared(r.URL, r.Variables), "URL", r.URL)
		for _, h := range r.Headers {
			want(h.Name != "" && declared(h.Value, h.Variables), "header", h)
			want(h.Name != "Authorization" || h.IsSecret && h.IsRequired, "secret", h)
		}
		for _, v := range r.ProtocolVersions {
			want(revision.MatchString(v), "revision", v)
		}
	}
	return found
}

func between(text string, least, most int) bool { return len(text) >= least && len(text) <= most }

func declared(template string, variables map[string]input) bool {
	used := make(map[string]bool)
	for _, match := range variable.FindAllStringSubmatch(template, -1) {
		used[match[1]] = true
	}
	for name := range variables {
		if !used[name] {
			return false
		}
		delete(used, name)
	}
	return len(used) == 0
}

// TestRulesCanFail breaks each of them.
func TestRulesCanFail(t *testing.T) {
	t.Parallel()
	long := string(slices.Repeat([]byte("x"), 101))
	good := func() described {
		return described{
			Schema: "s", Name: "com.example/a", Title: "A", Description: "B", Version: "1.0.0",
			Remotes: []remote{{
				Type: "streamable-http", URL: "https://{a}/mcp", Variables: map[string]input{"a": {}},
				Headers:          []keyValue{{Name: "Authorization", IsRequired: true, IsSecret: true, Value: "Bearer {k}", Variables: map[string]input{"k": {}}}},
				ProtocolVersions: []string{"2025-11-25"},
			}},
		}
	}
	if found := good().problems("s"); len(found) > 0 {
		t.Errorf("a good one: %q", found)
	}
	for name, breaks := range map[string]func(*described){
		"another schema":          func(d *described) { d.Schema = "t" },
		"no namespace":            func(d *described) { d.Name = "agentstore" },
		"two slashes":             func(d *described) { d.Name = "com.example/a/b" },
		"no title":                func(d *described) { d.Title = "" },
		"a long description":      func(d *described) { d.Description = long },
		"a range of versions":     func(d *described) { d.Version = "^1.0.0" },
		"a website without host":  func(d *described) { d.WebsiteURL = "/llms.txt" },
		"no remote":               func(d *described) { d.Remotes = nil },
		"another transport":       func(d *described) { d.Remotes[0].Type = "stdio" },
		"a variable for a scheme": func(d *described) { d.Remotes[0].URL = "{a}/mcp" },
		"an undeclared variable":  func(d *described) { d.Remotes[0].Headers[0].Value = "Bearer {x}" },
		"an unused variable":      func(d *described) { d.Remotes[0].URL = "https://a/mcp" },
		"a header without a name": func(d *described) { d.Remotes[0].Headers[0].Name = "" },
		"a key that is no secret": func(d *described) { d.Remotes[0].Headers[0].IsSecret = false },
		"a revision without date": func(d *described) { d.Remotes[0].ProtocolVersions[0] = "draft" },
	} {
		d := good()
		breaks(&d)
		if found := d.problems("s"); len(found) != 1 {
			t.Errorf("%s: %q", name, found)
		}
	}
}
