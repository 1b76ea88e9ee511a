package license_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/license"
	"agentstore/internal/test/storetest"
	"agentstore/internal/test/storetest/contract"
	"agentstore/pkg/api"
	"agentstore/pkg/id"
	"agentstore/pkg/product"
	"agentstore/pkg/shop"
)

// ada is somebody whose license it is. Nothing else is called so.
var ada = license.Holder{Name: "Ada Lovelace", Email: "ada@lovelace.example"}

// heard is what a desk was told of the holders of licenses, by the action.
type heard struct {
	mu  sync.Mutex
	who map[shop.ActionName]license.Holder
}

func (h *heard) tell(job shop.Job, who license.Holder) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.who[job.Intent.Action] = who
}

func (h *heard) of(action shop.ActionName) (license.Holder, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	who, told := h.who[action]
	return who, told
}

// newDesk is a store whose jobs wait for Work, and what its desk hears.
func newDesk(t *testing.T, engine dynamotest.Engine, refuses func(shop.Job) bool) (store, *heard) {
	t.Helper()
	h := &heard{who: make(map[shop.ActionName]license.Holder)}
	return store{storetest.New(t, engine, storetest.Options{
		Shelf: shelf(), Catalog: license.Catalog, NoKick: true,
		Fulfilments: map[string]shop.Fulfilment{license.ServiceType: license.Desk{Refuses: refuses, Told: h.tell}},
	})}, h
}

// held is an order of a license for ada.
func held(item string) map[string]any {
	o := order(item, "team")
	o["configuration"] = with(o["configuration"].(map[string]any), "holder", map[string]any{"name": ada.Name, "email": ada.Email})
	return o
}

func with(o map[string]any, name string, value any) map[string]any {
	o = maps.Clone(o)
	o[name] = value
	return o
}

func isAbout(text string) bool {
	return strings.Contains(text, "Lovelace") || strings.Contains(text, "lovelace")
}

