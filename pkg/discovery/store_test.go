package discovery_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/api"
	"agentstore/pkg/app"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
)

type store struct {
	APIBaseURL string `json:"apiBaseUrl"`
	MCPURL     string `json:"mcpUrl"`
	OpenAPIURL string `json:"openapiUrl"`
	Versions   struct {
		Store string   `json:"store"`
		API   []string `json:"api"`
		MCP   []string `json:"mcp"`
	} `json:"versions"`
	Currencies []string  `json:"currencies"`
	Products   []product `json:"products"`
}

type product struct {
	ServiceType   string   `json:"serviceType"`
	ItemCount     int      `json:"itemCount"`
	Categories    []string `json:"categories"`
	Documentation string   `json:"documentation"`
}

func readStore(tb testing.TB, s *storetest.Store) (read store) {
	tb.Helper()
	decode(tb, get(tb, s.URL+storePath).Body, &read)
	return read
}

func TestStore(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	got := readStore(t, s)
	catalog, err := s.Table.Catalog(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := store{APIBaseURL: s.URL + "/v1/agent", MCPURL: s.URL + "/mcp", OpenAPIURL: s.URL + "/openapi.json"}
	want.Versions.Store = get(t, s.URL+"/openapi.json").Text("info", "version")
	want.Versions.API = []string{"v1"}
	want.Versions.MCP = sdk.SupportedProtocolVersions()
	want.Currencies = []string{"usd"}
	want.Products = []product{{"server", len(catalog.Items), []string{"compute"}, s.URL + "/llms.txt"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, o := range api.Operations(app.Shelf()) {
		if !strings.HasPrefix(s.URL+o.Path, got.APIBaseURL+"/") {
			t.Errorf("%s is at %s, and not below %s", o.Name, o.Path, got.APIBaseURL)
		}
	}
}

// TestStoreFollowsTheCatalog changes what is sold.
func TestStoreFollowsTheCatalog(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	item := func(itemID id.Item, position int, serviceType, category string, currency money.Currency) shop.Item {
		return shop.Item{
			ID: itemID, Position: position, ServiceType: serviceType, Category: category,
			SKU: string(itemID), Name: string(itemID), Price: money.Money{Minor: 1, Currency: currency},
		}
	}
	documentation := s.URL + "/llms.txt"
	for _, tt := range []struct {
		items      []shop.Item
		currencies []string
		products   []product
	}{
		{
			[]shop.Item{
				item("cat_a", 1, "server", "gpu", "usd"), item("cat_b", 2, "domain", "names", "usd"),
				item("cat_c", 3, "server", "compute", "eur"), item("cat_d", 4, "server", "gpu", "usd"),
			},
			[]string{"eur", "usd"},
			[]product{{"server", 3, []string{"gpu", "compute"}, documentation}, {"domain", 1, []string{"names"}, documentation}},
		},
		{nil, []string{}, []product{}},
	} {
		if _, err := s.Table.Seed(t.Context(), shop.Catalog{Items: tt.items}); err != nil {
			t.Fatal(err)
		}
		got := readStore(t, s)
		if diff := cmp.Diff(tt.currencies, got.Currencies); diff != "" {
			t.Errorf("currencies (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(tt.products, got.Products); diff != "" {
			t.Errorf("products (-want +got):\n%s", diff)
		}
	}
}

// TestStoreWithoutItsTable: the one document that reads the table is refused as
// everything is, is kept by no cache, and tells nothing of the cause.
func TestStoreWithoutItsTable(t *testing.T) {
	t.Parallel()
	const inner = "secret inner words"
	for code, err := range map[string]error{
		"provider_unavailable": errors.New(inner),
		"internal":             &smithy.GenericAPIError{Code: "ResourceNotFoundException", Message: inner},
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			faults := &dynamotest.Faults{Before: func(string, any) error { return err }}
			s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{Client: []func(*dynamodb.Options){faults.Inject}})
			a := storetest.Do(t, http.DefaultClient, request(t, http.MethodGet, s.URL+storePath))
			if a.Code() != code || a.Header.Get("Content-Type") != "application/problem+json" || a.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("status %d, header %v: %s", a.Status, a.Header, a.Body)
			}
			if strings.Contains(string(a.Body), inner) || !strings.Contains(s.Log.String(), inner) {
				t.Errorf("the answer is %s\nthe log is %s", a.Body, s.Log)
			}
			for path := range contentTypes {
				if path != storePath {
					get(t, s.URL+path)
				}
			}
		})
	}
}
