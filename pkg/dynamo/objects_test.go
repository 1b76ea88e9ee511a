package dynamo_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"agentstore/pkg/app"
	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/period"
	"agentstore/pkg/shop"
)

var now = time.Date(2026, 1, 31, 12, 0, 0, 123e6, time.UTC)

// fixedIDs makes the same identifiers in the same order in each run, each a
// millisecond younger than the one before.
func fixedIDs() id.Maker {
	clock := now
	return id.Maker{
		Now:     func() time.Time { clock = clock.Add(time.Millisecond); return clock },
		Entropy: rand.NewChaCha8([32]byte{}),
	}
}

// ids makes identifiers for all tests at once.
var ids = sync.OnceValue(func() *safeIDs { return &safeIDs{maker: fixedIDs()} })

type safeIDs struct {
	mu    sync.Mutex
	maker id.Maker
}

func newID[T any](kind func(id.Maker) T) T {
	safe := ids()
	safe.mu.Lock()
	defer safe.mu.Unlock()
	return kind(safe.maker)
}

func newAgent() id.Agent {
	return newID(func(m id.Maker) id.Agent { return m.Agent(m.Account()) })
}

// objects is one of everything that an account has.
type objects struct {
	record       shop.Record
	confirmation shop.Confirmation
	quote        shop.Quote
	purchase     shop.Purchase
	personal     shop.Personal
	service      shop.Service
	many         shop.ManyCancellation
	job          shop.Job
	credential   shop.Credential
	person       shop.Person
	account      shop.Account
	agent        shop.Agent
	member       shop.Member
	invitation   shop.Invitation
	session      shop.Session
	token        shop.PersonalToken
	approval     shop.Approval
	waiting      shop.Waiting
	sshKeys      shop.SSHKeys
	budget       shop.Budget // of the account
	allowance    shop.Budget // of the agent
	event        shop.Event
}

// change creates all of them together.
func (o objects) change() shop.Change {
	return shop.Change{
		Record: &o.record, Confirmation: &o.confirmation, Quote: &o.quote, Personal: &o.personal, Purchase: &o.purchase,
		Services: []shop.Service{o.service}, Cancellation: &o.many, Jobs: []shop.Job{o.job},
		Person: &o.person, Account: &o.account, Agents: []shop.Agent{o.agent}, Members: []shop.Member{o.member},
		Invitation: &o.invitation, Sessions: []shop.Session{o.session}, Tokens: []shop.PersonalToken{o.token},
		Approval: &o.approval, Waiting: &o.waiting, SSHKeys: &o.sshKeys, Budgets: []shop.Budget{o.budget, o.allowance}, Event: &o.event, At: now,
	}
}

