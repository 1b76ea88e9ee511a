package shop_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// writers is how many write at once while the authority of all of them ends.
const writers = 48

// ending is a store that writes down what its table is asked for.
type ending struct {
	*storetest.Store
	recorder *dynamotest.Recorder
}

func onEachEnding(t *testing.T, run func(t *testing.T, e ending)) {
	t.Helper()
	dynamotest.EachAndAWS(t, func(t *testing.T, engine dynamotest.Engine, client ...func(*dynamodb.Options)) {
		var recorder dynamotest.Recorder
		o := storetest.Options{NoKick: true, Client: append(client, recorder.Record)}
		run(t, ending{storetest.New(t, engine, o), &recorder})
	})
}

// race has all writers write at once and ends their authority when the first of
// them has. Nothing may be committed after that has returned: neither by what the
// table shows, nor by when it was asked.
func (e ending) race(t *testing.T, write func(i int) storetest.Answer, end func() error) {
	t.Helper()
	var mu sync.Mutex
	outcomes := make(map[string]int)
	first := make(chan struct{})
	begun := sync.OnceFunc(func() { close(first) })
	var done sync.WaitGroup
	for i := range writers {
		done.Go(func() {
			answer := write(i)
			begun()
			mu.Lock()
			defer mu.Unlock()
			outcomes[fmt.Sprint(answer.Status, " ", answer.Code())]++
		})
	}
	<-first
	tries := 1
	for ; tries < 100; tries++ {
		if err := end(); !fault.Is(err, fault.Busy) {
			expectOK(t, err)
			break
		}
	}
	ended := time.Now()
	before := everything(t, e.Store)
	done.Wait()
	expectSame(t, "what is in the table", withoutMoney(everything(t, e.Store)), withoutMoney(before))
	for _, c := range e.recorder.Calls() {
		if c.Operation == "TransactWriteItems" && c.Err == nil && c.Start.After(ended) && !refusal(c) && !settling(c) {
			t.Errorf("a commit began %v after the end", c.Start.Sub(ended))
		}
	}
	t.Logf("%d tries to end it; the writers got %v", tries, outcomes)
}

// ofHolds begin the sort keys of what gives back what was held for a purchase that came
// too late, and changes after the end.
var ofHolds = []string{"WALLET", "BUDGET#", "LEDGER#", "CAUSE#", "HOLD#"}

func ofMoney(sort string) bool {
	return slices.ContainsFunc(ofHolds, func(prefix string) bool { return strings.HasPrefix(sort, prefix) })
}

func withoutMoney(items map[string]string) map[string]string {
	maps.DeleteFunc(items, func(key, _ string) bool {
		_, sort, _ := strings.Cut(key, " ")
		return ofMoney(sort)
	})
	return items
}

// settling reports whether a commit writes nothing else.
func settling(c dynamotest.Call) bool {
	return !slices.ContainsFunc(c.Keys, func(k dynamotest.Key) bool { return !ofMoney(k.SK) })
}

// refusal reports whether a commit puts a refusal into the audit trail.
func refusal(c dynamotest.Call) bool {
	return slices.ContainsFunc(c.Keys, func(k dynamotest.Key) bool { return strings.HasPrefix(k.SK, "REFUSED#") })
}

// TestNothingIsCommittedAfterTheEnd: half of the writers buy and half act, but a
// freeze is about purchases alone.
func TestNothingIsCommittedAfterTheEnd(t *testing.T) {
	t.Parallel()
	frozen := shop.Policy{Frozen: true}
	member := func(s *storetest.Store) shop.Caller { return shop.Caller{Account: s.Agent.Account()} }
	for name, tt := range map[string]struct {
		acting int
		end    func(t *testing.T, s *storetest.Store) error
	}{
		"of a key that is revoked": {writers / 2, func(t *testing.T, s *storetest.Store) error {
			_, err := s.Shop.RevokeKey(t.Context(), member(s), keyOf(s))
			return err
		}},
		"of a key that is rotated": {writers / 2, func(t *testing.T, s *storetest.Store) error {
			_, _, err := s.Shop.RotateKey(t.Context(), member(s), keyOf(s), 0)
			return err
		}},
		"of an account that is frozen": {0, func(t *testing.T, s *storetest.Store) error {
			return s.SetPolicy(t, "", frozen)
		}},
		"of an agent that is frozen": {0, func(t *testing.T, s *storetest.Store) error {
			return s.SetPolicy(t, s.Agent, frozen)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEachEnding(t, func(t *testing.T, e ending) {
				agent := shop.Agent{ID: e.Agent, Account: e.Agent.Account(), Version: 1, Name: "races"}
				expectOK(t, e.Table.Commit(t.Context(), shop.Change{Agents: []shop.Agent{agent}}))
				services := e.activeServices(t, tt.acting)
				e.race(t, func(i int) storetest.Answer {
					key := fmt.Sprint("key ", i)
					path, body := storetest.Purchases, with(storetest.Order(), "idempotencyKey", key)
					if i < tt.acting {
						path, body = storetest.ActionPath(services[i], storetest.Harmless()), map[string]any{"idempotencyKey": key}
					}
					return storetest.Do(t, http.DefaultClient, e.Request(t, http.MethodPost, path, body))
				}, func() error { return tt.end(t, e.Store) })
			})
		})
	}
}

// activeServices buys so many services and waits for them.
func (e ending) activeServices(t *testing.T, n int) []id.Service {
	t.Helper()
	plain := beside(e.Store)
	var services []id.Service
	for len(services) < n {
		_, err := plain.BuyItem(t.Context(), confirmed(e.Store), storetest.Asked(min(n-len(services), shop.MaxQuantity)), once("", func(b shop.Bought) string {
			for _, service := range b.Services {
				services = append(services, service.ID)
			}
			return ""
		}))
		expectOK(t, err)
	}
	e.Work(t)
	return services
}

// TestNothingIsCommittedAfterAMemberEnds: a member's writes change the policies of
// the account and of an agent.
func TestNothingIsCommittedAfterAMemberEnds(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(t *testing.T, e ending, ada shop.Caller, bob *storetest.Browser, person id.Person) error{
		"whose session ends": func(t *testing.T, e ending, _ shop.Caller, bob *storetest.Browser, _ id.Person) error {
			return e.People.LogOut(t.Context(), shop.Browser{Token: bob.Session(t)})
		},
		"who is removed": func(t *testing.T, e ending, ada shop.Caller, _ *storetest.Browser, person id.Person) error {
			return e.People.Remove(t.Context(), ada, person)
		},
		"whose role is lowered": func(t *testing.T, e ending, ada shop.Caller, _ *storetest.Browser, person id.Person) error {
			_, err := e.People.SetRole(t.Context(), ada, person, shop.RoleViewer)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEachEnding(t, func(t *testing.T, e ending) {
				ada, bob := e.Owner(t), owner(t, e.Store, "Bob", "bob@example.com")
				admin, person := ada.Caller(t), bob.Caller(t).Person
				agent := ada.Call(t, http.MethodPost, storetest.Account+"/agents", map[string]any{"name": "own"}).Text("agent", "id")
				e.race(t, func(i int) storetest.Answer {
					path := storetest.Account + "/policy"
					if i%2 == 0 {
						path = storetest.Account + "/agents/" + agent + "/policy"
					}
					return bob.Call(t, http.MethodPut, path, map[string]any{"maxLiveServices": i})
				}, func() error { return end(t, e, admin, bob, person) })
			})
		})
	}
}

// with is a body with one more member.
func with(body map[string]any, name string, value any) map[string]any {
	body[name] = value
	return body
}
