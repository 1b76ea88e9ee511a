package e2e

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/internal/test/storetest/documented"
	"agentstore/pkg/app"
	"agentstore/pkg/embedded"
	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// scenario provokes one error over HTTP.
type scenario struct {
	code  fault.Code
	name  string
	param string // of the first field at fault
	// retryAfter: the answer says how long to wait.
	retryAfter bool
	provoke    func(*testing.T, *storetest.Store, *dynamotest.Faults) *http.Request
}

// ofOthers are codes that no agent can meet here: those of MCP, and those of people.
var ofOthers = []fault.Code{
	fault.OriginNotAllowed, fault.InsufficientRole, fault.LastOwner, fault.ApprovalDecided, fault.MFARequired, fault.StaleLogin,
	fault.SessionRequired, fault.TokenLifetime, fault.TwoCredentials, fault.Protected, fault.SecretShown,
}

func TestEveryErrorCode(t *testing.T) {
	t.Parallel()
	var shown []fault.Code
	for _, sc := range scenarios() {
		shown = append(shown, sc.code)
		t.Run(string(sc.code)+"/"+sc.name, func(t *testing.T) {
			t.Parallel()
			faults := &dynamotest.Faults{}
			s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{
				Client: []func(*dynamodb.Options){faults.Inject}, Latency: time.Hour,
			})
			r := sc.provoke(t, s, faults)
			expectProblem(t, storetest.Do(t, documented.Client(t), r), sc)
		})
	}
	for _, code := range fault.Codes() {
		if slices.Contains(shown, code) == slices.Contains(ofOthers, code) {
			t.Errorf("%s must have a scenario or be of others, and not both", code)
		}
	}
}

func expectProblem(t *testing.T, a storetest.Answer, sc scenario) {
	t.Helper()
	if a.Code() != string(sc.code) || a.Status != sc.code.Status() {
		t.Errorf("code %q, status %d, want %q, %d: %s", a.Code(), a.Status, sc.code, sc.code.Status(), a.Body)
	}
	if got := a.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("content type %q", got)
	}
	if a.Text("requestId") == "" || a.Text("requestId") != a.Header.Get("X-Request-Id") {
		t.Errorf("requestId %q, header %q", a.Text("requestId"), a.Header.Get("X-Request-Id"))
	}
	if a.Text("title") != sc.code.Title() || a.Text("detail") == "" || a.Get("retryable") != sc.code.Retryable() {
		t.Errorf("title, detail or retryable: %s", a.Body)
	}
	if got := a.Text("param"); got != sc.param || got != a.Text("errors", 0, "param") {
		t.Errorf("param %q, want %q: %s", got, sc.param, a.Body)
	}
	if (a.Header.Get("Retry-After") != "") != sc.retryAfter {
		t.Errorf("Retry-After %q", a.Header.Get("Retry-After"))
	}
	if fixes, _ := a.Get("fixes").([]any); len(fixes) == 0 && sc.code != fault.Internal && sc.code != fault.InvalidInput {
		t.Errorf("no fixes: %s", a.Body)
	}
}

