package discovery

import (
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// resource is the metadata of a protected resource (RFC 9728, section 2). Its
// authorization_servers, which are optional, are left out: there is none. The
// owner of an account makes its keys.
type resource struct {
	// Resource is the identifier whose path is behind the well-known one in the
	// address of the metadata (section 3.3).
	Resource      string       `json:"resource"`
	Name          string       `json:"resource_name"`
	Documentation string       `json:"resource_documentation"`
	Scopes        []shop.Scope `json:"scopes_supported"`
	BearerMethods []string     `json:"bearer_methods_supported"`
}

// storeResource is the store as a whole.
func storeResource(s web.Store, origin string) resource {
	return newResource(s, origin, "agentstore", origin)
}

// mcpResource is the MCP server alone, which its clients ask for by its address
// (MCP 2025-11-25, "Authorization Server Discovery").
func mcpResource(s web.Store, origin string) resource {
	return newResource(s, origin+web.MCPPath, "agentstore, over MCP", origin)
}

func newResource(s web.Store, identifier, name, origin string) resource {
	return resource{
		Resource: identifier, Name: name, Documentation: origin + llmsPath,
		Scopes: s.Shelf.Scopes(), BearerMethods: []string{"header"},
	}
}
