package e2e

import (
	"net/http"
	"testing"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/internal/test/storetest/contract"
	"agentstore/internal/test/storetest/documented"
	"agentstore/pkg/api"
	"agentstore/pkg/openapi"
	"agentstore/pkg/product"
	"agentstore/pkg/product/server"
	"agentstore/pkg/provider/mock"
	"agentstore/pkg/shop"
)

// known is what the mock provider knows of a server.
type known struct {
	Image   string `json:"image"`
	Actions int    `json:"actions"`
	Busy    bool   `json:"busy"`
}

// asking is the product of servers with a read more, which their provider answers.
type asking struct{ server.Rules }

func statusRead() product.Read {
	return product.Read{
		ReadType: shop.ReadType{Name: "status", Scope: "servers:read"},
		Title:    "Read the status of a server", Summary: "Ask the provider of a server how it is.", Description: "It takes a moment.",
		Output: product.SchemaOf[known](nil), Example: product.Example{Input: `{}`},
	}
}

func (asking) Reads() []shop.ReadType { return []shop.ReadType{statusRead().ReadType} }

func (a asking) Provides(provider, name string) bool {
	return name == statusRead().Name || a.Rules.Provides(provider, name)
}

func askingShelf() product.Shelf {
	p := server.New()
	words := p.Words()
	words.Reads = []product.Read{statusRead()}
	p.Rules, p.Words = asking{}, func() product.Words { return words }
	return product.Shelf{p}
}

// TestReadFromTheProvider asks the provider over REST and MCP, on the very way that
// metrics and consoles go.
func TestReadFromTheProvider(t *testing.T) {
	t.Parallel()
	shelf := askingShelf()
	failures, err := mock.ParseFailures("")
	must(t, err)
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{Shelf: shelf, Failures: failures})
	service := s.Service(t)
	expectStatus(t, s.Call(t, http.MethodPost, storetest.Services+"/"+service+"/server/restart", map[string]any{}), http.StatusAccepted)
	document, err := openapi.Document(shelf)
	must(t, err)
	for protocol, call := range map[string]contract.Call{
		"rest": contract.RESTOf(shelf, documented.ClientOf(t, document), s.URL, s.Key),
		"mcp":  contract.MCP(contract.Client{Base: s.URL, Key: s.Key}.Connect(t)),
	} {
		got := call(t, "server_status", map[string]any{"serviceId": service})
		if got["image"] != "ubuntu-24.04" || got["actions"] != 1.0 || got["busy"] != false {
			t.Errorf("over %s the provider says %v", protocol, got)
		}
	}
	if read := api.ReadOf(server.ServiceType, statusRead()); !read.Remote {
		t.Error("the table does not say that the provider is asked")
	}
}

// TestReadFromAProviderThatIsDown is 503 with a time to come back, and nothing of what
// the provider has said.
func TestReadFromAProviderThatIsDown(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		status int
		code   string
	}{
		"read:1":      {http.StatusServiceUnavailable, "provider_unavailable"},
		"read:refuse": {http.StatusConflict, "service_not_ready"},
	} {
		failures, err := mock.ParseFailures(text)
		must(t, err)
		s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{Shelf: askingShelf(), Failures: failures})
		a := s.Call(t, http.MethodGet, storetest.Services+"/"+s.Service(t)+"/server/status", nil)
		if a.Status != want.status || a.Code() != want.code || (a.Header.Get("Retry-After") == "") == (want.status == 503) {
			t.Errorf("%s: %d %s", text, a.Status, a.Body)
		}
	}
}
