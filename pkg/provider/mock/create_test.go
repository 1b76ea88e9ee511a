package mock_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/pkg/product/server"
	"agentstore/pkg/provider/mock"
)

// Whoever asks again for a server gets the one that is there.
func TestCreateIsRepeatable(t *testing.T) {
	t.Parallel()
	p := newProvider(0)
	for range 2 {
		expectSame(t, "machine", p.create(t), server.Machine{ID: "198.51.100.42", PublicIPv4: "198.51.100.42"})
	}
	expectSame(t, "writes", p.writes.puts, 1)
	other, err := p.Create(t.Context(), spec("svc_b"))
	expectOK(t, err)
	expectSame(t, "another machine", other, server.Machine{ID: "198.51.100.43", PublicIPv4: "198.51.100.43"})
}

// So do all who ask at once.
func TestCreateIsRepeatableAtOnce(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		documents := onTable(t, engine)
		servers := createAtOnce(t, documents, 32, func(int) string { return "svc_a" })
		expectSame(t, "addresses", len(servers), 1)
		owned := 0
		expectOK(t, documents.Each(t.Context(), "address/", func(mock.Document) error {
			owned++
			return nil
		}))
		expectSame(t, "addresses with an owner", owned, 1)
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
	return createAtOnceBy(t, n, label, &mock.Provider{Documents: documents, Now: time.Now})
}

// createAtOnceBy has the providers make them in turn.
func createAtOnceBy(t *testing.T, n int, label func(int) string, providers ...*mock.Provider) map[string]int {
	t.Helper()
	var (
		mu      sync.Mutex
		servers = make(map[string]int)
		done    sync.WaitGroup
	)
	for i := range n {
		done.Go(func() {
			machine, err := providers[i%len(providers)].Create(t.Context(), spec(label(i)))
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
