package mock_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agentstore"
	"agentstore/internal/test/dynamotest"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/dynamo/setup"
	"agentstore/pkg/product/server"
	"agentstore/pkg/provider/mock"
	"agentstore/pkg/template"
)

var _ server.Provider = (*mock.Provider)(nil)

// provider is a mock with a clock that a test moves, and a count of its calls.
type provider struct {
	*mock.Provider
	now    time.Time
	writes *counted
}

// restarted is the provider as another process has it.
func (p *provider) restarted() *provider {
	other := &provider{now: p.now, writes: &counted{Documents: p.writes.Documents}}
	other.Provider = &mock.Provider{Documents: other.writes, Now: func() time.Time { return other.now }}
	return other
}

// counted counts the calls of a state.
type counted struct {
	mock.Documents
	gets, lists, puts int
}

func (c *counted) Get(ctx context.Context, key string) (mock.Document, error) {
	c.gets++
	return c.Documents.Get(ctx, key)
}

func (c *counted) Each(ctx context.Context, prefix string, see func(mock.Document) error) error {
	c.lists++
	return c.Documents.Each(ctx, prefix, see)
}

func (c *counted) Put(ctx context.Context, documents ...mock.Document) error {
	c.puts++
	return c.Documents.Put(ctx, documents...)
}

// memory is the simplest state that there can be.
type memory map[string]mock.Document

func (m memory) Get(_ context.Context, key string) (mock.Document, error) {
	document := m[key]
	document.Key = key
	return document, nil
}

func (m memory) Each(_ context.Context, prefix string, see func(mock.Document) error) error {
	for key, document := range m {
		if !strings.HasPrefix(key, prefix) {
			continue
		}
		if err := see(document); err != nil {
			return err
		}
	}
	return nil
}

func (m memory) Remove(_ context.Context, documents ...mock.Document) error {
	for _, document := range documents {
		if document.Version != m[document.Key].Version {
			return mock.ErrConflict
		}
	}
	for _, document := range documents {
		delete(m, document.Key)
	}
	return nil
}

func (m memory) Put(_ context.Context, documents ...mock.Document) error {
	for _, document := range documents {
		if document.Version != m[document.Key].Version+1 {
			return mock.ErrConflict
		}
	}
	for _, document := range documents {
		m[document.Key] = document
	}
	return nil
}

// onTable keeps the mock's state in a new table.
func onTable(t *testing.T, engine dynamotest.Engine) mock.Documents {
	t.Helper()
	parsed, err := template.Parse(agentstore.Template)
	expectOK(t, err)
	name := dynamotest.TableName(t)
	_, err = setup.CreateTable(t.Context(), engine.Client, name, parsed.Table)
	expectOK(t, err)
	return dynamo.Documents{Table: dynamo.New(engine.Client, name)}
}

func newProvider(latency time.Duration) *provider {
	p := &provider{
		now:    time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC),
		writes: &counted{Documents: make(memory)},
	}
	p.Provider = &mock.Provider{Documents: p.writes, Now: func() time.Time { return p.now }, Latency: latency}
	return p
}

func spec(label string) server.Spec {
	return server.Spec{Label: server.Label(label), Hostname: "web", Region: "eu-west", Image: "debian-12", Plan: "cat_vps_micro"}
}

// create makes the server svc_a.
func (p *provider) create(t *testing.T) server.Machine {
	t.Helper()
	machine, err := p.Create(t.Context(), spec("svc_a"))
	expectOK(t, err)
	return machine
}

// action is a call about a server that is there.
type action func(ctx context.Context, p *provider, label server.Label, token string) (server.Machine, error)

func actions() map[string]action {
	return map[string]action{
		"restart": func(ctx context.Context, p *provider, label server.Label, token string) (server.Machine, error) {
			return p.Do(ctx, server.Ref{Label: label}, server.Doing{Action: "restart", Token: token})
		},
		"reinstall": func(ctx context.Context, p *provider, label server.Label, token string) (server.Machine, error) {
			return p.Do(ctx, server.Ref{Label: label}, server.Doing{Action: "reinstall", Token: token, Input: json.RawMessage(`{"image":"ubuntu-24.04"}`)})
		},
		"firewall_set": func(ctx context.Context, p *provider, label server.Label, token string) (server.Machine, error) {
			return p.Do(ctx, server.Ref{Label: label}, server.Doing{Action: "firewall_set", Token: token, Input: json.RawMessage(`{"rules":[]}`)})
		},
	}
}

// call is any call about the server svc_a, and what must be there before it.
type call struct {
	do     func(context.Context, *provider) (server.Machine, error)
	before func(*testing.T, *provider)
}

func calls() map[string]call {
	calls := map[string]call{"create": {
		do:     func(ctx context.Context, p *provider) (server.Machine, error) { return p.Create(ctx, spec("svc_a")) },
		before: func(*testing.T, *provider) {},
	}}
	for name, act := range actions() {
		calls[name] = call{
			do:     func(ctx context.Context, p *provider) (server.Machine, error) { return act(ctx, p, "svc_a", "job_1") },
			before: func(t *testing.T, p *provider) { p.create(t) },
		}
	}
	return calls
}

func expectOK(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func expectSame(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