// full has no field without a value.
func full(agent id.Agent) objects {
	var (
		account  = agent.Account()
		quote    = newID(id.Maker.Quote)
		purchase = newID(id.Maker.Purchase)
		personal = newID(id.Maker.Personal)
		service  = newID(id.Maker.Service)
		approval = newID(id.Maker.Approval)
		person   = newID(id.Maker.Person)
		inviter  = newID(id.Maker.Person)
		asking   = newID(func(m id.Maker) id.Key { return m.Key(agent) })
		token    = newID(func(m id.Maker) id.Token { return m.Token(account, person) })
		at       = func(days int) time.Time { return now.AddDate(0, 0, days) }
	)
	current := shop.Action{
		ID: newID(id.Maker.Action), Account: account, Service: service, Version: 1,
		Intent: fullIntent(), Status: shop.ActionRunning, StartedAt: at(1), Purchase: purchase, Percent: 40, Until: at(2),
	}
	o := objects{
		record: shop.Record{
			RecordKey:   shop.RecordKey{Agent: agent, Operation: "purchase_create", Key: "key #1 ~\"é\""},
			Fingerprint: "fingerprint", Body: []byte(`{"purchase":{}}`), Subject: string(purchase),
			CreatedAt: at(0), ExpiresAt: at(30),
		},
		confirmation: shop.Confirmation{
			Hash: string(purchase), Account: account, Version: 1, Key: newID(func(m id.Maker) id.Key { return m.Key(agent) }),
			Call: "fingerprint key #1", ExpiresAt: at(1),
		},
		quote: shop.Quote{
			ID: quote, Account: account, Agent: agent, Version: 1, Offer: fullOffer(),
			CreatedAt: at(0), ExpiresAt: at(1), Purchase: purchase,
		},
		purchase: shop.Purchase{
			ID: purchase, Account: account, Agent: agent, Person: person, Version: 1, Quote: quote, Offer: fullOffer(),
			Status:   shop.PurchasePartiallyFailed,
			Services: []shop.ServiceRef{{ID: service, DisplayName: "web-1", Failed: true}, {ID: "svc_2", DisplayName: "web-2"}},
			Action:   current.ID,
			Approval: &shop.ApprovalRef{ID: approval, ExpiresAt: at(1)}, Held: true, ConfirmedBy: shop.ConfirmedByClient,
			Failure: "The create failed.", CreatedAt: at(0), UpdatedAt: at(1),
		},
		personal: shop.Personal{
			ID: personal, Account: account, Agent: agent, Version: 1, ServiceType: "unit", Data: json.RawMessage(`{"name":"Ada"}`),
			CreatedAt: at(0), ErasedAt: at(1), ExpiresAt: at(2),
		},
		service: shop.Service{
			ID: service, Account: account, Agent: agent, Version: 1, Purchase: purchase, Item: "cat_vps_micro", Exchanged: newID(id.Maker.Purchase),
			ServiceType: "unit", DisplayName: "web-1", Status: shop.ServiceSuspended,
			Configuration: json.RawMessage(`{"name":"web-1"}`), Personal: personal, State: shop.Data{Shape: 3, JSON: json.RawMessage(`{"name": "web-1"}`)},
			Resource:   shop.Resource{Provider: "mock", ID: "17", Operation: "4711"},
			Protection: []shop.ActionName{"fill", "tune"}, Current: &current,
			Failure: "The tune failed.", Bill: fullBill(), DueAt: at(3),
			Lease: &shop.Lease{ExpiresAt: at(20), OnExpiry: shop.ExpiryStop, Expired: true},
			End:   &shop.End{Reason: shop.EndUnpaid, At: at(4), Refund: 17}, Labels: []string{"ci", "run=42"}, Listed: shop.ServiceSuspended, CreatedAt: at(0), UpdatedAt: at(1),
		},
		many: shop.ManyCancellation{
			ID: newID(id.Maker.Cancellation), Account: account, Version: 1, By: shop.Actor{Person: inviter, Token: token, Agent: agent, Key: asking}, Heeds: true, Froze: 7,
			Matching: shop.Matching{Label: "ci", Agent: agent}, PreviewedAt: at(0), CreatedAt: at(1), UpdatedAt: at(2), DueAt: at(3),
			Matches: []shop.Match{
				{Service: service, PaidUntil: at(30), Paid: 2400, State: shop.MatchKept, Code: fault.ApprovalRequired, Refund: usd(3)},
				{Service: "svc_2", State: shop.MatchOpen},
				{Service: "svc_3", State: shop.MatchEnded},
			},
		},
		job: shop.Job{
			ID: newID(id.Maker.Job), Account: account, Version: 1, Service: service, ServiceType: "unit", Intent: fullIntent(),
			Status: shop.JobFailed, DueAt: at(2), Attempts: 7, LastError: "an outage", CreatedAt: at(0), BegunBy: shop.Holder(inviter),
		},
		credential: shop.Credential{
			ID: newID(func(m id.Maker) id.Key { return m.Key(agent) }), Agent: agent, Version: 1, Name: "deploy",
			SecretHash: []byte{255, 0, 1}, Scopes: app.Shelf().Rules().Scopes(), CreatedAt: at(0), ExpiresAt: at(90), RetiresAt: at(2), RevokedAt: at(1), CreatedBy: person,
			AllowedIPs: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::/32")},
		},
		person: shop.Person{
			ID: person, Version: 1, Issuer: "https://issuer.example.com/pool", Subject: string(person),
			Email: "ada@example.com", Name: "Ada", CreatedAt: at(0),
		},
		account: shop.Account{ID: account, Version: 1, Name: "Ada", Checkout: agent, RequireMFA: true, CreatedAt: at(0)},
		agent:   shop.Agent{ID: agent, Account: account, Version: 1, Name: "Checkout", Sees: shop.SeesAccount, System: true, CreatedAt: at(0)},
		member: shop.Member{
			Account: account, Person: person, Version: 1, Role: shop.RoleOperator,
			Email: "ada@example.com", Name: "Ada", CreatedAt: at(0), AddedBy: inviter,
		},
		invitation: shop.Invitation{
			ID: newID(id.Maker.Invitation), Hash: "invitation of " + string(person), Account: account, Version: 1,
			Role: shop.RoleOperator, Email: "ada@example.com", InvitedBy: inviter,
			CreatedAt: at(0), ExpiresAt: at(7), AcceptedBy: person, RevokedAt: at(1),
		},
		session: shop.Session{
			ID: newID(id.Maker.Session), Hash: "session of " + string(person), Version: 1, Person: person, Account: account,
			CreatedAt: at(0), SeenAt: at(1), ExpiresAt: at(7), EndedAt: at(1),
			Device: "Firefox on Linux", Source: "192.0.2.1", AuthenticatedAt: at(0), MFA: true,
		},
		token: shop.PersonalToken{
			ID: token, Version: 1, Name: "deploy", SecretHash: []byte{255, 0, 2}, Role: shop.RoleOperator,
			Scopes: []shop.Scope{shop.ScopeAuditRead, shop.ScopeTokensWrite}, MFA: true,
			CreatedAt: at(0), ExpiresAt: at(90), RevokedAt: at(1), LastUse: shop.KeyUse{At: at(1), Source: "192.0.2.1", Operation: "audit_list"},
		},
		approval: shop.Approval{
			ID: approval, Account: account, Agent: agent, Key: asking, Version: 1, Status: shop.ApprovalDenied, Reason: "It costs a lot.",
			Purchase: purchase, Service: service, Intent: fullIntent(),
			CreatedAt: at(0), ExpiresAt: at(1), DecidedBy: person, DecidedAt: at(1), Note: "Not today.", Held: true,
		},
		waiting: shop.Waiting{Account: account, Agent: agent, Version: 1, Questions: []shop.Question{
			{Approval: approval, About: "fingerprint", Purchase: purchase, ExpiresAt: at(1), HeldMinor: 1}, {Approval: "apr_2", ExpiresAt: at(2)},
		}},
		sshKeys: shop.SSHKeys{Account: account, Version: 1, Keys: []shop.SSHKey{
			{ID: "ssh_1", Name: "laptop", Line: "ssh-ed25519 AAAA", Comment: "ada", Fingerprint: "SHA256:x", CreatedAt: at(0)},
			{ID: "ssh_2", Name: "ci", Line: "ssh-rsa AAAA", Fingerprint: "SHA256:y", CreatedAt: at(1)},
		}},
		budget:    fullBudget(account, ""),
		allowance: fullBudget(account, agent),
		event: shop.Event{
			ID: newID(id.Maker.Event), Account: account, Actor: shop.Actor{Person: person, Token: token, Agent: agent, Key: asking}, AskedBy: asking,
			Operation: "policy_set", Subject: string(agent), Outcome: fault.InsufficientRole, RequestID: "req_1", Source: "192.0.2.1", ConfirmedBy: shop.ConfirmedByClient,
			Before: json.RawMessage(`{}`), After: json.RawMessage(`{"frozen":true}`), At: now, Low: new(int64(7)), Count: 2, LastAt: at(1),
		},
	}
	o.service.Foretold = o.service.Outlook()
	return o
}

