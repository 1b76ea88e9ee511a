// Package mcpclients has programs that drive the MCP clients that agents and people
// connect with. Each folder is one client. Its program is told the server as hosts
// write it in their mcpServers, reads a call a line, {"name": ..., "arguments": ...},
// and writes its result a line, as the client returned it. It ends when its input
// does, or when the client throws.
//
// It takes packages of two languages and half a minute, and so has a build tag:
// make mcp-clients runs it.
package mcpclients