func scenarios() []scenario {
	order := storetest.Order
	return []scenario{
		{
			code: fault.InvalidInput, name: "a wrong type", param: "$.quantity",
			provoke: func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) *http.Request {
				o := order()
				o["quantity"] = "many"
				return s.Request(t, http.MethodPost, storetest.Quotes, o)
			},
		},
		{
			code: fault.Misdirected, name: "another host",
			provoke: func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) *http.Request {
				r := s.Request(t, http.MethodGet, storetest.Services, nil)
				r.Host = "store.evil.example"
				return r
			},
		},
		{
			code: fault.IdempotencyKeyRequired, name: "a purchase without a key", param: "$.idempotencyKey",
			provoke: func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) *http.Request {
				return s.Request(t, http.MethodPost, storetest.Purchases, map[string]any{"quoteId": s.Quote(t)})
			},
		},
		{
			code: fault.Unauthenticated, name: "no key",
			provoke: func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) *http.Request {
				r := s.Request(t, http.MethodGet, storetest.Services, nil)
				r.Header.Del("Authorization")
				return r
			},
		},
		{
			code: fault.InsufficientFunds, name: "more than the wallet holds",
			provoke: func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) *http.Request {
				o := order()
				o["catalogItemId"] = "cat_memory_256"
				o["quantity"] = 10
				o["configuration"].(map[string]any)["billingTermMonths"] = 12
				o["idempotencyKey"] = "k"
				return s.Request(t, http.MethodPost, storetest.Purchases, o)
			},
		},
		{
			code: fault.SpendLimitExceeded, name: "more than an agent may spend at once",
			provoke: func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) *http.Request {
				setPolicy(t, s, s.Agent, shop.Policy{Limits: []shop.Limit{{Currency: "usd", PerPurchase: new(int64(1))}}})
				return s.Request(t, http.MethodPost, storetest.Purchases, map[string]any{"quoteId": s.Quote(t), "idempotencyKey": "k"})
			},
		},
		{
			code: fault.PolicyViolation, name: "while purchases are frozen",
			provoke: func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) *http.Request {
				setPolicy(t, s, "", shop.Policy{Frozen: true})
				return s.Request(t, http.MethodPost, storetest.Purchases, map[string]any{"quoteId": s.Quote(t), "idempotencyKey": "k"})
			},
		},
		{
			code: fault.InsufficientScope, name: "a key for reading",
			provoke: func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) *http.Request {
				s.Key = s.NewKey(t, s.Agent, shop.ScopeCatalogRead)
				return s.Request(t, http.MethodPost, storetest.Quotes, order())
			},
		},
		{
			code: fault.AddressNotAllowed, name: "a key of other networks",
			provoke: func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) *http.Request {
				s.Key = s.KeyFrom(t, s.Agent, "203.0.113.0/24")
				return s.Request(t, http.MethodGet, storetest.Services, nil)
			},
		},
		{
			code: fault.NotFound, name: "an unknown quote",
			provoke: func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) *http.Request {
				return s.Request(t, http.MethodGet, storetest.Quotes+"/quo_unknown", nil)
			},
		},
		{
			code: fault.NotFound, name: "an unknown item",
			provoke: func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) *http.Request {
				return s.Request(t, http.MethodGet, "/v1/agent/catalog/cat_nothing/checkout-requirements", nil)
			},
		},
		{
			code: fault.NotFound, name: "another account's service",
			provoke: func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) *http.Request {
				service := s.Service(t)
				stranger := s.Shop.IDs.Agent(s.Shop.IDs.Account())
				s.Key = s.NewKey(t, stranger, app.Shelf().Rules().Scopes()...)
				return s.Request(t, http.MethodGet, storetest.Services+"/"+service, nil)
			},
		},
		{
			code: fault.PreconditionFailed, name: "an order that is about something read before",
			provoke: func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) *http.Request {
				r := s.Request(t, http.MethodPost, storetest.Quotes, order())
				r.Header.Set("If-Match", `"XsXGa4Y1-Rh5vV1ZZ8XlXQ"`)
				return r
			},
		},
		{
			code: fault.QuoteExpired, name: "after its life",
			provoke: func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) *http.Request {
				quote := s.Quote(t)
				s.Clock.Advance(15 * time.Minute)
				return s.Request(t, http.MethodPost, storetest.Purchases, map[string]any{"quoteId": quote, "idempotencyKey": "k"})
			},
		},
		{
			code: fault.QuoteAlreadyUsed, name: "by another key",
			provoke: func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) *http.Request {
				quote := s.Quote(t)
				s.Buy(t, quote, "first")
				return s.Request(t, http.MethodPost, storetest.Purchases, map[string]any{"quoteId": quote, "idempotencyKey": "second"})
			},
		},
		{
			code: fault.PriceAboveMaximum, name: "an item above the maximum of the request",
			provoke: func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) *http.Request {
				return s.Request(t, http.MethodPost, storetest.Purchases, with(direct(t, s), "maxTotalPriceMinor", 1))
			},
		},
		{
			code: fault.SoldOut, name: "an item that is sold out",
			provoke: func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) *http.Request {
				o := order()
				o["catalogItemId"] = "cat_gpu_max"
				o["configuration"].(map[string]any)["region"] = "us-east"
				return s.Request(t, http.MethodPost, storetest.Quotes, o)
			},
		},
		{
			code: fault.ActionInProgress, name: "while the server is created", retryAfter: true,
			provoke: func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) *http.Request {
				return s.Request(t, http.MethodPost, storetest.Services+"/"+s.Service(t)+"/server/restart", nil)
			},
		},
		{
			code: fault.ActionInProgress, name: "while it restarts", retryAfter: true,
			provoke: func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) *http.Request {
				service := activeService(t, s)
				s.Call(t, http.MethodPost, storetest.Services+"/"+service+"/server/restart", nil)
				return s.Request(t, http.MethodPost, storetest.Services+"/"+service+"/server/reinstall", map[string]any{"image": "debian-12"})
			},
		},
		{
			code: fault.ApprovalRequired, name: "a reinstall of a protected server",
			provoke: func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) *http.Request {
				service := activeService(t, s)
				if _, err := s.Shop.Protect(t.Context(), s.Agent.Account(), id.Service(service), true); err != nil {
					t.Fatal(err)
				}
				return s.Request(t, http.MethodPost, storetest.Services+"/"+service+"/server/reinstall", map[string]any{"image": "debian-12"})
			},
		},
		{
			code: fault.ApprovalLimitReached, name: "the question after the last",
			provoke: func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) *http.Request {
				policy := shop.Policy{Limits: []shop.Limit{{Currency: "usd", ApprovalAbove: new(int64)}}}
				b := shop.Budget{Account: s.Agent.Account(), Agent: s.Agent, Version: 1, Policy: policy}
				if err := s.Table.Commit(t.Context(), shop.Change{Budgets: []shop.Budget{b}}); err != nil {
					t.Fatal(err)
				}
				o := order()
				for i := range shop.MaxWaiting {
					o["idempotencyKey"] = fmt.Sprint("k ", i)
					s.Call(t, http.MethodPost, storetest.Purchases, o)
				}
				o["idempotencyKey"] = "one more"
				return s.Request(t, http.MethodPost, storetest.Purchases, o)
			},
		},
		{
			code: fault.ServiceNotReady, name: "a service that failed",
			provoke: func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) *http.Request {
				s.Worker.Fulfilments = map[string]shop.Fulfilment{}
				return s.Request(t, http.MethodPost, storetest.Services+"/"+s.Service(t)+"/server/restart", nil)
			},
		},
		{
			code: fault.IdempotencyConflict, name: "the key of another quote",
			provoke: func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) *http.Request {
				s.Buy(t, s.Quote(t), "k")
				return s.Request(t, http.MethodPost, storetest.Purchases, map[string]any{"quoteId": s.Quote(t), "idempotencyKey": "k"})
			},
		},
		{
			code: fault.UnsupportedImage, name: "in a quote", param: "$.configuration.image",
			provoke: func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) *http.Request {
				o := order()
				o["configuration"].(map[string]any)["image"] = "windows-11"
				return s.Request(t, http.MethodPost, storetest.Quotes, o)
			},
		},
		{
			code: fault.UnsupportedImage, name: "in a reinstall", param: "$.image",
			provoke: func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) *http.Request {
				return s.Request(t, http.MethodPost, storetest.Services+"/"+activeService(t, s)+"/server/reinstall", map[string]any{"image": "windows-11"})
			},
		},
		{
			code: fault.SSHLockout, name: "by a firewall", param: "$.rules",
			provoke: func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) *http.Request {
				return s.Request(t, http.MethodPost, storetest.Services+"/"+activeService(t, s)+"/server/firewall_set", map[string]any{"rules": []any{}})
			},
		},
		{
			code: fault.SSHLockout, name: "in a quote", param: "$.configuration.firewall",
			provoke: func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) *http.Request {
				o := order()
				o["configuration"].(map[string]any)["firewall"] = []any{}
				return s.Request(t, http.MethodPost, storetest.Quotes, o)
			},
		},
		{
			code: fault.UnsupportedRegion, name: "in a purchase without a quote", param: "$.configuration.region",
			provoke: func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) *http.Request {
				o := order()
				o["configuration"].(map[string]any)["region"] = "moon"
				o["idempotencyKey"] = "k"
				return s.Request(t, http.MethodPost, storetest.Purchases, o)
			},
		},
		{
			code: fault.PayloadTooLarge, name: "more than 256 KiB",
			provoke: func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) *http.Request {
				return s.Request(t, http.MethodPost, storetest.Quotes, `{"a":"`+string(make([]byte, 257<<10))+`"}`)
			},
		},
		{
			code: fault.UnsupportedMediaType, name: "a form",
			provoke: func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) *http.Request {
				r := s.Request(t, http.MethodPost, storetest.Quotes, order())
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				return r
			},
		},
		{
			code: fault.RateLimited, name: "a table that is throttled", retryAfter: true,
			provoke: func(t *testing.T, s *storetest.Store, faults *dynamotest.Faults) *http.Request {
				faults.Before = func(string, any) error { return &types.ProvisionedThroughputExceededException{} }
				return s.Request(t, http.MethodPost, storetest.Quotes, order())
			},
		},
		{
			code: fault.Busy, name: "a write that always conflicts", retryAfter: true,
			provoke: func(t *testing.T, s *storetest.Store, faults *dynamotest.Faults) *http.Request {
				faults.Before = func(operation string, _ any) error {
					if operation == "TransactWriteItems" {
						return &types.TransactionCanceledException{CancellationReasons: []types.CancellationReason{{Code: aws.String("ConditionalCheckFailed")}}}
					}
					return nil
				}
				return s.Request(t, http.MethodPost, storetest.Quotes, order())
			},
		},
		{
			code: fault.Busy, name: "a purchase that others of the account always overtake", retryAfter: true,
			provoke: func(t *testing.T, s *storetest.Store, faults *dynamotest.Faults) *http.Request {
				quote := s.Quote(t)
				faults.Before = func(operation string, _ any) error {
					if operation == "TransactWriteItems" {
						return &types.TransactionCanceledException{CancellationReasons: []types.CancellationReason{{Code: aws.String("None")}, {Code: aws.String("TransactionConflict")}}}
					}
					return nil
				}
				return s.Request(t, http.MethodPost, storetest.Purchases, map[string]any{"quoteId": quote, "idempotencyKey": "k"})
			},
		},
		{
			code: fault.IdempotencyInFlight, name: "a twin whose outcome cannot be read", retryAfter: true,
			provoke: func(t *testing.T, s *storetest.Store, faults *dynamotest.Faults) *http.Request {
				quote := s.Quote(t)
				faults.Before = func(operation string, _ any) error {
					if operation == "TransactWriteItems" {
						return &types.TransactionCanceledException{CancellationReasons: []types.CancellationReason{{Code: aws.String("TransactionConflict")}}}
					}
					return nil
				}
				return s.Request(t, http.MethodPost, storetest.Purchases, map[string]any{"quoteId": quote, "idempotencyKey": "k"})
			},
		},
		{
			code: fault.NotFound, name: "an unknown action",
			provoke: func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) *http.Request {
				return s.Request(t, http.MethodGet, storetest.Services+"/"+s.Service(t)+"/actions/act_x", nil)
			},
		},
		{
			code: fault.NotFound, name: "the actions of an unknown service",
			provoke: func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) *http.Request {
				return s.Request(t, http.MethodGet, storetest.Services+"/svc_x/actions", nil)
			},
		},
		{
			code: fault.ProviderUnavailable, name: "no answer of the table", retryAfter: true,
			provoke: func(t *testing.T, s *storetest.Store, faults *dynamotest.Faults) *http.Request {
				faults.Before = func(string, any) error { return errors.New("connection refused by 10.0.0.7") }
				return s.Request(t, http.MethodGet, storetest.Services, nil)
			},
		},
		{
			code: fault.StoreUnavailable, name: "a disk that has failed", retryAfter: true,
			provoke: func(t *testing.T, s *storetest.Store, faults *dynamotest.Faults) *http.Request {
				faults.Before = func(string, any) error { return embedded.ErrUnavailable }
				return s.Request(t, http.MethodGet, storetest.Services, nil)
			},
		},
		{
			code: fault.Internal, name: "a table that is not there",
			provoke: func(t *testing.T, s *storetest.Store, faults *dynamotest.Faults) *http.Request {
				faults.Before = func(string, any) error {
					return &smithy.GenericAPIError{Code: "ResourceNotFoundException", Message: "secret inner words"}
				}
				return s.Request(t, http.MethodGet, storetest.Services, nil)
			},
		},
		{
			code: fault.MethodNotAllowed, name: "on a known path",
			provoke: func(t *testing.T, s *storetest.Store, _ *dynamotest.Faults) *http.Request {
				return s.Request(t, http.MethodDelete, storetest.Quotes, nil)
			},
		},
	}
}