// rows are all items of the table.
func (s store) rows(t *testing.T) (rows []map[string]any) {
	t.Helper()
	pages := dynamodb.NewScanPaginator(s.Engine.Client, &dynamodb.ScanInput{TableName: &s.Name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range page.Items {
			var row map[string]any
			if err := attributevalue.UnmarshalMap(item, &row); err != nil {
				t.Fatal(err)
			}
			rows = append(rows, row)
		}
	}
	return rows
}

// about are the keys of the items that say something about ada.
func (s store) about(t *testing.T) (keys []string) {
	t.Helper()
	for _, row := range s.rows(t) {
		for name, value := range row {
			if bytes, isBinary := value.([]byte); isBinary {
				row[name] = string(bytes)
			}
		}
		if text, err := json.Marshal(row); err != nil || isAbout(string(text)) {
			keys = append(keys, row["SK"].(string))
		}
	}
	return keys
}

// expectAbout wants those items alone to be about ada, and no line of the log.
func (s store) expectAbout(t *testing.T, when string, references ...any) {
	t.Helper()
	keys := s.about(t)
	if len(keys) != len(references) {
		t.Errorf("%s: about ada are %v, want %v", when, keys, references)
	}
	for _, reference := range references {
		if !strings.Contains(strings.Join(keys, " "), "PERSONAL#"+reference.(string)) {
			t.Errorf("%s: about ada are %v, want %v", when, keys, references)
		}
	}
	if isAbout(s.Log.String()) {
		t.Errorf("%s: the log is about ada", when)
	}
}

// timeToLive is when the item of personal data goes, in seconds since 1970; 0 is never.
func (s store) timeToLive(t *testing.T, reference any) int64 {
	t.Helper()
	for _, row := range s.rows(t) {
		if row["SK"] == "PERSONAL#"+reference.(string) {
			end, _ := row["ttl"].(float64)
			return int64(end)
		}
	}
	t.Fatalf("%v has no item", reference)
	return 0
}

// without makes a call whose answer must not be about ada.
func without(call contract.Call) contract.Call {
	return func(tb testing.TB, tool string, input map[string]any) map[string]any {
		tb.Helper()
		answer := call(tb, tool, input)
		if text, err := json.Marshal(answer); err != nil || isAbout(string(text)) {
			tb.Errorf("%s answers %s", tool, text)
		}
		return answer
	}
}

// reads is all that can be read of a purchase and its service, but for the person.
func reads(t *testing.T, call contract.Call, purchase, service, quote any) map[string]any {
	t.Helper()
	return map[string]any{
		"purchase": call(t, "purchase_get_status", map[string]any{"purchaseId": purchase}),
		"service":  call(t, "service_get", map[string]any{"serviceId": service}),
		"quote":    call(t, "quote_get", map[string]any{"quoteId": quote}),
		"lists":    []any{call(t, "service_list", map[string]any{}), call(t, "purchase_list", map[string]any{})},
	}
}

// TestPersonal buys a license for somebody, who is known to the desk, and in one item
// of the table alone; and has them forgotten, while all else stays as it is.
func TestPersonal(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s, desk := newDesk(t, engine, nil)
		for protocol, whole := range s.protocols(t) {
			t.Run(protocol, func(t *testing.T) {
				s.Clock.Advance(time.Second)
				call := without(whole)
				quoted := call(t, "quote_create", with(held("cat_compose"), "idempotencyKey", "the quote over "+protocol))
				reference, _ := at(quoted, "quote", "personalId").(string)
				if !strings.HasPrefix(reference, "per_") {
					t.Fatalf("the reference is %q", reference)
				}
				expectAt(t, quoted, reference, "quote", "configuration", "holder")
				expires, _ := time.Parse(time.RFC3339, at(quoted, "quote", "expiresAt").(string))
				if got, want := s.timeToLive(t, reference), expires.Add(30*24*time.Hour).Unix(); got != want {
					t.Errorf("the data goes at %d, want %d, with its quote", got, want)
				}
				s.expectAbout(t, "quoted", reference)

				buy := map[string]any{"quoteId": at(quoted, "quote", "id"), "idempotencyKey": "for ada over " + protocol}
				bought := call(t, "purchase_create", buy)
				expectAt(t, bought, reference, "purchase", "personalId")
				expectAt(t, bought, reference, "service", "personalId")
				if got := s.timeToLive(t, reference); got != 0 {
					t.Errorf("what is bought goes at %d", got)
				}
				direct := call(t, "purchase_create", with(held("cat_compose"), "idempotencyKey", "directly over "+protocol))
				other := at(direct, "service", "personalId")
				if other == reference || s.timeToLive(t, other) != 0 {
					t.Errorf("the data of a direct purchase is %v and goes at %d", other, s.timeToLive(t, other))
				}
				s.Work(t)
				if who, told := desk.of(shop.ActionCreate); !told || who != ada {
					t.Errorf("the desk delivers to %+v", who)
				}
				service := at(bought, "service", "id")
				call(t, "license_rotate", map[string]any{"serviceId": service, "reason": "leaked"})
				s.Work(t)
				s.expectAbout(t, "delivered", reference, other)
				s.settled(t)

				read := whole(t, "personal_get", map[string]any{"personalId": reference})
				expectAt(t, read, "present", "personal", "status")
				expectAt(t, read, ada.Email, "personal", "data", "holder", "email")
				before := reads(t, call, at(bought, "purchase", "id"), service, buy["quoteId"])

				erase := map[string]any{"personalId": reference, "idempotencyKey": "forget over " + protocol}
				for range 2 {
					erased := call(t, "personal_erase", erase)
					expectAt(t, erased, reference, "personal", "id")
					expectAt(t, erased, "erased", "personal", "status")
				}
				call(t, "personal_erase", map[string]any{"personalId": reference}) // again, without a key
				s.expectAbout(t, "erased", other)
				read = call(t, "personal_get", map[string]any{"personalId": reference})
				expectAt(t, read, "erased", "personal", "status")
				expectAt(t, read, nil, "personal", "data")

				after := reads(t, call, at(bought, "purchase", "id"), service, buy["quoteId"])
				if !reflect.DeepEqual(before, after) {
					t.Errorf("once they were forgotten it is %v, before it was %v", after, before)
				}
				if again := call(t, "purchase_create", buy); !reflect.DeepEqual(again, bought) {
					t.Errorf("the replay is %v, the answer was %v", again, bought)
				}
				call(t, "personal_erase", map[string]any{"personalId": other})
				s.expectAbout(t, "all erased")
				s.settled(t)
			})
		}
	})
}