func fullBudget(account id.Account, agent id.Agent) shop.Budget {
	return shop.Budget{
		Account: account, Agent: agent, Version: 1, Policy: fullPolicy(), UpdatedAt: now,
		Spending: shop.Spending{
			Sums: []shop.Sum{
				{Currency: "usd", Day: "2026-01-31", DayMinor: 1, Month: "2026-01", MonthMinor: 20, TotalMinor: 300},
				{Currency: "eur", Day: "2025-12-31", DayMinor: 4, Month: "2025-12", MonthMinor: 50, TotalMinor: 600},
			},
			LiveServices: 7,
		},
		Epoch: 8, Ended: []shop.EndedKey{{Key: "01JDEM00000000000000000000AGENT1EXAMPL", At: now}},
	}
}

func fullPolicy() shop.Policy {
	return shop.Policy{
		Limits: []shop.Limit{
			{
				Currency: "usd", PerPurchase: new(int64(1)), PerDay: new(int64(2)), PerMonth: new(int64(3)), Total: new(int64(4)),
				ConfirmAbove: new(int64(5)), ApprovalAbove: new(int64(6)),
			},
			{Currency: "eur", PerDay: new(int64(0))},
		},
		Categories: []string{"compute"}, Items: []id.Item{"cat_vps_micro"}, Months: []int{1, 12}, MaxLiveServices: new(8),
		Choices: []shop.ChoiceLimit{{Name: "regions", Allowed: []string{"eu-west", "us-east"}}, {Name: "colors", Allowed: []string{"red"}}},
		Hours:   &shop.Hours{Days: []time.Weekday{time.Monday, time.Sunday}, From: 9 * 60, To: 17 * 60, Offset: -90}, Frozen: true, HoldForApproval: true, LowBalance: new(int64(9)), RenewalAbove: new(int64(10)), MaxLease: period.Period{Months: 1, Seconds: 3661},
	}
}

