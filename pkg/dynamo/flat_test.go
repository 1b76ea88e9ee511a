package dynamo_test

import (
	"context"
	"flag"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"agentstore/internal/test/dynamotest"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/embedded"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

var rows = flag.Int("rows", 10_000, "the most rows of one account that the lists are measured with: 100, and each hundredfold up to it")

// meter counts reads, and their units by AWS's rules: one for each 4 KB of what a call
// reads, half of one where it need not be consistent.
type meter struct {
	dynamo.Client
	mu    sync.Mutex
	calls int
	units float64
}

func (m *meter) GetItem(ctx context.Context, in *dynamodb.GetItemInput, o ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	out, err := m.Client.GetItem(ctx, in, o...)
	if err == nil {
		m.count(in.ConsistentRead, out.Item)
	}
	return out, err
}

func (m *meter) BatchGetItem(ctx context.Context, in *dynamodb.BatchGetItemInput, o ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error) {
	out, err := m.Client.BatchGetItem(ctx, in, o...)
	if err == nil {
		for table, items := range out.Responses {
			for _, i := range items { // each by itself
				m.count(in.RequestItems[table].ConsistentRead, i)
				m.calls--
			}
		}
		m.calls++
	}
	return out, err
}

func (m *meter) Query(ctx context.Context, in *dynamodb.QueryInput, o ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	out, err := m.Client.Query(ctx, in, o...)
	if err == nil {
		m.count(in.ConsistentRead, out.Items...)
	}
	return out, err
}

func (m *meter) count(consistent *bool, items ...item) {
	size := 0
	for _, i := range items {
		size += dynamotest.SizeOf(&types.AttributeValueMemberM{Value: i})
	}
	units := float64(max(1, (size+4095)/4096))
	if !aws.ToBool(consistent) {
		units /= 2
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls++
	m.units += units
}

// cost is what one page takes.
type cost struct {
	calls int
	units float64
	took  time.Duration
}

// of is the quickest of some readings: the machine has more to do.
func (m *meter) of(t *testing.T, read func() error) (c cost) {
	t.Helper()
	for range 5 {
		m.calls, m.units = 0, 0
		start := time.Now()
		expectOK(t, read())
		if took := time.Since(start); c.took == 0 || took < c.took {
			c = cost{m.calls, m.units, took}
		}
	}
	return c
}

// A page of a list takes the same calls and units wherever it is, and however long the
// list is. With -rows 1000000 it prints the table of docs/scale.md.
func TestListsAreFlat(t *testing.T) {
	t.Parallel()
	const limit = 20
	pages := []string{"first", "middle", "last"}
	shortest := make(map[string]cost) // the dearest page of the shortest list
	var table strings.Builder
	for n := 100; n <= *rows; n *= 100 {
		db, err := embedded.Open(t.TempDir(), "t")
		expectOK(t, err)
		m := &meter{Client: db}
		store := dynamo.New(m, "t")
		account, places, few := history(t, store, n, id.Maker.Agent)
		owner, _, own := history(t, store, n, id.Maker.OwnAgent)
		services := func(account id.Account, p shop.Page) (int, error) {
			got, _, err := store.Services(t.Context(), account, p)
			return len(got), err
		}
		ofService := func(o objects) string { return string(o.service.ID) }
		for _, list := range []struct {
			name string
			read func(shop.Page) (int, error)
			at   func(objects) string
			from []objects
		}{
			{"purchases", func(p shop.Page) (int, error) {
				got, _, err := store.Purchases(t.Context(), account, p)
				return len(got), err
			}, func(o objects) string { return string(o.purchase.ID) }, places},
			{"services", func(p shop.Page) (int, error) { return services(account, p) }, ofService, places},
			{"services with a label", func(p shop.Page) (int, error) {
				p.Label = "ci"
				return services(account, p)
			}, ofService, few},
			{"services of an agent", func(p shop.Page) (int, error) {
				p.Agent = few[0].service.Agent
				return services(account, p)
			}, ofService, few},
			{"services of an agent that sees its own", func(p shop.Page) (int, error) {
				p.Agent = own[0].service.Agent
				return services(owner, p)
			}, ofService, own},
			{"services that are active", func(p shop.Page) (int, error) {
				p.Status = string(shop.ServiceActive)
				return services(account, p)
			}, ofService, places},
			{"services that have ended", func(p shop.Page) (int, error) {
				p.Status = string(shop.ServiceCanceled)
				return services(account, p)
			}, ofService, few},
			{"its own services that have ended", func(p shop.Page) (int, error) {
				p.Status = string(shop.ServiceCanceled)
				got, _, err := store.OwnServices(t.Context(), own[0].service.Agent, p)
				return len(got), err
			}, ofService, own},
			{"events", func(p shop.Page) (int, error) {
				got, _, err := store.Trail(t.Context(), account, shop.TrailFilter{}, p)
				return len(got), err
			}, func(o objects) string { return string(o.event.ID) }, places},
		} {
			fmt.Fprintf(&table, "| %s | %d |", list.name, n)
			for i, page := range pages {
				p := shop.Page{Limit: limit}
				if i > 0 {
					p.After = shop.Cursor(list.at(list.from[i-1]))
				}
				c := m.of(t, func() error {
					got, err := list.read(p)
					expectSame(t, fmt.Sprintf("objects on the %s page of %d %s", page, n, list.name), got, limit)
					return err
				})
				fmt.Fprintf(&table, " %.1f ms, %d, %.1f |", float64(c.took.Microseconds())/1000, c.calls, c.units)
				short := shortest[list.name]
				if n == 100 {
					shortest[list.name] = cost{calls: max(c.calls, short.calls), units: max(c.units, short.units)}
				} else if c.calls > short.calls || c.units > 2*short.units {
					t.Errorf("the %s page of %d %s takes %d calls and %.1f units, of 100 at most %d and %.1f", page, n, list.name, c.calls, c.units, short.calls, short.units)
				}
			}
			fmt.Fprintln(&table)
		}
		expectOK(t, db.Close())
	}
	t.Logf("time, calls and read units of a page of %d\n| list | rows | %s page |\n%s", limit, strings.Join(pages, " page | "), &table)
}

// history writes that many purchases, services and events of one account, and returns
// those before its middle page and before its last one. The services are active. Another
// hundred, wherever they are, have ended; they have a label, and an agent of their own: of
// these it returns as much. The identifiers are the same in each run, those of events too,
// which are random otherwise: they say how many of a page lie in each partition, and so how
// many calls it takes.
func history(t *testing.T, store *dynamo.Table, n int, agentOf func(id.Maker, id.Account) id.Agent) (account id.Account, places, few []objects) {
	t.Helper()
	const (
		together = 4  // of 18 rows each at most, in a transaction of 100 at most
		atOnce   = 32 // transactions, which share what waits for the disk
	)
	made := fixedIDs()
	account = newAgent().Account()
	like := fresh(made.Agent(account))
	like.service.Labels = nil
	like.service.Status, like.service.Listed = shop.ServiceActive, shop.ServiceActive
	seldom := agentOf(made, account)
	var commits sync.WaitGroup
	defer commits.Wait()
	slots := make(chan struct{}, atOnce)
	var batch []shop.Change
	for i := range n {
		o := like
		o.purchase.ID, o.service.ID, o.event.ID = made.Purchase(), made.Service(), id.Event("evt_"+made.ULID())
		// The pages are the newest first.
		if i == 20 || i == n/2 {
			places = append([]objects{o}, places...)
		}
		batch = append(batch, shop.Change{Purchase: &o.purchase, Services: []shop.Service{o.service}, Event: &o.event, At: now})
		if apart := n / 100; i%apart == 0 {
			o.service.ID = made.Service()
			o.service.Agent, o.service.Labels = seldom, []string{"ci"}
			o.service.Status, o.service.Listed = shop.ServiceCanceled, shop.ServiceCanceled
			batch = append(batch, shop.Change{Services: []shop.Service{o.service}, Labelings: labelings(o.service, o.service.Labels, false), At: now})
			if i == 20*apart || i == 50*apart {
				few = append([]objects{o}, few...)
			}
		}
		if len(batch) >= together || i == n-1 {
			slots <- struct{}{}
			change := shop.Change{Also: batch}
			commits.Go(func() {
				defer func() { <-slots }()
				if err := store.Commit(t.Context(), change); err != nil {
					t.Error(err)
				}
			})
			batch = nil
		}
	}
	return account, places, few
}

// A search reads the name of the edition, and the catalog itself only where that has
// changed.
func TestSearchIsFlat(t *testing.T) {
	t.Parallel()
	var table strings.Builder
	for _, n := range []int{10, 1000, 10_000} {
		m := &meter{Client: embedded.Memory("t")}
		store := dynamo.New(m, "t")
		_, err := store.Seed(t.Context(), bigCatalog(n))
		expectOK(t, err)
		s := &shop.Shop{Store: store}
		search := func() error {
			_, err := s.Search(t.Context(), shop.Search{Query: "memory", Page: shop.Page{Limit: 20}})
			return err
		}
		m.calls, m.units = 0, 0
		start := time.Now()
		expectOK(t, search())
		cold := cost{m.calls, m.units, time.Since(start)}
		warm := m.of(t, search)
		if warm.calls != 1 || warm.units > 0.5 {
			t.Errorf("a search in %d items takes %d calls and %.1f units", n, warm.calls, warm.units)
		}
		fmt.Fprintf(&table, "| search | %d | %.1f ms, %d, %.1f | %.1f ms, %d, %.1f |\n", n,
			float64(cold.took.Microseconds())/1000, cold.calls, cold.units, float64(warm.took.Microseconds())/1000, warm.calls, warm.units)
	}
	t.Logf("time, calls and read units\n| | items | the first in a process | each further one |\n%s", &table)
}
