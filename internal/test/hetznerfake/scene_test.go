package hetznerfake_test

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/hetznerfake"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/app"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/id"
	"agentstore/pkg/product/server"
	"agentstore/pkg/provider/hetzner"
	"agentstore/pkg/shop"
	"agentstore/pkg/verify"
)

// goods sell one server from Hetzner Cloud.
const goods = `
currency: usd
provider: hetzner
categories:
  - {id: compute, name: Compute, description: Virtual servers.}
items:
  - id: cat_vps_micro
    sku: vps-micro-monthly
    name: VPS Micro
    category: compute
    description: The smallest server.
    serviceType: server
    availability: available
    priceMinor: 2000
    terms: [{months: 1}]
    server:
      {cpuCores: 2, dedicatedCpu: false, architecture: x86_64, memoryGib: 4, diskGib: 40, trafficGib: 2000, regions: [eu-west], images: [ubuntu-24.04, debian-12], backupsPercent: 20,
       source: {type: cx23, locations: {eu-west: fsn1}}}
`

// scene is a store whose servers come from a fake.
type scene struct {
	*storetest.Store
	cloud   *hetznerfake.Cloud
	api     string // where the fake is
	service string
}

func newScene(t *testing.T) *scene {
	t.Helper()
	s := &scene{cloud: &hetznerfake.Cloud{Takes: 3 * time.Second}}
	s.Store = storetest.New(t, dynamotest.Embedded(t), storetest.Options{Catalog: []byte(goods), NoKick: true})
	s.cloud.Now = s.Clock.Now
	service := httptest.NewServer(s.cloud)
	t.Cleanup(service.Close)
	s.api = service.URL + "/v1"
	return s
}

var (
	errDead = errors.New("the process has died")
	errLost = errors.New("the connection is lost")
)

// process is a worker that ends at one of its calls of the provider.
type process struct {
	*shop.Worker
	servers server.Fulfilment
	calls   int
	// at is asked about each call, which it may have carried out or not.
	at   func(n int, r *http.Request, carryOut func() (*http.Response, error)) (*http.Response, error)
	dead bool
}

// RoundTrip implements http.RoundTripper.
func (p *process) RoundTrip(r *http.Request) (*http.Response, error) {
	if p.dead {
		return nil, errDead
	}
	p.calls++
	carryOut := func() (*http.Response, error) { return http.DefaultTransport.RoundTrip(r) }
	if p.at == nil {
		return carryOut()
	}
	return p.at(p.calls, r, carryOut)
}

// process is a new worker, which knows nothing of those before it.
func (s *scene) process() *process {
	p := &process{}
	faults := dynamotest.Faults{Before: func(string, any) error {
		if p.dead {
			return errDead
		}
		return nil
	}}
	table := dynamo.NewSpread(s.Engine.With(faults.Inject), s.Name, dynamo.Always())
	log := slog.New(slog.NewJSONHandler(s.Log, nil))
	p.servers = server.Fulfilment{Providers: map[string]server.Provider{"hetzner": hetzner.New(hetzner.Project{
		Token: hetznerfake.Token, Store: "test", Endpoint: s.api, HTTP: &http.Client{Transport: p}, Now: s.Clock.Now, Log: log,
	})}}
	p.Worker = app.Worker(app.Config{}, table, log)
	p.Worker.Products, p.Worker.IDs, p.Worker.Now, p.Worker.AtOnce = s.Shelf.Rules(), id.Maker{Now: s.Clock.Now, Entropy: rand.Reader}, s.Clock.Now, 1
	p.Worker.Fulfilments = map[string]shop.Fulfilment{server.ServiceType: p.servers}
	return p
}

// reconciler compares what the provider has with what was sold.
func (s *scene) reconcile(t *testing.T) shop.Drift {
	t.Helper()
	drift, err := (&shop.Reconciler{
		Store: s.Table, Now: s.Clock.Now, Grace: app.Grace, Log: slog.New(slog.DiscardHandler),
		Inventories: map[string]shop.Inventory{server.ServiceType: s.process().servers},
	}).Run(t.Context())
	must(t, err)
	return drift
}

// step is something that is asked of the store, and what must be at the provider when
// it is done.
type step struct {
	name string
	ask  func(*testing.T, *scene)
	done func(*testing.T, *scene)
}

