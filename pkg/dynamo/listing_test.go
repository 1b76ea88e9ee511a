package dynamo_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"agentstore/internal/test/dynamotest"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

var statuses = []shop.ServiceStatus{shop.ServiceProvisioning, shop.ServiceActive, shop.ServiceSuspended, shop.ServiceCanceled, shop.ServiceFailed}

// turned is the next version of a service, with another status.
func (s store) turned(t *testing.T, before shop.Service, status shop.ServiceStatus) shop.Service {
	t.Helper()
	service, err := s.Service(t.Context(), before.Account, before.ID)
	expectOK(t, err)
	service.Version++
	service.Status = status
	s.commit(t, shop.Change{Services: []shop.Service{service}, At: now})
	return service
}

// expectOnlyWith fails where a list of one status has the service, and it has another one.
func (s store) expectOnlyWith(t *testing.T, service shop.Service) {
	t.Helper()
	for _, status := range statuses {
		var want []string
		if status == service.Status {
			want = []string{string(service.ID)}
		}
		p := shop.Page{Limit: 9, Status: string(status)}
		expectSame(t, string(status)+" of the account", s.found(t, service.Account, "", p), want)
		if service.Agent.SeesOwn() {
			expectSame(t, string(status)+" of its own", s.found(t, service.Account, service.Agent, p), want)
		}
		p.Agent = service.Agent
		expectSame(t, string(status)+" of the agent", s.found(t, service.Account, "", p), want)
	}
}

// nominations are how many rows nominate a service for a status.
func (s store) nominations(t *testing.T, service shop.Service) (n int) {
	t.Helper()
	for _, i := range s.items(t) {
		if sort := textOf(i["SK"]); strings.Contains(sort, "#~") && strings.HasSuffix(sort, string(service.ID)) && i["ttl"] == nil {
			n++
		}
	}
	return n
}

// A service is found by the status that it has, and by no other, whatever it had; no
// row of one that it had goes on to nominate it.
func TestStatusesFindServices(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		for lists, agent := range map[int]id.Agent{1: newAgent(), 2: newOwnAgent()} {
			service := fresh(agent).service
			service.Status, service.Listed = shop.ServiceProvisioning, shop.ServiceProvisioning
			s.commit(t, shop.Change{Services: []shop.Service{service}, At: now})
			s.expectOnlyWith(t, service)
			for _, status := range []shop.ServiceStatus{
				shop.ServiceActive, shop.ServiceActive, shop.ServiceSuspended, shop.ServiceActive, shop.ServiceCanceled, shop.ServiceFailed,
			} {
				service = s.turned(t, service, status)
				s.expectOnlyWith(t, service)
				want := lists
				if s.spread != dynamo.Always() {
					want = 0
				}
				expectSame(t, "rows of its status", s.nominations(t, service), want)
			}
		}
	})
}

// A service that was written before there were ranges is found by its status and its agent
// once anything is written of it.
func TestOldServicesAreListedWhenTheyAreWritten(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		for _, agent := range []id.Agent{newAgent(), newOwnAgent()} {
			service := fresh(agent).service
			s.commit(t, shop.Change{Services: []shop.Service{service}, At: now})
			for _, i := range s.items(t) {
				switch {
				case textOf(i["kind"]) == "label":
					_, err := s.engine.Client.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: &s.name, Key: item{"PK": i["PK"], "SK": i["SK"]}})
					expectOK(t, err)
				case textOf(i["kind"]) == "service":
					_, err := s.engine.Client.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
						TableName: &s.name, Key: item{"PK": i["PK"], "SK": i["SK"]}, UpdateExpression: aws.String("REMOVE l"),
					})
					expectOK(t, err)
				}
			}
			service = s.turned(t, service, shop.ServiceSuspended) // which it was
			s.expectOnlyWith(t, service)
		}
	})
}

// A status costs its row, and what it was another one; a write that changes nothing of it
// costs nothing more.
func TestStatusUnits(t *testing.T) {
	t.Parallel()
	s := newStore(t, dynamotest.Embedded(t))
	for agent, want := range map[id.Agent]int{newAgent(): 2, newOwnAgent(): 4} {
		service := fresh(agent).service
		s.commit(t, shop.Change{Services: []shop.Service{service}, At: now})
		units := func(status shop.ServiceStatus) (listed int) {
			var recorder dynamotest.Recorder
			service.Version++
			service.Listed, service.Foretold, service.Status = service.Status, service.Outlook(), status
			expectOK(t, s.with(recorder.Record).Commit(t.Context(), shop.Change{Services: []shop.Service{service}, At: now}))
			for _, call := range recorder.Calls() {
				for key, units := range call.Demand {
					if strings.Contains(key, "LABEL#") {
						listed += units
					}
				}
			}
			return listed
		}
		expectSame(t, "units of the same status", units(service.Status), 0)
		expectSame(t, "units of another", units(shop.ServiceActive), 2*want)
	}
}

// What release 0.1.0 would buy without its labels or its lease has a shape that it refuses,
// for as long as it can be bought.
func TestShapeOfWhatOldVersionsWouldMisread(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		plain, leased, labelled, bought := fresh(newAgent()).quote, fresh(newAgent()).quote, fresh(newAgent()).quote, fresh(newAgent()).quote
		plain.Offer.Labels, plain.Offer.Lease, plain.Offer.Price.Term.Hours = nil, nil, 0
		leased.Offer.Labels, leased.Offer.Price.Term.Hours = nil, 0
		labelled.Offer.Lease, labelled.Offer.Price.Term.Hours = nil, 0
		bought.Purchase = "pur_1"
		for quote, want := range map[*shop.Quote]string{&plain: "1", &leased: "2", &labelled: "2", &bought: "1"} {
			s.commit(t, shop.Change{Quote: quote, At: now})
			for _, i := range s.items(t) {
				if textOf(i["SK"]) == "QUOTE#"+string(quote.ID) {
					shape, _ := i["shape"].(*types.AttributeValueMemberN)
					expectSame(t, "shape", shape.Value, want)
				}
			}
			got, err := s.Quote(t.Context(), quote.Account, quote.ID)
			expectOK(t, err)
			expectSame(t, "quote", got, *quote)
		}
	})
}
