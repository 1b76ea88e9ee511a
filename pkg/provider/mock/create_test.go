package mock_test

import (
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"time"

	"agentstore/pkg/dynamo/dynamotest"
	"agentstore/pkg/product/server"
	"agentstore/pkg/provider/mock"
)

// Whoever asks again for a server gets the one that is there.
func TestCreateIsRepeatable(t *testing.T) {
	t.Parallel()
	p := newProvider(0)
	for range 2 {
		expectSame(t, "machine", p.create(t), server.Machine{PublicIPv4: "198.51.100.42"})
	}
	expectSame(t, "writes", p.writes.puts, 1)
	other, err := p.Create(t.Context(), spec("svc_b"))
	expectOK(t, err)
	expectSame(t, "another machine", other, server.Machine{PublicIPv4: "198.51.100.43"})
}

// So do all who ask at once.
func TestCreateIsRepeatableAtOnce(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		servers := createAtOnce(t, onTable(t, engine), 32, func(int) string { return "svc_a" })
		expectSame(t, "servers by address", servers, map[string]int{"198.51.100.42": 32})
	})
}

func TestAddressesAreUnique(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		servers := createAtOnce(t, onTable(t, engine), 32, func(i int) string { return fmt.Sprint("svc_", i) })
		expectSame(t, "addresses", len(servers), 32)
		expectSame(t, "servers at the first", servers["198.51.100.42"], 1)
	})
}

// createAtOnce makes n servers at the same time and counts those of each address.
func createAtOnce(t *testing.T, documents mock.Documents, n int, label func(int) string) map[string]int {
	t.Helper()
	p := &mock.Provider{Documents: documents, Now: time.Now}
	var (
		mu      sync.Mutex
		servers = make(map[string]int)
		done    sync.WaitGroup
	)
	for i := range n {
		done.Go(func() {
			machine, err := p.Create(t.Context(), spec(label(i)))
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			servers[machine.PublicIPv4]++
		})
	}
	done.Wait()
	return servers
}

// Every address of the range that a host may have is given once, and then the
// provider says that there are no more.
func TestAddressesRunOut(t *testing.T) {
	t.Parallel()
	const hosts = 254
	p := newProvider(0)
	given := make(map[string]bool)
	for i := range hosts {
		machine, err := p.Create(t.Context(), spec(fmt.Sprint("svc_", i)))
		expectOK(t, err)
		given[machine.PublicIPv4] = true
	}
	expectSame(t, "addresses", len(given), hosts)
	broadcast := netip.MustParseAddr("198.51.100.255")
	for host := netip.MustParseAddr("198.51.100.1"); host != broadcast; host = host.Next() {
		if !given[host.String()] {
			t.Errorf("%v was not given", host)
		}
	}

	_, err := p.Create(t.Context(), spec("svc_one_more"))
	expectSame(t, "one more", fmt.Sprint(err), "mock: every address of 198.51.100.0/24 is taken")
	first, err := p.Create(t.Context(), spec("svc_0"))
	expectOK(t, err)
	expectSame(t, "the first server", first.PublicIPv4, "198.51.100.42")
}