// least has no value in any field that may be without one.
func least(agent id.Agent) objects {
	o := full(agent)
	offer := shop.Offer{
		Item: shop.Item{ID: "cat_x", Price: usd(1), SetupFee: usd(0)}, Quantity: 1, Configuration: json.RawMessage(`{}`),
		Price: shop.Price{Total: usd(1), Renewal: usd(0)},
	}
	return objects{
		record:       shop.Record{RecordKey: o.record.RecordKey, CreatedAt: now},
		confirmation: shop.Confirmation{Hash: o.confirmation.Hash, Account: o.confirmation.Account, Version: 1, ExpiresAt: now},
		quote:        shop.Quote{ID: o.quote.ID, Account: o.quote.Account, Version: 1, Offer: offer, ExpiresAt: now.AddDate(0, 0, 1)},
		purchase: shop.Purchase{
			ID: o.purchase.ID, Account: o.purchase.Account, Version: 1, Offer: offer,
		},
		personal: shop.Personal{ID: o.personal.ID, Account: o.personal.Account, Version: 1},
		service: shop.Service{
			ID: o.service.ID, Account: o.service.Account, Version: 1, Configuration: json.RawMessage(`{}`), Bill: shop.Bill{Renewal: usd(0)},
		},
		many:       shop.ManyCancellation{ID: o.many.ID, Account: o.many.Account, Version: 1, PreviewedAt: now, CreatedAt: now, UpdatedAt: now},
		job:        shop.Job{ID: o.job.ID, Account: o.job.Account, Version: 1, Status: shop.JobDue, DueAt: now},
		credential: shop.Credential{ID: o.credential.ID, Version: 1},
		person:     shop.Person{ID: o.person.ID, Version: 1, Issuer: o.person.Issuer, Subject: o.person.Subject, CreatedAt: now},
		account:    shop.Account{ID: o.account.ID, Version: 1, CreatedAt: now},
		agent:      shop.Agent{ID: o.agent.ID, Account: o.agent.Account, Version: 1, Sees: shop.SeesAccount, CreatedAt: now},
		member:     shop.Member{Account: o.member.Account, Person: o.member.Person, Version: 1, CreatedAt: now},
		invitation: shop.Invitation{
			ID: o.invitation.ID, Hash: o.invitation.Hash, Account: o.invitation.Account, Version: 1, CreatedAt: now, ExpiresAt: now,
		},
		approval: shop.Approval{ID: o.approval.ID, Account: o.approval.Account, Version: 1, CreatedAt: now, ExpiresAt: now},
		waiting:  shop.Waiting{Account: o.waiting.Account, Agent: o.waiting.Agent, Version: 1},
		sshKeys:  shop.SSHKeys{Account: o.sshKeys.Account, Version: 1},
		budget:   shop.Budget{Account: o.budget.Account, Version: 1},
		allowance: shop.Budget{Account: o.allowance.Account, Agent: o.allowance.Agent, Version: 1, Policy: shop.Policy{
			Limits: []shop.Limit{{Currency: "usd"}}, MaxLiveServices: new(0), Hours: &shop.Hours{},
		}},
		event:   shop.Event{ID: o.event.ID, Account: o.event.Account, At: now},
		session: shop.Session{ID: o.session.ID, Hash: o.session.Hash, Version: 1, Person: o.session.Person, CreatedAt: now, ExpiresAt: now},
		token:   shop.PersonalToken{ID: o.token.ID, Version: 1, CreatedAt: now, ExpiresAt: now},
	}
}

// fresh is as a purchase finds and makes them: an open quote, without personal data
// that would have to be there, and a due job.
func fresh(agent id.Agent) objects {
	o := full(agent)
	o.quote.Purchase, o.quote.Offer.Personal = "", ""
	o.job.Status, o.job.DueAt = shop.JobDue, now
	return o
}

