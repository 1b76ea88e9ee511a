// Package full wires what only some programs should pay for. Go's linker keeps what
// a package initializes, used or not, and every function links package app, so the
// heavy parts are here.
package full

import (
	"net/http"
	"slices"

	"agentstore"
	"agentstore/pkg/app"
	"agentstore/pkg/mcp"
	"agentstore/pkg/product/server"
	"agentstore/pkg/web"
)

// MCP runs functions/mcp, which has every operation as a tool.
func MCP() { app.ServeStore(MCPHandler) }

// Handler serves every route of the store in one process, including those for people
// if they are given.
func Handler(s web.Store, people ...web.Route) http.Handler {
	return web.Routes(app.Fallback(s.Frame, s.Shelf), slices.Concat(app.Routes(s), mcpRoutes(s), people)...)
}

// MCPHandler serves only the Model Context Protocol.
func MCPHandler(s web.Store) http.Handler {
	return web.Routes(s.NotFound(nil), mcpRoutes(s)...)
}

// docs explains each product, by its service type.
func docs() map[string]string {
	return map[string]string{server.ServiceType: agentstore.ServerDocs}
}

func mcpRoutes(s web.Store) []web.Route {
	handler := mcp.Handler(s, docs())
	var routes []web.Route
	for _, path := range web.MCPPaths() {
		routes = append(routes, web.Route{Method: http.MethodPost, Path: path, Handler: handler})
	}
	return routes
}
