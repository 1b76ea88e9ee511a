package shop_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// A moment is a place in the life of a request where it can be held up: which
// calls of the table are, before they are sent or after they were answered, and
// which of them shows that it is there.
type moment func(operation string, input any, answered bool) (held, there bool)

// atCommit holds up every commit: what it rests on was read.
func atCommit(operation string, _ any, answered bool) (held, there bool) {
	is := operation == "TransactWriteItems" && !answered
	return is, is
}

// afterReading is the worst order of what is read side by side: who asks before
// what happens meanwhile, and everything else after it.
func afterReading(operation string, input any, answered bool) (held, there bool) {
	get, isGet := input.(*dynamodb.GetItemInput)
	if !isGet {
		return false, false
	}
	sort, _ := get.Key["SK"].(*types.AttributeValueMemberS)
	isKey := strings.HasPrefix(sort.Value, "KEY#")
	return answered == isKey, answered && isKey
}

// gate holds requests to the table up at a moment, once it is shut.
type gate struct {
	mu      sync.Mutex
	moment  moment
	arrived chan struct{}
	open    chan struct{}
}

// shut shuts the gate. The first request that is at the moment closes arrived.
func (g *gate) shut(at moment) (arrived <-chan struct{}, open func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.moment, g.arrived, g.open = at, make(chan struct{}), make(chan struct{})
	return g.arrived, sync.OnceFunc(func() { close(g.open) })
}

func (g *gate) pass(operation string, input any, answered bool) error {
	g.mu.Lock()
	var held, there bool
	if g.moment != nil {
		held, there = g.moment(operation, input, answered)
	}
	arrived, open := g.arrived, g.open
	if there && !isClosed(arrived) {
		close(arrived)
	}
	g.mu.Unlock()
	if held {
		<-open
	}
	return nil
}

func isClosed(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// onEachGated runs a test with a store on each engine, whose requests can be held
// up.
func onEachGated(t *testing.T, run func(t *testing.T, s *storetest.Store, g *gate)) {
	t.Helper()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		var g gate
		faults := &dynamotest.Faults{
			Before: func(operation string, input any) error { return g.pass(operation, input, false) },
			After:  func(operation string, input any) error { return g.pass(operation, input, true) },
		}
		run(t, storetest.New(t, engine, storetest.Options{Client: []func(*dynamodb.Options){faults.Inject}}), &g)
	})
}

// TestRevokedKeyStopsAtTheCommit: what is under way when a key is revoked is not
// committed once the revoke has been answered.
func TestRevokedKeyStopsAtTheCommit(t *testing.T) {
	t.Parallel()
	writes := map[string]func(*testing.T, *storetest.Store) *http.Request{
		"a purchase by quote": func(t *testing.T, s *storetest.Store) *http.Request {
			return s.Request(t, http.MethodPost, storetest.Purchases, map[string]any{"quoteId": s.Quote(t), "idempotencyKey": "late"})
		},
		"a purchase that needs an approval": func(t *testing.T, s *storetest.Store) *http.Request {
			var nothing int64
			policy := shop.Policy{Limits: []shop.Limit{{Currency: "usd", ApprovalAbove: &nothing}}}
			budget := shop.Budget{Account: s.Agent.Account(), Agent: s.Agent, Version: 1, Policy: policy}
			if err := s.Table.Commit(t.Context(), shop.Change{Budgets: []shop.Budget{budget}}); err != nil {
				t.Fatal(err)
			}
			return s.Request(t, http.MethodPost, storetest.Purchases, map[string]any{"quoteId": s.Quote(t), "idempotencyKey": "late"})
		},
		"an action": func(t *testing.T, s *storetest.Store) *http.Request {
			return s.Request(t, http.MethodPost, storetest.ActionPath(s.Service(t), storetest.Harmless()), map[string]any{"idempotencyKey": "late"})
		},
		"an erasure": func(t *testing.T, s *storetest.Store) *http.Request {
			return s.Request(t, http.MethodPost, "/v1/agent/personal/"+s.Personal(t)+"/erase", map[string]any{"idempotencyKey": "late"})
		},
	}
	ends := map[string]func(*shop.Shop, *testing.T, id.Key) error{
		"revoked": func(s *shop.Shop, t *testing.T, key id.Key) error {
			_, err := s.RevokeKey(t.Context(), shop.Caller{Account: key.Account()}, key)
			return err
		},
		"rotated": func(s *shop.Shop, t *testing.T, key id.Key) error {
			agent := shop.Agent{ID: key.Agent(), Account: key.Account(), Version: 1, Name: "rotates"}
			if err := s.Store.Commit(t.Context(), shop.Change{Agents: []shop.Agent{agent}}); err != nil {
				return err
			}
			_, _, err := s.RotateKey(t.Context(), shop.Caller{Account: key.Account()}, key, 0)
			return err
		},
	}
	moments := map[string]moment{"at the commit": atCommit, "after its key was read": afterReading}
	for write, prepare := range writes {
		for end, ended := range ends {
			for name, at := range moments {
				t.Run(write+", "+end+" "+name, func(t *testing.T) {
					t.Parallel()
					onEachGated(t, func(t *testing.T, s *storetest.Store, g *gate) {
						late := prepare(t, s)
						stops(t, s, g, at, func() storetest.Answer { return storetest.Do(t, http.DefaultClient, late) },
							func() error { return ended(beside(s), t, keyOf(s)) }, "unauthenticated")
					})
				})
			}
		}
	}
}

