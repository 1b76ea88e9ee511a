package dynamo

import (
	"context"
	"slices"
	"strings"
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

type serviceRow struct {
	head
	// The index has a service that lives, or has ended and is not forgotten yet, with what happens with it next.
	LivePK        string      `dynamodbav:"GSI1PK,omitempty"`
	LiveSK        string      `dynamodbav:"GSI1SK,omitempty"`
	ID            string      `dynamodbav:"id"`
	Account       string      `dynamodbav:"account"`
	Agent         string      `dynamodbav:"agent"`
	Purchase      string      `dynamodbav:"purchase"`
	Item          string      `dynamodbav:"item"`
	Exchanged     string      `dynamodbav:"exchanged,omitempty"`
	ServiceType   string      `dynamodbav:"serviceType"`
	DisplayName   string      `dynamodbav:"displayName"`
	Status        string      `dynamodbav:"status"`
	Configuration string      `dynamodbav:"configuration,omitempty"` // JSON
	Personal      string      `dynamodbav:"personal,omitempty"`
	State         string      `dynamodbav:"state,omitempty"` // JSON
	Provider      string      `dynamodbav:"provider,omitempty"`
	Resource      string      `dynamodbav:"resource,omitempty"`
	Operation     string      `dynamodbav:"operation,omitempty"`
	Protection    []string    `dynamodbav:"protection,omitempty"`
	Current       *currentRow `dynamodbav:"current,omitempty"`
	Failure       string      `dynamodbav:"failure,omitempty"`
	RenewalMinor  int64       `dynamodbav:"renewalMinor"`
	Currency      string      `dynamodbav:"currency"`
	RenewsAt      millis      `dynamodbav:"renewsAt"` // PaidUntil of the bill
	Bill          *billRow    `dynamodbav:"bill,omitempty"`
	Lease         *leaseRow   `dynamodbav:"lease,omitempty"`
	End           *endRow     `dynamodbav:"end,omitempty"`
	Labels        []string    `dynamodbav:"labels,omitempty"`
	Listed        bool        `dynamodbav:"l,omitempty"` // its status has its row; a short name, for the row is written with each action
	CreatedAt     millis      `dynamodbav:"createdAt"`
	UpdatedAt     millis      `dynamodbav:"updatedAt"`
}

// currentRow is the action in progress. Its own item has version 1 while it runs.
type currentRow struct {
	ID        string `dynamodbav:"id"`
	Type      string `dynamodbav:"type"`
	Input     string `dynamodbav:"input,omitempty"` // JSON
	StartedAt millis `dynamodbav:"startedAt"`
	Purchase  string `dynamodbav:"purchase,omitempty"`
	Percent   int    `dynamodbav:"percent,omitempty"`
	Until     millis `dynamodbav:"until,omitempty"`
}

// Service reads one service.
func (t *Table) Service(ctx context.Context, account id.Account, serviceID id.Service) (shop.Service, error) {
	row, err := get[serviceRow](ctx, t, serviceKey(account, serviceID))
	return row.domain(), err
}

// Services lists the services of an account.
func (t *Table) Services(ctx context.Context, account id.Account, p shop.Page) ([]shop.Service, shop.Cursor, error) {
	switch {
	case p.Agent.SeesOwn() && p.Agent.Account() == account:
		return t.OwnServices(ctx, p.Agent, p)
	case p.Label != "":
		return t.labelled(ctx, account, labelledBy("", p.Label), p)
	case p.Agent != "" && t.spread.includes(account):
		return t.labelled(ctx, account, labelledBy(p.Agent, ""), p)
	case t.spread.inRange(account, shop.ServiceStatus(p.Status)):
		return t.servicesWithStatus(ctx, account, "", p)
	default:
		return t.servicesUnder(ctx, account, servicePrefix, p)
	}
}

// servicesUnder lists the services under a prefix, as far as the page wants them.
func (t *Table) servicesUnder(ctx context.Context, account id.Account, prefix string, p shop.Page) ([]shop.Service, shop.Cursor, error) {
	if p.Status == "" && p.Agent == "" && p.Match == nil {
		return list(ctx, t, accountPartition(account), prefix, p, serviceRow.domain)
	}
	return sift(ctx, t, accountPartition(account), prefix, p, serviceRow.domain, sieve[shop.Service]{wants: p.WantsService})
}

// LiveServices nominates the services that a provider has.
func (t *Table) LiveServices(ctx context.Context) ([]shop.ServiceKey, error) {
	keys, err := t.index(ctx, liveIndexPrefix, everything, 0)
	return serviceKeys(keys), err
}

// DueServices nominates at most duePage services of each shard with which something is to
// happen, the longest due first: those that a provider has, and those that need none.
func (t *Table) DueServices(ctx context.Context, now time.Time) ([]shop.ServiceKey, error) {
	var found [2][]key
	prefixes := []string{liveIndexPrefix, lifeIndexPrefix}
	err := sideBySide(len(prefixes), func(n int) (err error) {
		found[n], err = t.index(ctx, prefixes[n], dueSort(now)+"$", duePage)
		return err
	})
	return serviceKeys(slices.Concat(found[:]...)), err
}

// UnscheduledServices nominates the services that live and have no schedule, because an
// earlier version of the store has written them: the index has them by their ids alone.
func (t *Table) UnscheduledServices(ctx context.Context) ([]shop.ServiceKey, error) {
	keys, err := t.indexFrom(ctx, liveIndexPrefix, "svc_", everything, duePage)
	return serviceKeys(keys), err
}

func serviceKeys(keys []key) []shop.ServiceKey {
	services := make([]shop.ServiceKey, len(keys))
	for i, k := range keys {
		account, _ := accountOf(k.PK)
		services[i] = shop.ServiceKey{Account: account, Service: id.Service(strings.TrimPrefix(k.SK, servicePrefix))}
	}
	return services
}

// dueAt is when something happens next, which the index is sorted by.
func (r serviceRow) dueAt() time.Time {
	due, _, has := strings.Cut(r.LiveSK, "#")
	if !has {
		return time.Time{}
	}
	at, _ := time.Parse(dueLayout, due) // as it was written
	return at
}

// lifeKey is where the index has a service that lives, or has ended and is due once more;
// nowhere is empty. One that has ended needs no provider.
func lifeKey(s shop.Service) (partition, sort string) {
	ended := s.Status.Ended() && !s.DueAt.IsZero()
	if !s.Status.Lives() && !ended {
		return "", ""
	}
	sort = string(s.ID)
	if !s.DueAt.IsZero() {
		sort = dueSort(s.DueAt) + "#" + sort
	}
	if s.Resource.Provider == "" || ended {
		return shardOf(lifeIndexPrefix, string(s.ID)), sort
	}
	return shardOf(liveIndexPrefix, string(s.ID)), sort
}

func storedService(s shop.Service) serviceRow {
	row := serviceRow{
		head: newHead(serviceKey(s.Account, s.ID), "service", s.Version),
		ID:   string(s.ID), Account: string(s.Account), Agent: string(s.Agent),
		Purchase: string(s.Purchase), Item: string(s.Item), Exchanged: string(s.Exchanged), ServiceType: s.ServiceType,
		DisplayName: s.DisplayName, Status: string(s.Status), Configuration: string(s.Configuration),
		Personal: string(s.Personal), State: storedData(s.State),
		Provider: s.Resource.Provider, Resource: s.Resource.ID, Operation: s.Resource.Operation,
		Protection: texts[string](s.Protection), Failure: s.Failure,
		RenewalMinor: s.Bill.Renewal.Minor, Currency: string(s.Bill.Renewal.Currency), RenewsAt: toMillis(s.Bill.PaidUntil),
		Bill: storedBill(s), Lease: storedLease(s.Lease), End: storedEnd(s.End), Labels: s.Labels, Listed: true,
		CreatedAt: toMillis(s.CreatedAt), UpdatedAt: toMillis(s.UpdatedAt),
	}
	row.LivePK, row.LiveSK = lifeKey(s)
	if s.Current != nil {
		row.Current = storedCurrent(*s.Current)
	}
	return row
}

func storedCurrent(a shop.Action) *currentRow {
	return &currentRow{
		ID: string(a.ID), Type: string(a.Intent.Action), Input: string(a.Intent.Input), StartedAt: toMillis(a.StartedAt),
		Purchase: string(a.Purchase), Percent: a.Percent, Until: toMillis(a.Until),
	}
}

func (r serviceRow) domain() shop.Service {
	s := shop.Service{
		ID: id.Service(r.ID), Account: id.Account(r.Account), Agent: id.Agent(r.Agent), Version: r.Version,
		Purchase: id.Purchase(r.Purchase), Item: id.Item(r.Item), Exchanged: id.Purchase(r.Exchanged), ServiceType: r.ServiceType,
		DisplayName: r.DisplayName, Status: shop.ServiceStatus(r.Status), Configuration: []byte(r.Configuration),
		Personal: id.Personal(r.Personal), State: dataOf(r.State), Resource: shop.Resource{Provider: r.Provider, ID: r.Resource, Operation: r.Operation},
		Protection: texts[shop.ActionName](r.Protection), Failure: r.Failure,
		Bill: r.bill(), Lease: r.Lease.domain(), DueAt: r.dueAt(), End: r.End.domain(), Labels: r.Labels,
		CreatedAt: r.CreatedAt.time(), UpdatedAt: r.UpdatedAt.time(),
	}
	if r.Listed {
		s.Listed, s.Foretold = s.Status, s.Outlook()
	}
	if r.Current != nil {
		s.Current = &shop.Action{
			ID: id.Action(r.Current.ID), Account: s.Account, Service: s.ID, Version: 1,
			Intent: intentOf(r.Current.Type, r.Current.Input), Status: shop.ActionRunning,
			StartedAt: r.Current.StartedAt.time(), Purchase: id.Purchase(r.Current.Purchase),
			Percent: r.Current.Percent, Until: r.Current.Until.time(),
		}
	}
	return s
}
