package mock_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/pkg/product/server"
	"agentstore/pkg/provider/mock"
)

// fill makes servers up to that number of them.
func (p *provider) fill(t *testing.T, from, to int) (ips []string) {
	t.Helper()
	for i := from; i < to; i++ {
		machine, err := p.Create(t.Context(), spec(fmt.Sprint("svc_", i)))
		expectOK(t, err)
		ips = append(ips, machine.PublicIPv4)
	}
	return ips
}

// A create costs one reading and one writing, however many servers there are, and
// one more search in the life of a process.
func TestCreateCostsTheSame(t *testing.T) {
	t.Parallel()
	p := newProvider(0)
	made := 0
	for _, servers := range []int{10, 10_000} {
		p.fill(t, made, servers)
		made = servers
		before := *p.writes
		p.fill(t, made, made+100)
		made += 100
		expectSame(t, fmt.Sprint("reads at ", servers), p.writes.gets-before.gets, 100)
		expectSame(t, fmt.Sprint("writes at ", servers), p.writes.puts-before.puts, 100)

		other := p.restarted()
		other.fill(t, made, made+100)
		made += 100
		const search = 18 // the logarithm of the pool
		if gets, puts := other.writes.gets, other.writes.puts; gets > 101+search || puts > 101 {
			t.Errorf("at %d a new process has read %d times and written %d times for 100 servers", servers, gets, puts)
		}
		expectSame(t, "lists", p.writes.lists+other.writes.lists, 0)
	}
}

// The networks are used up one after the other. Every address that a host may have
// is given once, and then the provider says that there are no more.
func TestAddressesRunOut(t *testing.T) {
	t.Parallel()
	p := newProvider(0)
	networks := []struct {
		prefix string
		hosts  int
		firsts []string
	}{
		{"198.51.100.0/24", 254, []string{"198.51.100.42", "198.51.100.43"}},
		{"203.0.113.0/24", 254, []string{"203.0.113.42", "203.0.113.43"}},
		{"192.0.2.0/24", 254, []string{"192.0.2.42", "192.0.2.43"}},
		{"198.18.0.0/15", 131_070, []string{"198.18.0.42", "198.18.0.43"}},
	}
	given := make(map[string]bool)
	for _, n := range networks {
		ips := p.fill(t, len(given), len(given)+n.hosts)
		expectSame(t, "the first of "+n.prefix, ips[:2], n.firsts)
		prefix := netip.MustParsePrefix(n.prefix)
		for _, text := range ips {
			ip := netip.MustParseAddr(text)
			switch {
			case !prefix.Contains(ip) || ip == prefix.Addr() || !prefix.Contains(ip.Next()):
				t.Fatalf("%s is not the address of a host in %s", ip, prefix)
			case given[text]:
				t.Fatalf("%s was given twice", ip)
			}
			given[text] = true
		}
	}

	_, err := p.Create(t.Context(), spec("svc_one_more"))
	expectSame(t, "one more", fmt.Sprint(err),
		"mock: no address is left in 198.51.100.0/24, 203.0.113.0/24, 192.0.2.0/24 and 198.18.0.0/15")
	first, err := p.Create(t.Context(), spec("svc_0"))
	expectOK(t, err)
	expectSame(t, "the first server", first.PublicIPv4, "198.51.100.42")

	expectOK(t, p.Delete(t.Context(), server.Ref{Label: "svc_1000"}))
	expectSame(t, "after a delete", len(p.fill(t, 1000, 1001)), 1)

	// Another process does not know which came back, and finds one of many.
	for i := range len(given) / 5 {
		expectOK(t, p.Delete(t.Context(), server.Ref{Label: server.Label(fmt.Sprint("svc_", i))}))
	}
	other := p.restarted()
	expectSame(t, "the first of a new process", other.fill(t, 0, 1), []string{"198.51.100.42"})
	other.fill(t, 1, 1000)
	if per := other.writes.puts / 1000; per > 6 {
		t.Errorf("%d writes for each server at four fifths", per)
	}
}

// What a server had is given to another, and a process that starts finds what
// is free.
func TestAddressesComeBack(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		documents := onTable(t, engine)
		p := &mock.Provider{Documents: documents, Now: time.Now}
		create := func(p *mock.Provider, label string) string {
			machine, err := p.Create(t.Context(), spec(label))
			expectOK(t, err)
			return machine.PublicIPv4
		}
		for _, label := range []string{"svc_a", "svc_b", "svc_c"} {
			create(p, label)
		}
		expectOK(t, p.Delete(t.Context(), server.Ref{Label: "svc_b"}))
		if err := p.Delete(t.Context(), server.Ref{Label: "svc_b"}); !errors.Is(err, server.ErrNoMachine) {
			t.Errorf("deleted again: %v", err)
		}
		expectSame(t, "the next", create(p, "svc_d"), "198.51.100.43")
		expectSame(t, "and the next", create(p, "svc_e"), "198.51.100.45")

		expectOK(t, p.Delete(t.Context(), server.Ref{Label: "svc_a"}))
		other := &mock.Provider{Documents: documents, Now: time.Now}
		expectSame(t, "the first of a new process", create(other, "svc_f"), "198.51.100.42")
		expectSame(t, "its second", create(other, "svc_g"), "198.51.100.46")

		var labels []server.Label
		expectOK(t, p.List(t.Context(), func(l server.Listed) error {
			labels = append(labels, l.Label)
			return nil
		}))
		expectSame(t, "servers", labels, []server.Label{"svc_c", "svc_d", "svc_e", "svc_f", "svc_g"})
	})
}

// Processes that know nothing of each other give no address twice.
func TestAddressesOfManyProcesses(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		documents := onTable(t, engine)
		var processes []*mock.Provider
		for range 4 {
			processes = append(processes, &mock.Provider{Documents: documents, Now: time.Now})
		}
		servers := createAtOnceBy(t, 32, func(i int) string { return fmt.Sprint("svc_", i) }, processes...)
		expectSame(t, "addresses", len(servers), 32)
		expectSame(t, "servers at the first", servers["198.51.100.42"], 1)
	})
}

// late is a state whose Remove comes when something else has happened.
type late struct {
	mock.Documents
	before func()
}

func (l late) Remove(ctx context.Context, documents ...mock.Document) error {
	l.before()
	return l.Documents.Remove(ctx, documents...)
}

// A delete that was held up takes no address from its next owner.
func TestLateDelete(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		documents := onTable(t, engine)
		p := &mock.Provider{Documents: documents, Now: time.Now}
		_, err := p.Create(t.Context(), spec("svc_a"))
		expectOK(t, err)
		slow := &mock.Provider{Now: time.Now, Documents: late{documents, func() {
			expectOK(t, p.Delete(t.Context(), server.Ref{Label: "svc_a"}))
			next, err := p.Create(t.Context(), spec("svc_b"))
			expectOK(t, err)
			expectSame(t, "the next", next.PublicIPv4, "198.51.100.42")
		}}}
		if err := slow.Delete(t.Context(), server.Ref{Label: "svc_a"}); !errors.Is(err, mock.ErrConflict) {
			t.Errorf("the late delete: %v", err)
		}
		owned := false
		expectOK(t, documents.Each(t.Context(), "address/", func(d mock.Document) error {
			owned = owned || string(d.Body) == "svc_b"
			return nil
		}))
		if !owned {
			t.Error("the address has no owner")
		}
	})
}
