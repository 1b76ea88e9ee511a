package full

import (
	"testing"

	"agentstore/pkg/app"
	"agentstore/pkg/web"
)

// What the function of MCP does before it asks for its first request.
func BenchmarkMCPHandler(b *testing.B) {
	for b.Loop() {
		MCPHandler(web.Store{Shelf: app.Shelf()})
	}
}
