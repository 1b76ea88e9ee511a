package app

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"agentstore/pkg/auth"
	"agentstore/pkg/catalog"
	"agentstore/pkg/id"
	"agentstore/pkg/product/server"
	"agentstore/pkg/shop"
)

// memory is a store that holds what the requests read.
type memory struct {
	shop.Store // for what they do not read
	catalog    shop.Catalog
	service    shop.Service
	credential shop.Credential
	key        string
}

func newMemory(tb testing.TB) *memory {
	tb.Helper()
	goods, err := catalog.Load(Shelf())
	if err != nil {
		tb.Fatal(err)
	}
	agent := IDs().Agent(IDs().Account())
	credential, key, err := auth.Issue(auth.Test, IDs(), rand.Reader, agent, "cost", Shelf().Rules().Scopes())
	if err != nil {
		tb.Fatal(err)
	}
	m := &memory{catalog: goods, credential: credential, key: key}
	item := goods.Items[0]
	m.service = shop.Service{
		ID: IDs().Service(), Account: agent.Account(), Agent: agent, Version: 2,
		Purchase: IDs().Purchase(), Item: item.ID, ServiceType: item.ServiceType, DisplayName: "deploy-node-01",
		Status: shop.ServiceActive, Configuration: json.RawMessage(`{}`),
		Bill: shop.Bill{Renewal: item.Price, PaidUntil: Now()}, CreatedAt: Now(), UpdatedAt: Now(),
	}
	m.service.State, err = server.State{
		Hostname: "deploy-node-01", Region: "eu-west", Image: "ubuntu-24.04", PublicIPv4: "198.51.100.42",
		SSHUsername: "root", SSHPort: 22, PowerState: server.PowerRunning, ProvisioningStatus: server.ProvisioningReady,
		BackupsEnabled: true, SupportedImages: []string{"ubuntu-24.04", "debian-12", "nvidia-ai-ubuntu"},
	}.Data()
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

func (m *memory) Credential(context.Context, id.Key) (shop.Credential, error) {
	return m.credential, nil
}

func (m *memory) Service(context.Context, id.Account, id.Service) (shop.Service, error) {
	return m.service, nil
}

func (m *memory) Item(_ context.Context, itemID id.Item) (shop.Item, error) {
	for _, item := range m.catalog.Items {
		if item.ID == itemID {
			return item, nil
		}
	}
	return shop.Item{}, shop.ErrNotFound
}

func (m *memory) Budget(_ context.Context, account id.Account, agent id.Agent) (shop.Budget, error) {
	return shop.Budget{Account: account, Agent: agent}, nil
}

func (m *memory) Commit(context.Context, shop.Change) error { return nil }

// event is what API Gateway makes of a request of an agent.
func (m *memory) event(method, path, body string) events.APIGatewayV2HTTPRequest {
	event := events.APIGatewayV2HTTPRequest{
		Version: "2.0", RawPath: path, Body: body,
		Headers: map[string]string{
			"accept":            "application/json",
			"accept-encoding":   "gzip",
			"authorization":     "Bearer " + m.key,
			"host":              "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com",
			"user-agent":        "agent/1.0",
			"x-amzn-trace-id":   "Root=1-697df1c0-5e1b4d5c2f3a4b5c6d7e8f90",
			"x-forwarded-for":   "192.0.2.7",
			"x-forwarded-port":  "443",
			"x-forwarded-proto": "https",
		},
	}
	if body != "" {
		event.Headers["content-type"] = "application/json"
	}
	event.RequestContext.DomainName = event.Headers["host"]
	event.RequestContext.RequestID = "JKJaXmPLvHcESHA="
	event.RequestContext.HTTP.Method = method
	event.RequestContext.HTTP.SourceIP = "192.0.2.7"
	return event
}
