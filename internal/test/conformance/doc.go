// Package conformance runs the conformance suite of the Model Context Protocol
// against the store, and against the handler stack of its MCP endpoint. Most of the
// suite asks for tools, resources and prompts of its own, so the stack is mounted
// around a server that has these; see
// https://github.com/modelcontextprotocol/conformance.
//
// All of it is tests: nothing here is part of the store.
package conformance