// personal buys a license for ada, by hand, and returns the service and the reference.
func (s store) personal(t *testing.T) (service, reference string) {
	t.Helper()
	a := s.Call(t, http.MethodPost, storetest.Purchases, with(held("cat_compose"), "idempotencyKey", rand(t)))
	if a.Status != http.StatusCreated {
		t.Fatalf("%d: %s", a.Status, a.Body)
	}
	return a.Text("service", "id"), a.Text("service", "personalId")
}

const personalPath = "/v1/agent/personal/"

func (s store) erase(t *testing.T, reference string) storetest.Answer {
	t.Helper()
	a := s.Call(t, http.MethodPost, personalPath+reference+"/erase", nil)
	if a.Status != http.StatusOK || a.Text("personal", "status") != "erased" || a.Get("personal", "data") != nil {
		t.Errorf("%d: %s", a.Status, a.Body)
	}
	return a
}

// TestErasedAtAnyTime: whenever it is that somebody is forgotten, the rest goes on, and
// nobody learns of them any more.
func TestErasedAtAnyTime(t *testing.T) {
	t.Parallel()
	t.Run("before the purchase of the quote", func(t *testing.T) {
		t.Parallel()
		s, desk := newDesk(t, dynamotest.Embedded(t), nil)
		quote := s.Call(t, http.MethodPost, storetest.Quotes, held("cat_compose"))
		s.erase(t, quote.Text("quote", "personalId"))
		a := s.Call(t, http.MethodPost, storetest.Purchases, map[string]any{"quoteId": quote.Text("quote", "id"), "idempotencyKey": "k"})
		if a.Status != http.StatusCreated || s.timeToLive(t, quote.Text("quote", "personalId")) != 0 {
			t.Errorf("%d: %s", a.Status, a.Body)
		}
		s.delivered(t, desk, a.Text("service", "id"), "active")
	})
	t.Run("during provisioning", func(t *testing.T) {
		t.Parallel()
		s, desk := newDesk(t, dynamotest.Embedded(t), nil)
		service, reference := s.personal(t)
		s.erase(t, reference)
		s.delivered(t, desk, service, "active")
	})
	t.Run("after a refund", func(t *testing.T) {
		t.Parallel()
		s, _ := newDesk(t, dynamotest.Embedded(t), func(shop.Job) bool { return true })
		before := s.balance(t)
		service, reference := s.personal(t)
		s.Work(t)
		s.expectAbout(t, "refunded", reference)
		s.erase(t, reference)
		if after := s.balance(t); after != before {
			t.Errorf("the wallet held %d before and holds %d", before, after)
		}
		if a := s.Call(t, http.MethodGet, storetest.Services+"/"+service, nil); a.Text("service", "status") != "failed" || a.Text("service", "personalId") != reference {
			t.Errorf("the service is %s", a.Body)
		}
		s.expectAbout(t, "erased")
		s.settled(t)
	})
}

// delivered has the desk deliver to somebody who was forgotten.
func (s store) delivered(t *testing.T, desk *heard, service, status string) {
	t.Helper()
	s.Work(t)
	if who, told := desk.of(shop.ActionCreate); !told || who != (license.Holder{}) {
		t.Errorf("the desk delivers to %+v", who)
	}
	if a := s.Call(t, http.MethodGet, storetest.Services+"/"+service, nil); a.Text("service", "status") != status {
		t.Errorf("the service is %s", a.Body)
	}
	s.expectAbout(t, "delivered")
	s.settled(t)
}

