package house

import (
	"slices"
	"testing"
)

// The packages that rows of the table share.
const (
	// leaves know nothing of the store, and may be known by all of it.
	leaves = "pkg/money pkg/id pkg/fault pkg/period pkg/text pkg/schema pkg/strictjson pkg/sheet pkg/sshkey pkg/etag pkg/sorting"
	// protocols are how callers reach the store.
	protocols = "pkg/web pkg/rest/... pkg/mcp/... pkg/dashboard/... pkg/openapi pkg/discovery"
	// edges connect the store to Lambda and to the environment.
	edges = "pkg/lambdahttp pkg/lambdajob pkg/app/... pkg/local pkg/control"
	// helpers are imported by tests alone.
	helpers = "internal/test/..."

	aws    = "github.com/aws/..."
	lambda = "github.com/aws/aws-lambda-go/... github.com/awslabs/aws-lambda-go-api-proxy/..."
	table  = "github.com/aws/aws-sdk-go-v2/service/dynamodb/... github.com/aws/aws-sdk-go-v2/feature/dynamodb/..."
	yaml   = "go.yaml.in/... gopkg.in/... github.com/goccy/go-yaml/..."
)

// rules is who may know whom.
var rules = []rule{
	{
		why: "A main is boring: it names its program and holds nothing of its own.",
		who: "functions/...", imports: only("pkg/app/..."),
		broken: []string{"functions/quote_get > pkg/api", "functions/quote_get > os"},
	},
	{
		why: "Every cold start pays for what a function links.",
		who: "functions/...", links: never("github.com/aws/aws-sdk-go-v2/config",
			"pkg/embedded github.com/cockroachdb/pebble/...", yaml, helpers, "pkg/local pkg/control pkg/catalog pkg/template pkg/verify"),
		broken: []string{
			"functions/quote_get > pkg/app > github.com/aws/aws-sdk-go-v2/config",
			"functions/quote_get > pkg/app > pkg/dynamo > pkg/embedded",
			"functions/quote_get > pkg/app > pkg/dynamo > go.yaml.in/yaml/v4",
			"functions/quote_get > pkg/app > pkg/dynamo > pkg/verify",
			"functions/quote_get > pkg/app > internal/test/storetest",
		},
	},
	{
		// Hetzner's client has a helper for the tests of others beside what it is for.
		why: "Every cold start pays for what a function links, and nobody tests there.",
		who: "functions/... !functions/provisioner", links: never("testing/..."),
		broken: []string{"functions/quote_get > pkg/app > testing"},
	},
	{
		why: "Only the provisioner links clients of providers, and holds what they log in with.",
		who: "functions/... !functions/provisioner", links: never("pkg/app/provision pkg/provider/hetzner github.com/hetznercloud/... github.com/prometheus/..."),
		broken: []string{
			"functions/mcp > pkg/app/full > pkg/app/provision", "functions/purchase_create > pkg/app > pkg/provider/hetzner",
			"functions/quote_get > pkg/app > github.com/hetznercloud/hcloud-go/v2/hcloud",
		},
	},
	{
		// Templ refers to html/template for those who have such templates; of what nobody
		// calls the linker keeps next to nothing. Elsewhere there is no reason for it.
		why: "Every cold start pays for what a function links, templates above all.",
		who: "functions/... !functions/dashboard", links: never("html/template text/template"),
		broken: []string{
			"functions/quote_get > pkg/app > pkg/rest > html/template",
			"functions/quote_get > pkg/app > net/rpc > text/template",
		},
	},
	{
		why: "Pages are for those who open them, and so is the way that people log in.",
		who: "functions/... !functions/dashboard", links: never("pkg/app/people pkg/dashboard/... pkg/auth/oidc github.com/a-h/templ/... github.com/coreos/go-oidc/..."),
		broken: []string{
			"functions/quote_get > pkg/app > pkg/dashboard", "functions/mcp > pkg/app/full > pkg/app/people",
			"functions/quote_get > pkg/auth > pkg/auth/oidc", "functions/quote_get > pkg/app > github.com/a-h/templ",
		},
	},
	{
		why: "Who reaches the issuer for trying out can be anybody: no function has it, by no way.",
		who: "functions/...", links: never("pkg/auth/issuer"),
		broken: []string{"functions/dashboard > pkg/app/people > pkg/auth/issuer"},
	},
	{
		why: "The issuer for trying out belongs to the store on a laptop.",
		who: "... !pkg/local !internal/test/...", imports: never("pkg/auth/issuer"),
		broken: []string{"pkg/app/people > pkg/auth/issuer", "cmd/agentstore > pkg/auth/issuer", "pkg/auth > pkg/auth/issuer"},
	},
	{
		why: "Leaf values rest on the language alone.",
		who: "pkg/money pkg/fault pkg/period pkg/sheet pkg/etag pkg/sorting", imports: only(std),
		broken: []string{"pkg/money > pkg/fault", "pkg/fault > github.com/google/uuid"},
	},
	{
		why: "One package writes CSV, so that no cell is run by a spreadsheet.",
		who: "...", imports: never("encoding/csv"),
		broken: []string{"pkg/rest > encoding/csv", "pkg/dashboard > encoding/csv"},
	},
	{
		why: "Leaf values know other leaves at most.",
		who: "pkg/id pkg/text pkg/schema pkg/strictjson pkg/sshkey", imports: only(std, thirdParty, leaves),
		broken: []string{"pkg/schema > pkg/shop", "pkg/id > pkg/api"},
	},
	{
		why: "The business knows no protocol, no storage and nobody's library.",
		// A semaphore is as good as the language's own.
		who: "pkg/shop/...", imports: only(std, "pkg/money pkg/id pkg/fault pkg/period pkg/text pkg/sorting golang.org/x/sync/semaphore"),
		broken: []string{"pkg/shop > pkg/api", "pkg/shop > pkg/schema", "pkg/shop > github.com/oklog/ulid/v2"},
	},
	{
		why: "The business has no I/O of its own.",
		// Addresses are values.
		who: "pkg/shop/...", imports: except("net/netip", never("net/... os/... syscall database/...")),
		broken: []string{"pkg/shop > net", "pkg/shop > net/http", "pkg/shop > os"},
	},
	{
		why: "What checks the books knows what they are, and not how they came about.",
		who: "pkg/verify", imports: only(std, leaves, "pkg/shop"),
		broken: []string{"pkg/verify > pkg/dynamo", "pkg/verify > pkg/app", "pkg/verify > pkg/product/server", "pkg/verify > github.com/aws/smithy-go"},
	},
	{
		why: "A product brings its configuration, its prices and its fulfilment, and knows the checkout's words.",
		who: "pkg/product/...", imports: only(std, thirdParty, leaves, "pkg/shop pkg/product"),
		broken: []string{
			"pkg/product/server > pkg/api", "pkg/product/server > pkg/rest", "pkg/product/server > pkg/dynamo",
			"pkg/product/server > pkg/app", "pkg/product/server > pkg/provider/mock", "pkg/product/domain > pkg/product/server", "pkg/product > pkg/product/server",
		},
	},
	{
		why: "The table of operations knows the business, and no protocol.",
		who: "pkg/api", imports: only(std, thirdParty, leaves, "pkg/shop pkg/product"),
		broken: []string{"pkg/api > pkg/rest", "pkg/api > pkg/product/server"},
	},
	{
		why: "Keys are checked by the business's words.",
		who: "pkg/auth/...", imports: only(std, thirdParty, leaves, "pkg/shop"),
		broken: []string{"pkg/auth > pkg/dynamo", "pkg/auth > pkg/rest"},
	},
	{
		why: "A protocol knows the business and the table of operations.",
		who: protocols, imports: only(std, thirdParty, leaves, "pkg/shop pkg/product pkg/api pkg/web", own),
		broken: []string{"pkg/rest > pkg/product/server", "pkg/mcp > pkg/app", "pkg/dashboard > pkg/auth", "pkg/openapi > pkg/rest", "pkg/discovery > pkg/product/server"},
	},
	{
		why: "A protocol reaches neither storage nor providers, by no way.",
		who: protocols, links: never("pkg/dynamo/... pkg/provider/...", edges),
		broken: []string{
			"pkg/rest > pkg/api > pkg/dynamo", "pkg/mcp > pkg/shop > pkg/provider/mock",
			"pkg/dashboard/pages > pkg/lambdahttp",
		},
	},
	{
		why: "What the protocols share knows none of them.",
		who: "pkg/web", imports: never("pkg/rest/... pkg/mcp/... pkg/dashboard/... pkg/openapi pkg/discovery"),
		broken: []string{"pkg/web > pkg/rest", "pkg/web > pkg/openapi", "pkg/web > pkg/discovery"},
	},
	{
		why: "Protocols do not know each other.",
		who: "pkg/rest/...", links: never("pkg/mcp/... pkg/dashboard/..."),
		broken: []string{"pkg/rest > pkg/mcp", "pkg/rest > pkg/api > pkg/dashboard"},
	},
	{
		why: "Protocols do not know each other.",
		who: "pkg/mcp/...", links: never("pkg/rest/... pkg/dashboard/..."),
		broken: []string{"pkg/mcp > pkg/rest", "pkg/mcp > pkg/dashboard/pages"},
	},
	{
		why: "Protocols do not know each other.",
		who: "pkg/dashboard/...", links: never("pkg/rest/... pkg/mcp/..."),
		broken: []string{"pkg/dashboard/pages > pkg/rest", "pkg/dashboard > pkg/mcp"},
	},
	{
		why: "What describes the protocols links none of them, nor their libraries.",
		who: "pkg/discovery", links: never("pkg/rest/... pkg/mcp/... pkg/dashboard/... github.com/modelcontextprotocol/..."),
		broken: []string{"pkg/discovery > pkg/rest", "pkg/discovery > pkg/web > pkg/mcp", "pkg/discovery > github.com/modelcontextprotocol/go-sdk/mcp"},
	},
	{
		why: "The bridge carries messages, and knows nothing of what is in them.",
		who: "pkg/bridge", imports: only(std),
		broken: []string{"pkg/bridge > pkg/mcp", "pkg/bridge > github.com/modelcontextprotocol/go-sdk/mcp"},
	},
	{
		why: "What carries commands knows none of them.",
		who: "pkg/control", imports: only(std),
		broken: []string{"pkg/control > pkg/local", "pkg/control > github.com/spf13/cobra"},
	},
	{
		why: "One program has commands, and nothing below it knows the library.",
		who: "... !cmd/agentstore", imports: never("github.com/spf13/..."),
		broken: []string{"pkg/local > github.com/spf13/cobra", "functions/quote_get > github.com/spf13/pflag"},
	},
	{
		why: "The load knows the store by HTTP alone, and so can measure any build of it.",
		who: "cmd/benchload", imports: only(std, "internal/process"),
		broken: []string{"cmd/benchload > pkg/api", "cmd/benchload > internal/release", "cmd/benchload > github.com/HdrHistogram/hdrhistogram-go"},
	},
	{
		why: "A release knows the store by what it prints and answers, and so can be made of any commit.",
		who: "cmd/release internal/release", imports: only(std, "internal/release", "internal/process"),
		broken: []string{"internal/release > pkg/api", "cmd/release > pkg/openapi", "internal/release > go.yaml.in/yaml/v4"},
	},
	{
		why: "Storage knows the business, and the mock provider whose state it keeps.",
		who: "pkg/dynamo/... !pkg/dynamo/setup", imports: only(std, thirdParty, leaves, "pkg/shop pkg/provider/mock", own),
		broken: []string{"pkg/dynamo > pkg/template", "pkg/dynamo > pkg/provider/hetzner", "pkg/dynamo > pkg/embedded"},
	},
	{
		why: "The embedded table knows calls of DynamoDB, and nothing of the store.",
		who: "pkg/embedded", imports: only(std, thirdParty),
		broken: []string{"pkg/embedded > pkg/shop", "pkg/embedded > pkg/dynamo"},
	},
	{
		why: "What seals secrets knows the business's words, and who keeps keys.",
		who: "pkg/seal", imports: only(std, thirdParty, leaves, "pkg/shop pkg/awsrequest"),
		broken: []string{"pkg/seal > pkg/dynamo", "pkg/seal > pkg/local"},
	},
	{
		why: "A request of AWS is about nothing of the store.",
		who: "pkg/awsrequest", imports: only(std, thirdParty),
		broken: []string{"pkg/awsrequest > pkg/shop", "pkg/awsrequest > pkg/fault"},
	},
	{
		why: "Only what makes the table reads its definition.",
		who: "pkg/dynamo/setup", imports: only(std, thirdParty, "pkg/template"),
		broken: []string{"pkg/dynamo/setup > pkg/shop"},
	},
	{
		why: "A provider knows the product that it delivers.",
		who: "pkg/provider/...", imports: only(std, thirdParty, leaves, "pkg/shop pkg/product/...", "pkg/provider"),
		broken: []string{"pkg/provider/mock > pkg/dynamo", "pkg/provider/hetzner > pkg/provider/mock"},
	},
	{
		why: "Nothing below a protocol knows one, by no way.",
		who: "pkg/shop/... pkg/product/... pkg/auth/... pkg/dynamo/... pkg/provider/...", links: never("pkg/api", protocols, edges),
		broken: []string{
			"pkg/dynamo > pkg/shop > pkg/api", "pkg/provider/mock > pkg/product/server > pkg/rest", "pkg/dynamo > pkg/mcp",
			"pkg/provider/mock > pkg/dashboard/pages", "pkg/dynamo/setup > pkg/lambdahttp", "pkg/provider/mock > pkg/lambdajob",
			"pkg/dynamo > pkg/app", "pkg/auth > pkg/shop > pkg/local",
		},
	},
	{
		why:    "The protocols and the business run anywhere.",
		who:    "pkg/shop/... pkg/product/... pkg/auth/... pkg/api pkg/openapi pkg/discovery pkg/web pkg/rest/... pkg/mcp/... pkg/dashboard/... pkg/provider/...",
		links:  never(aws),
		broken: []string{"pkg/rest > pkg/auth > github.com/aws/aws-sdk-go-v2/aws", "pkg/shop > github.com/aws/smithy-go"},
	},
	{
		why: "One package knows DynamoDB, one is like it, and one chooses where it is on a laptop.",
		who: "... !pkg/dynamo/... !pkg/local !internal/test/... !pkg/embedded", imports: never(table),
		broken: []string{
			"pkg/app > github.com/aws/aws-sdk-go-v2/service/dynamodb",
			"pkg/rest > github.com/aws/aws-sdk-go-v2/service/dynamodb/types",
			"cmd/agentstore > github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue",
		},
	},
	{
		why: "What is heavy is linked by those alone that serve it.",
		who: "functions/... !functions/mcp", links: never("pkg/app/full pkg/mcp/... github.com/modelcontextprotocol/..."),
		broken: []string{"functions/quote_get > pkg/app/full", "functions/quote_get > pkg/app > github.com/modelcontextprotocol/go-sdk/mcp"},
	},
	{
		why: "Lambda can be left for another place by changing its own packages alone.",
		who: "... !pkg/lambdahttp !pkg/lambdajob !pkg/app", imports: never(lambda),
		broken: []string{
			"pkg/rest > github.com/aws/aws-lambda-go/events", "pkg/local > github.com/aws/aws-lambda-go/lambda",
			"pkg/mcp > github.com/awslabs/aws-lambda-go-api-proxy/core",
		},
	},
	{
		why: "Two packages choose the providers, one for each program and one for those that link their clients; storage keeps the state of the mock.",
		who: "... !pkg/app !pkg/app/provision !pkg/dynamo !pkg/provider/... !internal/test/...", imports: never("pkg/provider/..."),
		broken: []string{"pkg/local > pkg/provider/mock", "cmd/agentstore > pkg/provider/hetzner"},
	},
	{
		why: "The wiring is for programs.",
		who: "... !functions/... !cmd/... !pkg/app/full !pkg/app/people !pkg/app/provision !pkg/local !internal/test/...", imports: never("pkg/app/..."),
		broken: []string{"pkg/lambdahttp > pkg/app", "pkg/openapi > pkg/app"},
	},
	{
		why: "What is made for tests stays with tests.",
		who: "... !internal/test/...", imports: never("testing/...", helpers),
		broken: []string{"pkg/local > internal/test/storetest", "cmd/agentstore > internal/test/dynamotest", "pkg/rest > testing", "pkg/local > testing/fstest"},
	},
}

func TestImports(t *testing.T) {
	t.Parallel()
	g := moduleGraph(t)
	for _, r := range rules {
		for _, breach := range r.breaches(g) {
			t.Error(breach)
		}
	}
}

// TestEveryRuleCanFail breaks each rule in each way that its row names.
func TestEveryRuleCanFail(t *testing.T) {
	t.Parallel()
	for _, r := range rules {
		if len(r.broken) == 0 {
			t.Errorf("nothing is said to break the rule of %s: %s", r.who, r.why)
		}
		for _, chain := range r.broken {
			breach := chain + " breaks a rule: " + r.why
			if got := r.breaches(chainGraph(chain)); !slices.Contains(got, breach) {
				t.Errorf("the rule of %s reports %q, and not %q", r.who, got, breach)
			}
		}
	}
}

// TestEveryRuleIsAboutSomething finds rows that a renamed package has emptied.
func TestEveryRuleIsAboutSomething(t *testing.T) {
	t.Parallel()
	g := moduleGraph(t)
	for _, r := range rules {
		for _, pattern := range fields(r.who) {
			name := trimBang(pattern)
			if !g.has(name) {
				t.Errorf("no package is %s, of which a rule says: %s", name, r.why)
			}
		}
	}
}
