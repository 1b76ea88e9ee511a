package mcp_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/embedded"
	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// scenario provokes one error, which changes nothing, so that it can be provoked
// again. Servers take an hour.
type scenario struct {
	code  fault.Code
	name  string
	tool  string
	input func(*testing.T, *storetest.Store, *dynamotest.Faults) object
}

func scenarios() []scenario {
	return append(append(orderScenarios(), serviceScenarios()...), outageScenarios()...)
}

// order is a good order with other members.
func order(changes object) object {
	o := storetest.Order()
	for name, value := range changes {
		if _, outer := o[name]; outer || slices.Contains([]string{"idempotencyKey", "dryRun", "maxTotalPriceMinor"}, name) {
			o[name] = value
		} else {
			o["configuration"].(object)[name] = value
		}
	}
	return o
}

func fixed(input object) func(*testing.T, *storetest.Store, *dynamotest.Faults) object {
	return func(*testing.T, *storetest.Store, *dynamotest.Faults) object { return input }
}

func orderScenarios() []scenario {
	return []scenario{
		{fault.InvalidInput, "a wrong type", "quote_create", fixed(order(object{"quantity": "many"}))},
		{fault.UnsupportedImage, "in a quote", "quote_create", fixed(order(object{"image": "windows-11"}))},
		{fault.UnsupportedRegion, "in a purchase", "purchase_create", fixed(order(object{"region": "moon", "idempotencyKey": "k"}))},
		{fault.SSHLockout, "a firewall in a quote", "quote_create", fixed(order(object{"firewall": []any{}}))},
		{fault.SoldOut, "an item", "quote_create", fixed(order(object{"catalogItemId": "cat_gpu_max", "region": "us-east"}))},
		{fault.PriceAboveMaximum, "an item", "purchase_create", fixed(order(object{"maxTotalPriceMinor": 1, "idempotencyKey": "k"}))},
		{
			fault.InsufficientFunds, "more than the wallet holds", "purchase_create",
			fixed(order(object{"catalogItemId": "cat_memory_256", "quantity": 10, "billingTermMonths": 12, "idempotencyKey": "k"})),
		},
		{
			fault.SpendLimitExceeded, "more than one purchase may cost", "purchase_create",
			bound(shop.Policy{Limits: []shop.Limit{{Currency: "usd", PerPurchase: new(int64)}}}),
		},
		{
			fault.ApprovalLimitReached, "the question after the last", "purchase_create",
			func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) object {
				setPolicy(t, s, shop.Policy{Limits: []shop.Limit{{Currency: "usd", ApprovalAbove: new(int64)}}})
				for i := range shop.MaxWaiting {
					use(t, s, "purchase_create", order(object{"idempotencyKey": fmt.Sprint("k ", i)}))
				}
				return order(object{"idempotencyKey": "one more"})
			},
		},
		{fault.PolicyViolation, "a freeze", "purchase_create", bound(shop.Policy{Frozen: true})},
		{
			fault.IdempotencyKeyRequired, "a purchase without one", "purchase_create",
			func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) object {
				return object{"quoteId": s.Quote(t)}
			},
		},
		{
			fault.QuoteExpired, "after its life", "purchase_create",
			func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) object {
				quote := s.Quote(t)
				s.Clock.Advance(15 * time.Minute)
				return object{"quoteId": quote, "idempotencyKey": "k"}
			},
		},
		{
			fault.QuoteAlreadyUsed, "by another key", "purchase_create",
			func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) object {
				quote := s.Quote(t)
				s.Buy(t, quote, "first")
				return object{"quoteId": quote, "idempotencyKey": "second"}
			},
		},
		{
			fault.IdempotencyConflict, "the key of another quote", "purchase_create",
			func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) object {
				s.Buy(t, s.Quote(t), "k")
				return object{"quoteId": s.Quote(t), "idempotencyKey": "k"}
			},
		},
		{
			fault.InsufficientScope, "a key for reading", "quote_create",
			func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) object {
				s.Key = s.NewKey(t, s.Agent, shop.ScopeCatalogRead)
				return order(nil)
			},
		},
		{
			fault.AddressNotAllowed, "a key of other networks", "service_list",
			func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) object {
				s.Key = s.KeyFrom(t, s.Agent, "203.0.113.0/24")
				return object{}
			},
		},
	}
}

