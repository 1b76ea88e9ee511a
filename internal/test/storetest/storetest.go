// Package storetest runs a whole store for tests: the real routes over real
// HTTP, the real storage code on a real engine, with a clock that tests move.
package storetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"agentstore"
	"agentstore/internal/test/dynamotest"
	"agentstore/pkg/app"
	"agentstore/pkg/auth"
	"agentstore/pkg/catalog"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/dynamo/setup"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/product"
	"agentstore/pkg/product/server"
	"agentstore/pkg/provider/mock"
	"agentstore/pkg/seal"
	"agentstore/pkg/shop"
	"agentstore/pkg/template"
)

// Options say how a store differs from the usual one.
type Options struct {
	// Client are options of the client that requests use, such as Record of a
	// dynamotest.Recorder. The worker and the test's own calls have another.
	Client []func(*dynamodb.Options)
	// Latency and Failures are those of the mock provider.
	Latency  time.Duration
	Failures mock.Failures
	// NoKick leaves new jobs to Store.Work.
	NoKick bool
	// Funds is what the wallet of the agent's account holds, in cents; ten million
	// where it is zero, and nothing where it is negative.
	Funds int64
	// KeyUse is how coarsely the last use of a key is kept; zero keeps none.
	KeyUse time.Duration
	// DemoCredit is what the account of who logs in for the first time starts with.
	DemoCredit money.Money
	// TimeLimit is how long a request may take; zero is no limit, for a test waits as
	// long as a busy machine needs.
	TimeLimit time.Duration
	// Shelf is what the store sells, app.Shelf where there is nothing. Catalog is the
	// catalog file, and Fulfilments deliver what is bought, by service type; nil are
	// those of a real store.
	Shelf       product.Shelf
	Catalog     []byte
	Fulfilments map[string]shop.Fulfilment
	// Together has all rows of an account in one partition, as in tables of old.
	Together bool
	// Entropy makes identifiers; crypto/rand.Reader where there is none.
	Entropy io.Reader
}

// Store is a running store.
type Store struct {
	URL        string
	Handler    http.Handler // what serves at the URL
	Shelf      product.Shelf
	Shop       *shop.Shop
	People     *shop.People
	Worker     *shop.Worker
	Reconciler *shop.Reconciler
	Table      *dynamo.Table // beside the clients of the options
	Engine     dynamotest.Engine
	Name       string // of the table
	Clock      *Clock
	Log        *Log
	// Agent is an agent, and Key a key of it with every scope.
	Agent id.Agent
	Key   string

	config app.Config
}

