//go:build clients

package mcpclients

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"agentstore/internal/test/storetest"
	"agentstore/pkg/web"
)

// server is an entry of mcpServers.
type server struct {
	Type    string            `json:"type"`
	URL     string            `json:"url,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`

	Command string            `json:"command,omitempty"`
	Args    []string          `json:"args,omitempty"`
	Env     map[string]string `json:"env,omitempty"`
}

// programs are what hosts start instead of opening an address, as absolute paths.
type programs struct{ agentstore, script string }

// build compiles agentstore for as long as the test runs.
func build(t *testing.T) programs {
	t.Helper()
	absolute, err := filepath.Abs(script)
	must(t, err)
	p := programs{filepath.Join(t.TempDir(), "agentstore"), absolute}
	if output, err := exec.CommandContext(t.Context(), "go", "build", "-o", p.agentstore, "agentstore/cmd/agentstore").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	return p
}

// overHTTP is an address to open.
func (programs) overHTTP(s *storetest.Store) server {
	return server{Type: "http", URL: s.URL + web.MCPPath, Headers: map[string]string{"Authorization": "Bearer " + s.Key}}
}

// overStdio starts agentstore.
func (p programs) overStdio(s *storetest.Store) server {
	return server{Type: "stdio", Command: p.agentstore, Args: []string{"mcp"}, Env: map[string]string{
		"AGENT_STORE_API_BASE_URL":  s.URL + "/v1/agent",
		"AGENT_STORE_AGENT_API_KEY": s.Key,
	}}
}

// overRemote starts mcp-remote.
func (p programs) overRemote(s *storetest.Store) server {
	return server{
		Type:    "stdio",
		Command: p.script,
		Args:    []string{"mcp-remote", s.URL + web.MCPPath, "--header", "Authorization:${AUTHORIZATION}"},
		// A client passes few variables on, and not the one that names the cache.
		Env: map[string]string{"AUTHORIZATION": "Bearer " + s.Key, "XDG_CACHE_HOME": os.Getenv("XDG_CACHE_HOME")},
	}
}