// TestErasureRaces has many erase the same data while its quote is bought: it is
// erased once, and each is told so.
func TestErasureRaces(t *testing.T) {
	t.Parallel()
	const callers = 32
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s, _ := newDesk(t, engine, nil)
		quote := s.Call(t, http.MethodPost, storetest.Quotes, held("cat_compose"))
		reference := quote.Text("quote", "personalId")
		var done sync.WaitGroup
		for i := range callers {
			done.Go(func() {
				body := map[string]any{"idempotencyKey": "erase " + strconv.Itoa(i%8)} // four each
				// Who has lost too many races is told to send the same again.
				for tries := 0; tries < 50; tries++ {
					a := s.Call(t, http.MethodPost, personalPath+reference+"/erase", body)
					if a.Get("retryable") == true {
						continue
					}
					if a.Status != http.StatusOK || a.Text("personal", "status") != "erased" {
						t.Errorf("%d: %s", a.Status, a.Body)
					}
					return
				}
				t.Error("it cannot be erased")
			})
		}
		done.Go(func() {
			for range 50 {
				a := s.Call(t, http.MethodPost, storetest.Purchases, map[string]any{"quoteId": quote.Text("quote", "id"), "idempotencyKey": "k"})
				if a.Status == http.StatusCreated {
					return
				}
				if a.Get("retryable") != true {
					t.Errorf("%d: %s", a.Status, a.Body)
				}
			}
			t.Error("it cannot be bought")
		})
		done.Wait()
		p, err := s.Table.Personal(t.Context(), s.Agent.Account(), id.Personal(reference))
		if err != nil || p.Version != 3 || p.Status() != shop.PersonalErased {
			t.Errorf("after one erasure and one purchase it is %+v, %v", p, err)
		}
		if s.timeToLive(t, reference) != 0 {
			t.Error("what is bought goes")
		}
		s.Work(t)
		s.expectAbout(t, "erased")
		s.settled(t)
	})
}

// TestPersonalOfOthers: who does not see an order sees nobody in it.
func TestPersonalOfOthers(t *testing.T) {
	t.Parallel()
	s, _ := newDesk(t, dynamotest.Embedded(t), nil)
	_, reference := s.personal(t)
	account := s.Agent.Account()
	keys := map[string]string{
		"another account":               s.NewKey(t, s.Shop.IDs.Agent(s.Shop.IDs.Account()), s.Shop.Products.Scopes()...),
		"a colleague that sees its own": s.NewKey(t, s.Shop.IDs.OwnAgent(account), s.Shop.Products.Scopes()...),
		"without the scopes":            s.NewKey(t, s.Agent, shop.ScopeServicesRead, shop.ScopePurchasesRead),
	}
	for who, key := range keys {
		status, code := http.StatusNotFound, "not_found"
		if who == "without the scopes" {
			status, code = http.StatusForbidden, "insufficient_scope"
		}
		stranger := *s.Store
		stranger.Key = key
		for _, a := range []storetest.Answer{
			stranger.Call(t, http.MethodGet, personalPath+reference, nil),
			stranger.Call(t, http.MethodPost, personalPath+reference+"/erase", map[string]any{"idempotencyKey": "k"}),
		} {
			if a.Status != status || a.Code() != code || isAbout(string(a.Body)) {
				t.Errorf("%s: %d %s", who, a.Status, a.Body)
			}
		}
	}
	s.expectAbout(t, "nobody has erased it", reference)
}