func serviceScenarios() []scenario {
	return []scenario{
		{fault.NotFound, "an unknown quote", "quote_get", fixed(object{"quoteId": "quo_unknown"})},
		{fault.NotFound, "an unknown item", "catalog_checkout_requirements", fixed(object{"catalogItemId": "cat_nothing"})},
		{fault.NotFound, "the actions of an unknown service", "action_list", fixed(object{"serviceId": "svc_x"})},
		{
			fault.NotFound, "another account's service", "service_get",
			func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) object {
				service := s.Service(t)
				s.Key = stranger(t, s)
				return object{"serviceId": service}
			},
		},
		{
			fault.ActionInProgress, "while the server is created", "server_restart",
			func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) object {
				return object{"serviceId": s.Service(t)}
			},
		},
		{
			fault.ServiceNotReady, "a service that failed", "server_restart",
			func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) object {
				s.Worker.Fulfilments = map[string]shop.Fulfilment{}
				return object{"serviceId": s.Service(t)}
			},
		},
		{
			fault.UnsupportedImage, "in a reinstall", "server_reinstall",
			func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) object {
				return object{"serviceId": activeService(t, s), "image": "windows-11"}
			},
		},
		{
			fault.ApprovalRequired, "a protected service", "server_reinstall",
			func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) object {
				service := activeService(t, s)
				protect(t, s, service)
				return object{"serviceId": service, "image": "debian-12"}
			},
		},
	}
}

func outageScenarios() []scenario {
	list := func(err error) func(*testing.T, *storetest.Store, *dynamotest.Faults) object {
		return func(_ *testing.T, _ *storetest.Store, faults *dynamotest.Faults) object {
			faults.Before = func(string, any) error { return err }
			return object{}
		}
	}
	return []scenario{
		{fault.RateLimited, "a table that is throttled", "service_list", list(&types.ProvisionedThroughputExceededException{})},
		{fault.ProviderUnavailable, "no answer of the table", "service_list", list(errors.New("connection refused by 10.0.0.7"))},
		{fault.StoreUnavailable, "a disk that has failed", "service_list", list(embedded.ErrUnavailable)},
		{fault.Internal, "a table that is not there", "service_list", list(&smithy.GenericAPIError{Code: "ResourceNotFoundException", Message: "inner words"})},
		{
			fault.Busy, "others of the account always overtake it", "purchase_create",
			func(t *testing.T, s *storetest.Store, faults *dynamotest.Faults) object {
				quote := s.Quote(t)
				faults.Before = func(operation string, _ any) error {
					if operation != "TransactWriteItems" {
						return nil
					}
					return &types.TransactionCanceledException{CancellationReasons: []types.CancellationReason{{Code: aws.String("None")}, {Code: aws.String("TransactionConflict")}}}
				}
				return object{"quoteId": quote, "idempotencyKey": "k"}
			},
		},
		{
			fault.IdempotencyInFlight, "a twin whose outcome cannot be read", "purchase_create",
			func(t *testing.T, s *storetest.Store, faults *dynamotest.Faults) object {
				quote := s.Quote(t)
				faults.Before = func(operation string, _ any) error {
					if operation != "TransactWriteItems" {
						return nil
					}
					return &types.TransactionCanceledException{CancellationReasons: []types.CancellationReason{{Code: aws.String("TransactionConflict")}}}
				}
				return object{"quoteId": quote, "idempotencyKey": "k"}
			},
		},
	}
}

// bound is an order of an agent that a policy bounds.
func bound(policy shop.Policy) func(*testing.T, *storetest.Store, *dynamotest.Faults) object {
	return func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) object {
		setPolicy(t, s, policy)
		return order(object{"idempotencyKey": "k"})
	}
}

// setPolicy bounds what the agent may do.
func setPolicy(t *testing.T, s *storetest.Store, policy shop.Policy) {
	t.Helper()
	b := shop.Budget{Account: s.Agent.Account(), Agent: s.Agent, Version: 1, Policy: policy}
	if err := s.Table.Commit(t.Context(), shop.Change{Budgets: []shop.Budget{b}}); err != nil {
		t.Fatal(err)
	}
}

// activeService buys a server, however long the provider takes, and waits for it.
func activeService(t *testing.T, s *storetest.Store) string {
	t.Helper()
	service := s.Service(t)
	s.Clock.Advance(2 * time.Hour)
	s.Work(t)
	return service
}

// protect has a person protect a service against being reinstalled.
func protect(t *testing.T, s *storetest.Store, service string) {
	t.Helper()
	if _, err := s.Shop.Protect(t.Context(), s.Agent.Account(), id.Service(service), true); err != nil {
		t.Fatal(err)
	}
}
