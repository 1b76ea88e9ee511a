package mcp

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"agentstore/pkg/api"
	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// Where resources are.
const (
	itemURI    = "agentstore://catalog/"
	serviceURI = "agentstore://services/"
	docsURI    = "agentstore://docs/"
)

const (
	jsonType     = "application/json"
	markdownType = "text/markdown"
)

func addResources(server *sdk.Server, docs map[string]string) {
	server.AddResourceTemplate(&sdk.ResourceTemplate{
		Name: "catalog_item", Title: "An item of the catalog", URITemplate: itemURI + "{catalogItemId}", MIMEType: jsonType,
		Description: "What an item is, what it costs a month, and what its configuration must say. catalog_search finds the ids.",
	}, reader("catalog_item", itemURI, readItem))
	server.AddResourceTemplate(&sdk.ResourceTemplate{
		Name: "service", Title: "A service of the account", URITemplate: serviceURI + "{serviceId}", MIMEType: jsonType,
		Description: "The state of a service now: its address, how to log in, what may be done. service_list finds the ids. Needs an API key.",
	}, reader("service", serviceURI, readService))
	for _, product := range slices.Sorted(maps.Keys(docs)) {
		server.AddResource(&sdk.Resource{
			Name: product + "_docs", Title: "How a " + product + " is operated", URI: docsURI + product, MIMEType: markdownType,
			Description: "What can be done with a " + product + ", how it settles, and what goes wrong.",
		}, func(context.Context, *sdk.ReadResourceRequest) (*sdk.ReadResourceResult, error) {
			return text(docs[product]), nil
		})
	}
}

// read reads the resource of that id.
type readFunc func(ctx context.Context, x *exchange, name string) ([]byte, error)

// reader serves the resources whose addresses begin with a prefix. Its errors are
// JSON-RPC errors, because a resource has no other; the error of the store is
// their data.
func reader(name, prefix string, read readFunc) sdk.ResourceHandler {
	return func(ctx context.Context, r *sdk.ReadResourceRequest) (*sdk.ReadResourceResult, error) {
		x := exchangeOf(ctx)
		var body []byte
		err := fault.Guard(func() (err error) {
			body, err = read(ctx, x, strings.TrimPrefix(r.Params.URI, prefix))
			return err
		})
		x.called("resources/read "+name, err)
		if err == nil {
			return text(string(body)), nil
		}
		e := web.Translate(ctx, err)
		code := int64(jsonrpc.CodeInvalidParams)
		if e.Code.Retryable() {
			code = jsonrpc.CodeInternalError
		}
		return nil, &jsonrpc.Error{Code: code, Message: e.Detail, Data: json.RawMessage(api.Problem(e, x.requestID))}
	}
}

func readItem(ctx context.Context, x *exchange, name string) ([]byte, error) {
	o := api.CatalogCheckoutRequirements()
	return web.Do(ctx, x.store, web.Call[[]byte]{
		Operation: o,
		Caller:    func() (shop.Caller, error) { return x.caller(o) },
		Arguments: func() (api.Arguments, error) { return api.Arguments{}, nil },
		Answer: func(shop.Caller, api.Arguments) ([]byte, error) {
			return api.ItemDocument(ctx, x.store.Shop, id.Item(name))
		},
	})
}

func readService(ctx context.Context, x *exchange, name string) ([]byte, error) {
	o := api.ServiceGet()
	return web.Do(ctx, x.store, web.Call[[]byte]{
		Operation: o,
		Caller:    func() (shop.Caller, error) { return x.caller(o) },
		Arguments: func() (api.Arguments, error) { return o.Arguments(map[string]any{"serviceId": name}, "") },
		Answer: func(caller shop.Caller, args api.Arguments) ([]byte, error) {
			answer, err := o.Call(ctx, x.store.Shop, caller, args)
			return answer.Body, err
		},
	})
}

func text(content string) *sdk.ReadResourceResult {
	return &sdk.ReadResourceResult{Contents: []*sdk.ResourceContents{{Text: content}}}
}