// life buys a server, restarts it, installs another image, and gives it up.
var life = []step{
	{"buy", func(t *testing.T, s *scene) { s.buy(t) }, func(t *testing.T, s *scene) {
		expect(t, "state", s.state(t), []any{"active", "ready", "running", "192.0.2.2"})
		expect(t, "at the provider", s.cloud.Servers()[0].Status, "running")
	}},
	{"restart", func(t *testing.T, s *scene) { s.act(t, "restart", map[string]any{}) }, func(t *testing.T, s *scene) {
		expect(t, "state", s.state(t), []any{"active", "ready", "running", "192.0.2.2"})
		expect(t, "boots", s.cloud.Servers()[0].Boots, 1)
	}},
	{"reinstall", func(t *testing.T, s *scene) { s.act(t, "reinstall", map[string]any{"image": "debian-12"}) }, func(t *testing.T, s *scene) {
		expect(t, "state", s.state(t), []any{"active", "ready", "running", "192.0.2.2"})
		expect(t, "installed", []any{s.cloud.Servers()[0].Image, s.cloud.Servers()[0].Rebuilds}, []any{"debian-12", 1})
	}},
	{"cancel", func(t *testing.T, s *scene) { s.cancel(t) }, func(t *testing.T, s *scene) {
		expect(t, "servers", len(s.cloud.Servers()), 0)
		expect(t, "addresses", s.cloud.Addresses(), 0)
	}},
}

func (s *scene) buy(t *testing.T) {
	t.Helper()
	s.service = s.Service(t)
}

func (s *scene) act(t *testing.T, action string, body map[string]any) {
	t.Helper()
	body["idempotencyKey"] = rand.Text()
	answer := s.Call(t, http.MethodPost, storetest.Services+"/"+s.service+"/server/"+action, body)
	if answer.Status != http.StatusAccepted && answer.Status != http.StatusOK {
		t.Fatalf("%s: %d %s", action, answer.Status, answer.Body)
	}
}

func (s *scene) cancel(t *testing.T) {
	t.Helper()
	path := storetest.Services + "/" + s.service + "/cancel"
	preview := s.Call(t, http.MethodGet, path+"?ends=now", nil)
	answer := s.Call(t, http.MethodPost, path, map[string]any{"ends": "now", "token": preview.Get("token"), "idempotencyKey": rand.Text()})
	if answer.Status != http.StatusOK {
		t.Fatalf("cancel: %d %s", answer.Status, answer.Body)
	}
}

// state is what the store says of the service.
func (s *scene) state(t *testing.T) []any {
	t.Helper()
	a := s.Call(t, http.MethodGet, storetest.Services+"/"+s.service, nil)
	of := func(name string) any { return a.Get("service", "server", name) }
	return []any{a.Get("service", "status"), of("provisioningStatus"), of("powerState"), of("publicIpv4")}
}

// work has a process work until nothing is due any more, for some hours at most.
func (s *scene) work(t *testing.T, p *process) {
	t.Helper()
	for i := range 1000 {
		if p.dead || s.idle(t) {
			return
		}
		_, err := p.RunDue(t.Context())
		if err != nil && !p.dead {
			t.Fatal(err)
		}
		s.Clock.Advance(min(time.Duration(i+1)*time.Second, 30*time.Second))
	}
	t.Fatal("there is no end of the work")
}

// idle reports whether no job is due, at any time.
func (s *scene) idle(t *testing.T) bool {
	t.Helper()
	due, err := s.Table.DueJobs(t.Context(), s.Clock.Now().Add(24*time.Hour))
	must(t, err)
	return len(due) == 0
}

// verify holds the books to every promise, and the provider to the books.
func (s *scene) verify(t *testing.T) {
	t.Helper()
	holdings, err := s.process().servers.Holdings(t.Context())
	must(t, err)
	report, err := verify.Everything(t.Context(), s.Table, holdings, s.Clock.Now().Add(2*app.Grace), app.Grace)
	must(t, err)
	for _, finding := range report.Findings {
		t.Errorf("verify: %+v", finding)
	}
	if names := s.names(); len(slices.Compact(names)) != len(names) {
		t.Errorf("the servers are %q", names)
	}
}

func (s *scene) names() (names []string) {
	for _, one := range s.cloud.Servers() {
		names = append(names, one.Name)
	}
	slices.Sort(names)
	return names
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