// setPolicy puts the first policy over the account of the store, or over an agent.
func setPolicy(t *testing.T, s *storetest.Store, agent id.Agent, p shop.Policy) {
	t.Helper()
	budget := shop.Budget{Account: s.Agent.Account(), Agent: agent, Version: 1, Policy: p}
	if err := s.Table.Commit(t.Context(), shop.Change{Budgets: []shop.Budget{budget}}); err != nil {
		t.Fatal(err)
	}
}

// activeService buys a server of a provider that takes an hour, and waits for it.
func activeService(t *testing.T, s *storetest.Store) string {
	t.Helper()
	service := s.Service(t)
	s.Clock.Advance(2 * time.Hour)
	s.Work(t)
	return service
}

// TestNothingLeaks: what only operators may know is in the log and not in the
// answer.
func TestNothingLeaks(t *testing.T) {
	t.Parallel()
	faults := &dynamotest.Faults{}
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{Client: []func(*dynamodb.Options){faults.Inject}})
	const inner = "secret inner words"
	for _, err := range []error{errors.New(inner), &smithy.GenericAPIError{Code: "ValidationException", Message: inner}} {
		faults.Before = func(string, any) error { return err }
		a := s.Call(t, http.MethodGet, storetest.Services, nil)
		if a.Status < http.StatusInternalServerError || strings.Contains(string(a.Body), inner) {
			t.Errorf("status %d: %s", a.Status, a.Body)
		}
	}
	if !strings.Contains(s.Log.String(), inner) {
		t.Error("the log does not say what went wrong")
	}
	if strings.Contains(s.Log.String(), s.Key) {
		t.Error("the log holds the key")
	}
}
