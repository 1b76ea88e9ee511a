package conformance

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"agentstore/pkg/fault"
	"agentstore/pkg/mcp"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// serve answers on loopback, until the test ends, and returns the endpoint.
func serve(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(withKey(key, mcp.Mount(store(), suiteServer())))
	t.Cleanup(server.Close)
	return server.URL + web.MCPPath
}

const key = "Bearer conformance"

// withKey presents a key, for the suite has none.
func withKey(key string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set("Authorization", key)
		next.ServeHTTP(w, r)
	})
}

// store knows one key, and sells nothing.
func store() web.Store {
	return web.Store{
		Frame: web.Frame{
			RequestID: func(context.Context) string { return "conformance" },
			Log:       slog.New(slog.DiscardHandler),
		},
		Authenticate: func(_ context.Context, authorization []string, _ string) (shop.Claim, error) {
			if !slices.Equal(authorization, []string{key}) {
				return nil, fault.New(fault.Unauthenticated, "The key is unknown.")
			}
			return func(shop.Scope, string) shop.Caller { return shop.Anonymous() }, nil
		},
	}
}

// suiteServer has all that the suite asks for and that the stack can carry. Like
// the store's own server it announces no changes of its lists, because there is
// no stream to tell them on.
func suiteServer() *sdk.Server {
	server := sdk.NewServer(&sdk.Implementation{Name: "conformance", Version: "1.0.0"}, &sdk.ServerOptions{
		CompletionHandler: complete,
		Capabilities: &sdk.ServerCapabilities{
			Tools:     &sdk.ToolCapabilities{},
			Resources: &sdk.ResourceCapabilities{},
			Prompts:   &sdk.PromptCapabilities{},
		},
	})
	addTools(server)
	addPushingTools(server)
	addAskingTools(server)
	addResources(server)
	addPrompts(server)
	return server
}

func complete(context.Context, *sdk.CompleteRequest) (*sdk.CompleteResult, error) {
	return &sdk.CompleteResult{Completion: sdk.CompletionResultDetails{Values: []string{"paris", "park"}, Total: 2}}, nil
}
