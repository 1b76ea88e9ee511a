// Package conformance runs the conformance suite of the Model Context Protocol
// against the handler stack of the store's MCP endpoint. The suite asks for
// tools, resources and prompts of its own, so the stack is mounted around a
// server that has these; see
// https://github.com/modelcontextprotocol/conformance.
//
// All of it is tests: nothing here is part of the store.
package conformance
