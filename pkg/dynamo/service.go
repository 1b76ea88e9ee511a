package dynamo

import (
	"context"
	"strings"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

type serviceRow struct {
	head
	LivePK        string      `dynamodbav:"GSI1PK,omitempty"`
	LiveSK        string      `dynamodbav:"GSI1SK,omitempty"`
	ID            string      `dynamodbav:"id"`
	Account       string      `dynamodbav:"account"`
	Agent         string      `dynamodbav:"agent"`
	Purchase      string      `dynamodbav:"purchase"`
	Item          string      `dynamodbav:"item"`
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
	RenewsAt      millis      `dynamodbav:"renewsAt"`
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
}

// Service reads one service.
func (t *Table) Service(ctx context.Context, account id.Account, serviceID id.Service) (shop.Service, error) {
	row, err := get[serviceRow](ctx, t, serviceKey(account, serviceID))
	return row.domain(), err
}

// Services lists the services of an account.
func (t *Table) Services(ctx context.Context, account id.Account, p shop.Page) ([]shop.Service, shop.Cursor, error) {
	return withStatus(ctx, t, accountPartition(account), servicePrefix, p, serviceRow.domain, serviceStatus)
}

func serviceStatus(s shop.Service) shop.ServiceStatus { return s.Status }

// LiveServices nominates the services that are active.
func (t *Table) LiveServices(ctx context.Context) ([]shop.ServiceKey, error) {
	keys, err := t.index(ctx, liveIndexPrefix, everything, 0)
	services := make([]shop.ServiceKey, len(keys))
	for i, k := range keys {
		account, _ := accountOf(k.PK)
		services[i] = shop.ServiceKey{Account: account, Service: id.Service(strings.TrimPrefix(k.SK, servicePrefix))}
	}
	return services, err
}

func storedService(s shop.Service) serviceRow {
	row := serviceRow{
		head: newHead(serviceKey(s.Account, s.ID), "service", s.Version),
		ID:   string(s.ID), Account: string(s.Account), Agent: string(s.Agent),
		Purchase: string(s.Purchase), Item: string(s.Item), ServiceType: s.ServiceType,
		DisplayName: s.DisplayName, Status: string(s.Status), Configuration: string(s.Configuration),
		Personal: string(s.Personal), State: storedData(s.State),
		Provider: s.Resource.Provider, Resource: s.Resource.ID, Operation: s.Resource.Operation,
		Protection: texts[string](s.Protection), Failure: s.Failure,
		RenewalMinor: s.Renewal.Minor, Currency: string(s.Renewal.Currency), RenewsAt: toMillis(s.RenewsAt),
		CreatedAt: toMillis(s.CreatedAt), UpdatedAt: toMillis(s.UpdatedAt),
	}
	if s.Status == shop.ServiceActive && s.Resource.Provider != "" {
		row.LivePK, row.LiveSK = shardOf(liveIndexPrefix, string(s.ID)), string(s.ID)
	}
	if s.Current != nil {
		row.Current = &currentRow{string(s.Current.ID), string(s.Current.Intent.Action), string(s.Current.Intent.Input), toMillis(s.Current.StartedAt), string(s.Current.Purchase)}
	}
	return row
}

func (r serviceRow) domain() shop.Service {
	s := shop.Service{
		ID: id.Service(r.ID), Account: id.Account(r.Account), Agent: id.Agent(r.Agent), Version: r.Version,
		Purchase: id.Purchase(r.Purchase), Item: id.Item(r.Item), ServiceType: r.ServiceType,
		DisplayName: r.DisplayName, Status: shop.ServiceStatus(r.Status), Configuration: []byte(r.Configuration),
		Personal: id.Personal(r.Personal), State: dataOf(r.State), Resource: shop.Resource{Provider: r.Provider, ID: r.Resource, Operation: r.Operation},
		Protection: texts[shop.ActionName](r.Protection), Failure: r.Failure,
		Renewal: moneyOf(r.RenewalMinor, r.Currency), RenewsAt: r.RenewsAt.time(),
		CreatedAt: r.CreatedAt.time(), UpdatedAt: r.UpdatedAt.time(),
	}
	if r.Current != nil {
		s.Current = &shop.Action{
			ID: id.Action(r.Current.ID), Account: s.Account, Service: s.ID, Version: 1,
			Intent: intentOf(r.Current.Type, r.Current.Input), Status: shop.ActionRunning,
			StartedAt: r.Current.StartedAt.time(), Purchase: id.Purchase(r.Current.Purchase),
		}
	}
	return s
}
