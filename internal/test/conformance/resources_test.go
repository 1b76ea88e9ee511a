package conformance

import (
	"context"
	"fmt"
	"strings"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

func addResources(server *sdk.Server) {
	addResource(server, plain("test://static-text", "This is the content of the static text resource."))
	addResource(server, plain("test://watched-resource", "This is the content of the watched resource."))
	addResource(server, &sdk.ResourceContents{URI: "test://static-binary", MIMEType: "image/png", Blob: decoded(pixel)})
	server.AddResourceTemplate(&sdk.ResourceTemplate{
		Name:        "template",
		URITemplate: "test://template/{id}/data",
		MIMEType:    "application/json",
	}, readTemplate)
}

func addResource(server *sdk.Server, contents *sdk.ResourceContents) {
	name := strings.TrimPrefix(contents.URI, "test://")
	server.AddResource(&sdk.Resource{Name: name, Description: "Part of the suite.", URI: contents.URI, MIMEType: contents.MIMEType},
		func(context.Context, *sdk.ReadResourceRequest) (*sdk.ReadResourceResult, error) {
			return &sdk.ReadResourceResult{Contents: []*sdk.ResourceContents{contents}}, nil
		})
}

func readTemplate(_ context.Context, r *sdk.ReadResourceRequest) (*sdk.ReadResourceResult, error) {
	id := strings.TrimSuffix(strings.TrimPrefix(r.Params.URI, "test://template/"), "/data")
	return &sdk.ReadResourceResult{Contents: []*sdk.ResourceContents{{
		URI:      r.Params.URI,
		MIMEType: "application/json",
		Text:     fmt.Sprintf(`{"id": %q, "templateTest": true}`, id),
	}}}, nil
}
