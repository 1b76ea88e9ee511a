package release

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
)

// Tools is the list of the store's MCP tools as a client gets it, as compact JSON.
func (c *Caller) Tools(ctx context.Context) ([]byte, error) {
	asked := map[string]any{"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": map[string]any{}}
	var answer struct {
		Result struct {
			Tools json.RawMessage `json:"tools"`
		} `json:"result"`
	}
	err := c.Post(ctx, "/mcp", asked, &answer)
	return answer.Result.Tools, err
}

// ToolsOf is the list of the program that a folder of sources makes.
func ToolsOf(ctx context.Context, sources string) ([]byte, error) {
	work, err := os.MkdirTemp("", "agentstore-tools-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)
	p := Program{Binary: filepath.Join(work, "agentstore")}
	if err := Build(ctx, sources, p.Binary); err != nil {
		return nil, err
	}
	s, err := p.Start(ctx, "memory")
	if err != nil {
		return nil, err
	}
	tools, err := s.Agent(s.Key).Tools(ctx)
	if err != nil {
		return nil, err
	}
	_, err = s.Stop()
	return tools, err
}
