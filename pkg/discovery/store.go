package discovery

import (
	"context"
	"slices"

	"agentstore/pkg/api"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
	"agentstore/pkg/strictjson"
	"agentstore/pkg/web"
)

// store is what the store is and sells, for a program that has to decide whether
// and how to talk to it.
type store struct {
	APIBaseURL string           `json:"apiBaseUrl"` // ends in /v1/agent
	MCPURL     string           `json:"mcpUrl"`
	OpenAPIURL string           `json:"openapiUrl"`
	Versions   versions         `json:"versions"`
	Currencies []money.Currency `json:"currencies"` // sorted
	Products   []offer          `json:"products"`   // in the order of the shelf
}

type versions struct {
	Store string   `json:"store"`
	API   []string `json:"api"`
	MCP   []string `json:"mcp"` // the newest first
}

// offer is all items of a service type.
type offer struct {
	ServiceType   string   `json:"serviceType"`
	ItemCount     int      `json:"itemCount"`
	Categories    []string `json:"categories"` // ids, as catalog_search takes them
	Documentation string   `json:"documentation"`
}

// writeStore reads the catalog: what is sold is what the table says.
func writeStore(ctx context.Context, s web.Store, origin string) ([]byte, error) {
	catalog, err := s.Shop.Store.Catalog(ctx)
	if err != nil {
		return nil, err
	}
	return strictjson.Encode(store{
		APIBaseURL: origin + apiPath, MCPURL: origin + web.MCPPath, OpenAPIURL: origin + web.OpenAPIPath,
		Versions:   versions{Store: api.Version, API: []string{"v1"}, MCP: protocolVersions()},
		Currencies: currencies(catalog.Items), Products: products(catalog.Items, origin),
	})
}

func currencies(items []shop.Item) []money.Currency {
	found := []money.Currency{}
	for _, item := range items {
		found = append(found, item.Price.Currency)
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func products(items []shop.Item, origin string) []offer {
	found := []offer{}
	for _, item := range items {
		i := slices.IndexFunc(found, func(p offer) bool { return p.ServiceType == item.ServiceType })
		if i < 0 {
			i = len(found)
			found = append(found, offer{ServiceType: item.ServiceType, Documentation: origin + llmsPath})
		}
		p := &found[i]
		p.ItemCount++
		if !slices.Contains(p.Categories, item.Category) {
			p.Categories = append(p.Categories, item.Category)
		}
	}
	return found
}
