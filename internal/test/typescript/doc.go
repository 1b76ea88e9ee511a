// Package typescript tries the store's MCP endpoint with the official TypeScript
// client, which many hosts are built on; see
// https://github.com/modelcontextprotocol/typescript-sdk. Unlike the Go SDK, which
// the endpoint is built on, it shares no code with the store, and it holds the
// structured content of every answer to the schema that the tool announces.
//
// All of it is tests: nothing here is part of the store.
package typescript