// TestMembersErase too, once they have logged in lately, and it is in the trail.
func TestMembersErase(t *testing.T) {
	t.Parallel()
	s, _ := newDesk(t, dynamotest.Embedded(t), nil)
	owner := s.Owner(t)
	account := owner.Caller(t).Account
	s.Fund(t, account, 1_000_000)
	s.Agent = s.Shop.IDs.Agent(account)
	s.Key = s.NewKey(t, s.Agent, s.Shop.Products.Scopes()...)
	_, reference := s.personal(t)
	path := storetest.Account + "/personal/" + reference
	if a := owner.Call(t, http.MethodGet, path, nil); a.Text("personal", "data", "holder", "name") != ada.Name {
		t.Errorf("%d: %s", a.Status, a.Body)
	}
	s.Clock.Advance(time.Hour)
	if a := owner.Call(t, http.MethodPost, path+"/erase", nil); a.Code() != "reauthentication_required" {
		t.Errorf("an old login: %d %s", a.Status, a.Body)
	}
	owner.LogIn(t, "/login", "Ada", "ada@example.com")
	for range 2 {
		if a := owner.Call(t, http.MethodPost, path+"/erase", nil); a.Status != http.StatusOK || a.Text("personal", "status") != "erased" {
			t.Errorf("%d: %s", a.Status, a.Body)
		}
	}
	if a := s.Call(t, http.MethodGet, personalPath+reference, nil); a.Text("personal", "status") != "erased" {
		t.Errorf("the agent reads %s", a.Body)
	}
	trail := owner.Call(t, http.MethodGet, storetest.Account+"/audit?operation=account_personal_erase&outcome=done", nil)
	if trail.Text("events", 0, "subject") != reference || trail.Text("events", 0, "personId") == "" {
		t.Errorf("the trail is %s", trail.Body)
	}
	s.expectAbout(t, "erased")
}

// TestParkedForSomebody: a purchase that waits for a member keeps what it says about
// somebody, and once it is approved the desk learns of them.
func TestParkedForSomebody(t *testing.T) {
	t.Parallel()
	s, desk := newDesk(t, dynamotest.Embedded(t), nil)
	owner := s.Owner(t)
	s.Fund(t, owner.Caller(t).Account, 1_000_000)
	s.Agent = s.Shop.IDs.Agent(owner.Caller(t).Account)
	s.Key = s.NewKey(t, s.Agent, s.Shop.Products.Scopes()...)
	policy := map[string]any{"limits": []any{map[string]any{"currency": "usd", "approvalAboveMinor": 0}}}
	if a := owner.Call(t, http.MethodPut, storetest.Account+"/policy", policy); a.Status != http.StatusOK {
		t.Fatalf("%d: %s", a.Status, a.Body)
	}
	quote := s.Call(t, http.MethodPost, storetest.Quotes, held("cat_compose"))
	reference := quote.Text("quote", "personalId")
	parked := s.Call(t, http.MethodPost, storetest.Purchases, map[string]any{"quoteId": quote.Text("quote", "id"), "idempotencyKey": "k"})
	if parked.Text("purchase", "status") != "pending_approval" || parked.Text("purchase", "personalId") != reference || s.timeToLive(t, reference) != 0 {
		t.Errorf("%d: %s", parked.Status, parked.Body)
	}
	approval := storetest.Account + "/approvals/" + parked.Text("purchase", "approvalId")
	if a := owner.Call(t, http.MethodGet, approval, nil); a.Status != http.StatusOK || isAbout(string(a.Body)) {
		t.Errorf("the question is %s", a.Body)
	}
	if a := owner.Call(t, http.MethodPost, approval+"/approve", nil); a.Status != http.StatusOK {
		t.Errorf("%d: %s", a.Status, a.Body)
	}
	s.Work(t)
	if who, _ := desk.of(shop.ActionCreate); who != ada {
		t.Errorf("the desk delivers to %+v", who)
	}
	s.expectAbout(t, "delivered", reference)
}

// A store that sells nothing about people has no operations for it.
func TestNothingPersonal(t *testing.T) {
	t.Parallel()
	impersonal := license.New()
	words := impersonal.Words()
	words.Personal = nil
	impersonal.Words = func() product.Words { return words }
	for _, o := range api.All(product.Shelf{impersonal}) {
		if strings.Contains(o.Name, "personal") {
			t.Errorf("there is %s", o.Name)
		}
	}
}
