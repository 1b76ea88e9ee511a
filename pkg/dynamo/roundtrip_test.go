package dynamo_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"agentstore/pkg/dynamo"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// The table is what the shop and its worker ask for.
var (
	_ shop.Store       = (*dynamo.Table)(nil)
	_ shop.JobStore    = (*dynamo.Table)(nil)
	_ shop.PeopleStore = (*dynamo.Table)(nil)
)

// kind is how an object of one type is read.
type kind struct {
	name string
	// read reads the object under another agent: that of the objects, or a stranger.
	read func(ctx context.Context, t *dynamo.Table, o objects, as id.Agent) (any, error)
	want func(objects) any
}

func kinds() []kind {
	return []kind{
		{"record", func(ctx context.Context, t *dynamo.Table, o objects, as id.Agent) (any, error) {
			key := o.record.RecordKey
			key.Agent = as
			return t.Record(ctx, key)
		}, func(o objects) any { return o.record }},
		{"confirmation", func(ctx context.Context, t *dynamo.Table, o objects, as id.Agent) (any, error) {
			return t.Confirmation(ctx, as.Account(), o.confirmation.Hash)
		}, func(o objects) any { return o.confirmation }},
		{"quote", func(ctx context.Context, t *dynamo.Table, o objects, as id.Agent) (any, error) {
			return t.Quote(ctx, as.Account(), o.quote.ID)
		}, func(o objects) any { return o.quote }},
		{"purchase", func(ctx context.Context, t *dynamo.Table, o objects, as id.Agent) (any, error) {
			return t.Purchase(ctx, as.Account(), o.purchase.ID)
		}, func(o objects) any { return o.purchase }},
		{"service", func(ctx context.Context, t *dynamo.Table, o objects, as id.Agent) (any, error) {
			return t.Service(ctx, as.Account(), o.service.ID)
		}, func(o objects) any { return o.service }},
		{"personal", func(ctx context.Context, t *dynamo.Table, o objects, as id.Agent) (any, error) {
			return t.Personal(ctx, as.Account(), o.personal.ID)
		}, func(o objects) any { return o.personal }},
		{"job", func(ctx context.Context, t *dynamo.Table, o objects, as id.Agent) (any, error) {
			return t.Job(ctx, shop.JobRef{Account: as.Account(), Job: o.job.ID})
		}, func(o objects) any { return o.job }},
		{"cancellation", func(ctx context.Context, t *dynamo.Table, o objects, as id.Agent) (any, error) {
			return t.ManyCancellation(ctx, as.Account(), o.many.ID)
		}, func(o objects) any { return o.many }},
		{"account", func(ctx context.Context, t *dynamo.Table, _ objects, as id.Agent) (any, error) {
			return t.Account(ctx, as.Account())
		}, func(o objects) any { return o.account }},
		{"agent", func(ctx context.Context, t *dynamo.Table, _ objects, as id.Agent) (any, error) {
			return t.Agent(ctx, as)
		}, func(o objects) any { return o.agent }},
		{"approval", func(ctx context.Context, t *dynamo.Table, o objects, as id.Agent) (any, error) {
			return t.Approval(ctx, as.Account(), o.approval.ID)
		}, func(o objects) any { return o.approval }},
		{"waiting", func(ctx context.Context, t *dynamo.Table, _ objects, as id.Agent) (any, error) {
			return t.Waiting(ctx, as.Account(), as)
		}, func(o objects) any { return o.waiting }},
		{"sshkeys", func(ctx context.Context, t *dynamo.Table, _ objects, as id.Agent) (any, error) {
			return t.SSHKeys(ctx, as.Account())
		}, func(o objects) any { return o.sshKeys }},
		{"budget of the account", func(ctx context.Context, t *dynamo.Table, _ objects, as id.Agent) (any, error) {
			return t.Budget(ctx, as.Account(), "")
		}, func(o objects) any { return o.budget }},
		{"budget of the agent", func(ctx context.Context, t *dynamo.Table, _ objects, as id.Agent) (any, error) {
			return t.Budget(ctx, as.Account(), as)
		}, func(o objects) any { return o.allowance }},
		{"member", func(ctx context.Context, t *dynamo.Table, o objects, as id.Agent) (any, error) {
			return t.Member(ctx, as.Account(), o.member.Person)
		}, func(o objects) any { return o.member }},
	}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		for name, build := range map[string]func(id.Agent) objects{"full": full, "least": least, "fresh": fresh} {
			agent := newAgent()
			o := build(agent)
			s.commit(t, o.change())
			for _, kind := range kinds() {
				got, err := kind.read(t.Context(), s.Table, o, agent)
				expectOK(t, err)
				expectSame(t, name+" "+kind.name, got, kind.want(o))
			}
		}
	})
}