// New runs a store on the engine until the test ends, with a table of its own
// that holds the catalog and one key.
func New(tb testing.TB, engine dynamotest.Engine, o Options) *Store {
	tb.Helper()
	s := &Store{
		Engine: engine, Name: dynamotest.TableName(tb), Clock: newClock(), Log: &Log{},
		config: app.Config{KeyMode: auth.Test, QuoteLifetime: 15 * time.Minute, KeyUse: o.KeyUse, MockLatency: o.Latency, MockFailures: o.Failures},
	}
	shelf := o.Shelf
	if shelf == nil {
		shelf = app.Shelf()
	}
	s.Shelf = shelf
	spread := dynamo.Always()
	if o.Together {
		spread = dynamo.Spread{}
	}
	s.createTable(tb, o.Catalog, spread)
	log := slog.New(slog.NewJSONHandler(s.Log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	requests := dynamo.NewSpread(engine.With(o.Client...), s.Name, spread)
	entropy := o.Entropy
	if entropy == nil {
		entropy = rand.Reader
	}

	s.Shop = app.Shop(s.config, requests)
	s.Shop.Products, s.Shop.Now = shelf.Rules(), s.Clock.Now
	s.Shop.IDs = id.Maker{Now: s.Clock.Now, Entropy: entropy}
	s.Worker = app.Worker(s.config, s.Table, log)
	s.Worker.Products, s.Worker.IDs, s.Worker.Now = shelf.Rules(), s.Shop.IDs, s.Clock.Now
	s.Worker.AtOnce = 1 // so that tests know what comes after what
	servers := app.Servers(s.config, s.Table, s.Clock.Now)
	s.Worker.Fulfilments = map[string]shop.Fulfilment{server.ServiceType: servers}
	maps.Copy(s.Worker.Fulfilments, o.Fulfilments)
	s.Reconciler = app.Reconciler(s.config, s.Table, log)
	s.Reconciler.Now = s.Clock.Now
	s.Reconciler.Inventories = map[string]shop.Inventory{server.ServiceType: servers}
	ring, err := seal.WithKey(seal.NewKey())
	must(tb, err)
	s.Worker.SealSecret, s.Shop.OpenSecret = ring.Seal, ring.Open
	s.Shop.Remote = s.Worker.Read
	if !o.NoKick {
		s.Shop.Kick = s.kick
	}
	s.Agent = s.Shop.IDs.Agent(s.Shop.IDs.Account())
	s.Key = s.NewKey(tb, s.Agent, s.Shop.Products.Scopes()...)
	s.fund(tb, o.Funds)

	names := id.Maker{Now: s.Clock.Now, Entropy: entropy}
	requestID := func(context.Context) string { return "req_" + names.ULID() }
	server := httptest.NewUnstartedServer(nil)
	s.URL = "http://" + server.Listener.Addr().String()
	s.People = app.People(app.Config{DemoCredit: o.DemoCredit}, requests)
	s.People.Now, s.People.IDs = s.Clock.Now, s.Shop.IDs
	app.Administer(s.config, s.Shop, requests, s.People)
	agents, members := app.FullWeb(s.config, s.Shop, requests, requestID, log), app.Sessions(s.config, s.People, requestID, log)
	agents.Shelf = shelf
	agents.TimeLimit, members.TimeLimit = o.TimeLimit, o.TimeLimit
	s.Handler = s.whole(tb, agents, members)
	server.Config.Handler = s.Handler
	server.Start()
	tb.Cleanup(server.Close)
	return s
}

func (s *Store) createTable(tb testing.TB, file []byte, spread dynamo.Spread) {
	tb.Helper()
	definition, err := template.Parse(agentstore.Template)
	must(tb, err)
	_, err = setup.CreateTable(tb.Context(), s.Engine.Client, s.Name, definition.Table)
	must(tb, err)
	goods, err := catalog.Load(app.Shelf())
	if file != nil {
		goods, err = catalog.Parse(file, s.Shelf)
	}
	must(tb, err)
	s.Table = dynamo.NewSpread(s.Engine.Client, s.Name, spread)
	_, err = s.Table.Seed(tb.Context(), goods)
	must(tb, err)
}

func (s *Store) fund(tb testing.TB, minor int64) {
	tb.Helper()
	if minor == 0 {
		minor = 10_000_000
	}
	if minor > 0 {
		s.Fund(tb, s.Agent.Account(), minor)
	}
}

// Fund adds cents to the wallet of an account, beside the options of the client.
func (s *Store) Fund(tb testing.TB, account id.Account, minor int64) {
	tb.Helper()
	till := &shop.Shop{Store: s.Table, IDs: s.Shop.IDs, Now: s.Clock.Now}
	_, _, err := till.Fund(tb.Context(), account, money.Money{Minor: minor, Currency: "usd"}, rand.Text(), "test")
	must(tb, err)
}

func (s *Store) kick(ctx context.Context, jobs []shop.JobRef) {
	for _, job := range jobs {
		_, _ = s.Worker.Run(ctx, job) // a job that failed is still due
	}
}

// Work works on everything that is due at the time of the clock.
func (s *Store) Work(tb testing.TB) {
	tb.Helper()
	_, err := s.Worker.RunDue(tb.Context())
	must(tb, err)
}

// Live has everything happen that nobody asks for, and that is due at the time of the
// clock: charges, suspensions, ends, and the jobs that follow from them.
func (s *Store) Live(tb testing.TB) {
	tb.Helper()
	_, err := s.Worker.RunServices(tb.Context())
	must(tb, err)
	_, err = s.Worker.RunCancellations(tb.Context())
	must(tb, err)
	s.Work(tb)
}

// NewKey issues a key of the agent.
func (s *Store) NewKey(tb testing.TB, agent id.Agent, scopes ...shop.Scope) string {
	tb.Helper()
	return s.newKey(tb, agent, shop.Credential{Scopes: scopes})
}

// KeyFrom issues a key of the agent with every scope, which may be used from those
// networks alone.
func (s *Store) KeyFrom(tb testing.TB, agent id.Agent, networks ...string) string {
	tb.Helper()
	allowed, err := shop.ParseNetworks("$", networks)
	must(tb, err)
	return s.newKey(tb, agent, shop.Credential{Scopes: s.Shop.Products.Scopes(), AllowedIPs: allowed})
}

func (s *Store) newKey(tb testing.TB, agent id.Agent, like shop.Credential) string {
	tb.Helper()
	credential, key, err := auth.Issue(s.config.KeyMode, s.Shop.IDs, rand.Reader, agent, "test", like.Scopes)
	must(tb, err)
	credential.AllowedIPs = like.AllowedIPs
	must(tb, s.Table.PutCredential(tb.Context(), credential))
	return key
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// Clock is a clock that stands still until a test moves it.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *Clock { return &Clock{now: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)} }

// Now is the time of the clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Log keeps what was logged, as lines of JSON.
type Log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (l *Log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

// String is everything that was logged.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