func fullOffer() shop.Offer {
	return shop.Offer{
		Item: fullItem(), Quantity: 2, Configuration: json.RawMessage(`{"name":"web"}`), Personal: "per_2",
		Price: shop.Price{
			Lines: []shop.Line{
				{Kind: shop.LineBase, Description: "VPS Micro, 1 month", Quantity: 2, Unit: usd(2000), Amount: usd(4000)},
				{Kind: shop.LineDiscount, Description: "Discount", Quantity: 2, Unit: usd(-1), Amount: usd(-2)},
			},
			Total: usd(3998), Back: usd(3), Renewal: usd(3997), Term: shop.Term{Months: 3, DiscountPercent: 5, Hours: 1},
		},
		Lease:  &shop.LeaseOrder{After: period.Period{Months: 1, Seconds: 2}, At: now.AddDate(0, 2, 0), OnExpiry: shop.ExpiryDelete},
		Labels: []string{"ci", "run=42"},
		Action: &shop.OfferedAction{Service: "svc_1", Intent: fullIntent(), At: now, RenewsAt: now.AddDate(0, 1, 0), From: "cat_vps_small"},
	}
}

func fullBill() shop.Bill {
	return shop.Bill{
		Term: shop.Term{Months: 3, DiscountPercent: 5, Hours: 1}, Renewal: usd(2400), PaidFrom: now, PaidUntil: now.AddDate(0, 3, 0), Paid: 2399, PaidAt: now,
		Ceiling: 9000, MonthPaid: 12, Month: now.AddDate(0, 1, 0), Ends: true, Schedule: fullSchedule(), Step: 2, Declined: "insufficient_funds",
		Asked: &shop.RenewalAsked{Approval: "apr_1", Minor: 2399, Denied: true},
	}
}

func fullSchedule() *shop.Schedule {
	return &shop.Schedule{Warn: []time.Duration{time.Hour}, Retry: []time.Duration{time.Minute, time.Hour}, Grace: 2 * time.Hour, Suspended: 3 * time.Hour}
}

func fullItem() shop.Item {
	return shop.Item{
		ID: "cat_vps_micro", SKU: "vps-micro", Name: "VPS Micro", Category: "compute", Description: "The smallest.",
		ServiceType: "unit", Position: 3, Availability: shop.Limited, Price: usd(2000), SetupFee: usd(5),
		Terms: []shop.Term{{Months: 1, DiscountPercent: 1, Hours: 1}, {Months: 12, DiscountPercent: 10, Hours: 1}}, Ceiling: 9000, Schedule: fullSchedule(),
		Plan: shop.Data{Shape: 2, JSON: json.RawMessage(`{"size": 40, "regions": ["eu-west"]}`)}, Provider: "mock",
	}
}

func fullIntent() shop.Intent {
	return shop.Intent{Action: "fill", Input: json.RawMessage(`{"with": "water"}`)}
}

func usd(minor int64) money.Money { return money.Money{Minor: minor, Currency: "usd"} }

// A field that is added to an object must get a value here, or no test would
// see it lost.
func TestFullIsFull(t *testing.T) {
	t.Parallel()
	o := full(newAgent())
	for _, object := range []any{
		o.record, o.confirmation, o.quote, o.personal, o.purchase, o.service, o.many, o.job, o.credential,
		o.person, o.account, o.agent, o.member, o.invitation, o.session, o.token, o.approval, o.waiting, o.allowance, o.event,
	} {
		for _, zero := range zeros(reflect.TypeOf(object).Name(), reflect.ValueOf(object)) {
			if !slices.Contains(unfinished, zero) {
				t.Errorf("%s has no value", zero)
			}
		}
	}
}

// unfinished is what an action in progress cannot have, what is kept elsewhere, and what
// a budget has that holds.
var unfinished = []string{"Budget.Held", "Budget.Move", "Credential.LastUse", "Job.Personal", "Service.Current.FinishedAt", "Service.Current.Credit", "Service.Current.Failure", "Service.Current.BegunBy", "Service.Current.SecretUntil", "Service.Current.SecretLost", "Service.Foretold.Late"}

// zeros names the fields without a value. Of a list the first element counts.
func zeros(path string, v reflect.Value) []string {
	if v.IsZero() {
		return []string{path}
	}
	switch {
	case v.Kind() == reflect.Pointer:
		return zeros(path, v.Elem())
	case v.Kind() == reflect.Slice:
		return zeros(path+"[0]", v.Index(0))
	case v.Kind() != reflect.Struct || v.Type() == reflect.TypeFor[time.Time]() || v.Type() == reflect.TypeFor[netip.Prefix]():
		return nil
	}
	var found []string
	for i := range v.NumField() {
		found = append(found, zeros(fmt.Sprint(path, ".", v.Type().Field(i).Name), v.Field(i))...)
	}
	return found
}