// Lists and bodies that are empty rather than absent are left out of items:
// onEach looks into them.
func TestEmptyIsAbsent(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		o := least(newAgent())
		want := o.quote
		o.record.Body = []byte{}
		o.quote.Offer.Item.Terms = []shop.Term{}
		o.quote.Offer.Price.Lines = []shop.Line{}
		o.purchase.Services = []shop.ServiceRef{}
		o.service.Protection = []shop.ActionName{}
		o.service.State.JSON = json.RawMessage{}
		o.job.Intent.Input = json.RawMessage{}
		o.approval.Intent.Input = json.RawMessage{}
		o.budget.Spending.Sums = []shop.Sum{}
		o.budget.Policy = shop.Policy{
			Limits: []shop.Limit{}, Categories: []string{}, Items: []id.Item{}, Choices: []shop.ChoiceLimit{}, Months: []int{},
			Hours: &shop.Hours{Days: []time.Weekday{}},
		}
		o.credential.Scopes = []shop.Scope{}
		o.credential.SecretHash = []byte{}
		item := shop.Item{ID: "cat_x", Terms: []shop.Term{}, Plan: shop.Data{JSON: json.RawMessage{}}}
		s.commit(t, o.change())
		expectOK(t, s.PutCredential(t.Context(), o.credential))
		_, err := s.Seed(t.Context(), shop.Catalog{Items: []shop.Item{item}})
		expectOK(t, err)

		got, err := s.Quote(t.Context(), want.Account, want.ID)
		expectOK(t, err)
		expectSame(t, "quote", got, want)
	})
}

func TestLists(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		o, other := full(newAgent()), full(newAgent())
		s.commit(t, o.change(), other.change())
		page := shop.Page{Limit: shop.MaxPage}

		purchases, next, err := s.Purchases(t.Context(), o.purchase.Account, page)
		expectOK(t, err)
		expectSame(t, "purchases", purchases, []shop.Purchase{o.purchase})
		expectSame(t, "their cursor", next, shop.Cursor(""))

		services, next, err := s.Services(t.Context(), o.service.Account, page)
		expectOK(t, err)
		expectSame(t, "services", services, []shop.Service{o.service})
		expectSame(t, "their cursor", next, shop.Cursor(""))

		approvals, next, err := s.Approvals(t.Context(), o.approval.Account, page)
		expectOK(t, err)
		expectSame(t, "approvals", approvals, []shop.Approval{o.approval})
		expectSame(t, "their cursor", next, shop.Cursor(""))

		events, next, err := s.Trail(t.Context(), o.event.Account, shop.TrailFilter{}, page)
		expectOK(t, err)
		expectSame(t, "events", events, []shop.Event{o.event})
		expectSame(t, "their cursor", next, shop.Cursor(""))
	})
}

func TestNotFound(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		agent, stranger := newAgent(), newAgent()
		o := full(agent)
		for _, kind := range kinds() {
			_, err := kind.read(t.Context(), s.Table, o, agent)
			expectError(t, kind.name+" that is not there", err, shop.ErrNotFound)
		}
		s.commit(t, o.change())
		for _, kind := range kinds() {
			_, err := kind.read(t.Context(), s.Table, o, stranger)
			expectError(t, kind.name+" of another account", err, shop.ErrNotFound)
		}
		_, err := s.Item(t.Context(), "cat_vps_micro")
		expectError(t, "item that is not there", err, shop.ErrNotFound)
	})
}

// A record is one agent's, and one operation's.
func TestRecordOfAnother(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		agent := newAgent()
		o := full(agent)
		s.commit(t, o.change())
		colleague := newID(func(m id.Maker) id.Agent { return m.Agent(agent.Account()) })
		for name, change := range map[string]func(*shop.RecordKey){
			"agent":     func(k *shop.RecordKey) { k.Agent = colleague },
			"operation": func(k *shop.RecordKey) { k.Operation = "quote_create" },
			"key":       func(k *shop.RecordKey) { k.Key += " " },
		} {
			key := o.record.RecordKey
			change(&key)
			_, err := s.Record(t.Context(), key)
			expectError(t, "another "+name, err, shop.ErrNotFound)
		}
	})
}

// A time comes back in UTC and in whole milliseconds, whatever was given.
func TestTimes(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		o := fresh(newAgent())
		given := time.Date(2026, 2, 28, 23, 59, 59, 999_999_999, time.FixedZone("", 3600))
		o.quote.ExpiresAt = given
		s.commit(t, o.change())
		got, err := s.Quote(t.Context(), o.quote.Account, o.quote.ID)
		expectOK(t, err)
		expectSame(t, "time", got.ExpiresAt, given.UTC().Truncate(time.Millisecond))
	})
}