// stops makes a call, lets something happen while it is held up at the moment, and
// expects the call to be refused, with nothing committed.
func stops(t *testing.T, s *storetest.Store, g *gate, at moment, call func() storetest.Answer, happens func() error, code string) {
	t.Helper()
	arrived, open := g.shut(at)
	defer open()
	answer := make(chan storetest.Answer, 1)
	go func() { answer <- call() }()
	<-arrived
	if err := happens(); err != nil {
		open()
		<-answer // which uses t
		t.Fatal(err)
	}
	before := everything(t, s)
	open()
	if got := <-answer; got.Code() != code {
		t.Errorf("it is answered with %d: %s", got.Status, got.Body)
	}
	expectSame(t, "what is in the table", everything(t, s), before)
}

// everything is every item of the table, as text by its key, but for refusals in
// the audit trail.
func everything(t *testing.T, s *storetest.Store) map[string]string {
	t.Helper()
	items := make(map[string]string)
	pages := dynamodb.NewScanPaginator(s.Engine.Client, &dynamodb.ScanInput{TableName: &s.Name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range page.Items {
			if item["outcome"] != nil {
				continue
			}
			var plain map[string]any
			if err := attributevalue.UnmarshalMap(item, &plain); err != nil {
				t.Fatal(err)
			}
			if plain["kind"] == "refused" {
				continue
			}
			items[fmt.Sprint(plain["PK"], " ", plain["SK"])] = fmt.Sprint(plain)
		}
	}
	return items
}

// beside is the shop beside the clients of the options.
func beside(s *storetest.Store) *shop.Shop {
	own := *s.Shop
	own.Store, own.Admin = s.Table, s.Table
	return &own
}

// keyOf is the id of the key of the store.
func keyOf(s *storetest.Store) id.Key {
	const prefix = "ask_test_"
	return id.Key(s.Key[len(prefix) : len(prefix)+38])
}

// TestMemberStopsAtTheCommit: what a member has under way is not committed once
// their session has ended, or they may not do it any more.
func TestMemberStopsAtTheCommit(t *testing.T) {
	t.Parallel()
	writes := map[string]func(t *testing.T, b *storetest.Browser, agent string) storetest.Answer{
		"a policy": func(t *testing.T, b *storetest.Browser, _ string) storetest.Answer {
			return b.Call(t, http.MethodPut, storetest.Account+"/policy", map[string]any{"frozen": true})
		},
		"an agent": func(t *testing.T, b *storetest.Browser, _ string) storetest.Answer {
			return b.Call(t, http.MethodPost, storetest.Account+"/agents", map[string]any{"name": "late"})
		},
		"a key": func(t *testing.T, b *storetest.Browser, agent string) storetest.Answer {
			return b.Call(t, http.MethodPost, storetest.Account+"/agents/"+agent+"/keys", map[string]any{"name": "late"})
		},
		"an invitation": func(t *testing.T, b *storetest.Browser, _ string) storetest.Answer {
			return b.Call(t, http.MethodPost, storetest.Account+"/invitations", map[string]any{"email": "cid@example.com", "role": "viewer"})
		},
	}
	ends := map[string]struct {
		code string
		end  func(t *testing.T, people *shop.People, ada shop.Caller, bob *storetest.Browser) error
	}{
		"whose session ends": {"unauthenticated", func(t *testing.T, people *shop.People, _ shop.Caller, bob *storetest.Browser) error {
			return people.LogOut(t.Context(), shop.Browser{Token: bob.Session(t)})
		}},
		"who is removed": {"insufficient_role", func(t *testing.T, people *shop.People, ada shop.Caller, bob *storetest.Browser) error {
			return people.Remove(t.Context(), ada, bob.Caller(t).Person)
		}},
		"who gets another role": {"insufficient_role", func(t *testing.T, people *shop.People, ada shop.Caller, bob *storetest.Browser) error {
			_, err := people.SetRole(t.Context(), ada, bob.Caller(t).Person, shop.RoleOperator)
			return err
		}},
	}
	for write, call := range writes {
		for end, e := range ends {
			t.Run(write+" of a member "+end, func(t *testing.T) {
				t.Parallel()
				onEachGated(t, func(t *testing.T, s *storetest.Store, g *gate) {
					ada, bob := s.Owner(t), owner(t, s, "Bob", "bob@example.com")
					people := *s.People
					people.Store = s.Table
					admin := ada.Caller(t)
					agent := ada.Call(t, http.MethodPost, storetest.Account+"/agents", map[string]any{"name": "own"}).Text("agent", "id")
					stops(t, s, g, atCommit, func() storetest.Answer { return call(t, bob, agent) },
						func() error { return e.end(t, &people, admin, bob) }, e.code)
				})
			})
		}
	}
}

// owner is one more owner of Ada's account.
func owner(t *testing.T, s *storetest.Store, name, email string) *storetest.Browser {
	t.Helper()
	ada, b := s.Owner(t), s.LogIn(t, name, email)
	_, link, err := s.People.Invite(t.Context(), ada.Caller(t), email, shop.RoleOwner)
	if err != nil {
		t.Fatal(err)
	}
	if page := b.Send(t, strings.TrimPrefix(link, s.URL), nil); page.Status != http.StatusOK {
		t.Fatalf("the invitation ends with %d: %s", page.Status, page.Body)
	}
	return b
}

// TestTokenStopsAtTheCommit: what a token has under way is not committed once it was
// revoked, or its member may not do it any more.
func TestTokenStopsAtTheCommit(t *testing.T) {
	t.Parallel()
	writes := map[string]func(*testing.T, *storetest.Store, *storetest.Browser) *http.Request{
		"an agent": func(t *testing.T, s *storetest.Store, _ *storetest.Browser) *http.Request {
			return s.Request(t, http.MethodPost, storetest.Account+"/agents", map[string]any{"name": "late"})
		},
		"a token": func(t *testing.T, s *storetest.Store, _ *storetest.Browser) *http.Request {
			return s.Request(t, http.MethodPost, storetest.Account+"/tokens", map[string]any{"name": "late", "scopes": []string{"account:read"}})
		},
		"a purchase": func(t *testing.T, s *storetest.Store, b *storetest.Browser) *http.Request {
			quote := b.Call(t, http.MethodPost, storetest.Account+"/quotes", storetest.Order()).Text("quote", "id")
			return s.Request(t, http.MethodPost, storetest.Account+"/purchases", map[string]any{"quoteId": quote, "idempotencyKey": "late"})
		},
	}
	ends := map[string]struct {
		code string
		end  func(t *testing.T, people *shop.People, ada, bob shop.Caller, token id.Token) error
	}{
		"that is revoked": {"unauthenticated", func(t *testing.T, people *shop.People, _, bob shop.Caller, token id.Token) error {
			_, err := people.RevokeToken(t.Context(), bob, token)
			return err
		}},
		"whose member is removed": {"unauthenticated", func(t *testing.T, people *shop.People, ada, bob shop.Caller, _ id.Token) error {
			return people.Remove(t.Context(), ada, bob.Person)
		}},
		"whose member gets another role": {"insufficient_role", func(t *testing.T, people *shop.People, ada, bob shop.Caller, _ id.Token) error {
			_, err := people.SetRole(t.Context(), ada, bob.Person, shop.RoleViewer)
			return err
		}},
	}
	for write, prepare := range writes {
		for end, e := range ends {
			if write == "a token" && e.code == "insufficient_role" {
				continue // which a viewer may make
			}
			t.Run(write+" by a token "+end, func(t *testing.T) {
				t.Parallel()
				onEachGated(t, func(t *testing.T, s *storetest.Store, g *gate) {
					ada, bob := s.Owner(t), owner(t, s, "Bob", "bob@example.com")
					s.Fund(t, ada.Caller(t).Account, 100_000)
					made := bob.Call(t, http.MethodPost, storetest.Account+"/tokens", map[string]any{
						"name": "script", "role": "owner", "scopes": []string{"account:read", "agents:write", "tokens:write", "purchases:write"},
					})
					admin, member := ada.Caller(t), bob.Caller(t)
					people := *s.People
					people.Store = s.Table
					own := *s
					own.Key = made.Text("secret")
					if a := own.Call(t, http.MethodGet, storetest.Account, nil); a.Status != http.StatusOK {
						t.Fatalf("the token opens nothing: %s", a.Body) // and its use is written down
					}
					late := prepare(t, &own, bob)
					stops(t, s, g, atCommit, func() storetest.Answer { return storetest.Do(t, http.DefaultClient, late) },
						func() error { return e.end(t, &people, admin, member, id.Token(made.Text("token", "id"))) }, e.code)
				})
			})
		}
	}
}

// TestTwoLastTokens: of two tokens that would each be the last one, one is made.
func TestTwoLastTokens(t *testing.T) {
	t.Parallel()
	onEachGated(t, func(t *testing.T, s *storetest.Store, g *gate) {
		ada := s.Owner(t)
		caller := ada.Caller(t)
		people := *s.People
		people.Store = s.Table
		make := func() error {
			_, _, err := people.CreateToken(t.Context(), caller, shop.NewPersonalToken{Name: "x", Scopes: []shop.Scope{shop.ScopeAccountRead}})
			return err
		}
		for range shop.MaxTokens - 1 {
			expectOK(t, make())
		}
		stops(t, s, g, atCommit, func() storetest.Answer {
			return ada.Call(t, http.MethodPost, storetest.Account+"/tokens", map[string]any{"name": "late", "scopes": []string{"account:read"}})
		}, make, "invalid_input")
	})
}
