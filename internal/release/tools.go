package release

import (
	"context"
	"encoding/json"
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
