package dynamo_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agentstore/internal/test/dynamotest"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// purchaseOf is a purchase of that many units as the shop writes it, and the
// open quote that it uses.
func purchaseOf(agent id.Agent, units int) (open, buy shop.Change) {
	o := fresh(agent)
	open = shop.Change{Quote: new(o.quote), At: now}
	o.quote.Version, o.quote.Purchase = 2, o.purchase.ID
	buy = o.change()
	buy.Actions = []shop.Action{{ID: newID(id.Maker.Action), Account: agent.Account(), Service: o.service.ID, Version: 1}}
	buy.Secret = &shop.Secret{SecretOf: shop.SecretOf{Account: agent.Account(), Service: o.service.ID, Action: buy.Actions[0].ID}, ExpiresAt: now}
	booking, _ := shop.Wallet{Account: agent.Account()}.Book(shop.EntryFunding, "test", usd(1), "", now) // into an empty wallet
	buy.Booking = &booking
	buy.Proof = &shop.HoldProof{Account: agent.Account(), ID: newID(id.Maker.Hold), At: now}
	buy.Credentials = []shop.Credential{o.credential}
	for range units - 1 {
		more := fresh(agent)
		buy.Services = append(buy.Services, more.service)
		buy.Jobs = append(buy.Jobs, more.job)
	}
	return open, buy
}

// peopleRows is how many rows the people of a change have: a person, a member,
// an invitation and a session have two each.
const peopleRows = 11

// withoutPeople is the change as a purchase makes it.
func withoutPeople(c shop.Change) shop.Change {
	c.Person, c.Account, c.Agents, c.Members, c.Invitation, c.Sessions = nil, nil, nil, nil, nil, nil
	c.Credentials, c.Secret, c.Personal, c.Cancellation, c.Tokens = nil, nil, nil, nil, nil
	return c
}

// Whatever member of a change does not fit, nothing of it is written.
func TestCommitAllOrNothing(t *testing.T) {
	t.Parallel()
	const units = 3
	conflicts := map[string]func(shop.Change) shop.Change{
		"Record":              func(c shop.Change) shop.Change { return shop.Change{Record: c.Record} },
		"Confirmation":        func(c shop.Change) shop.Change { return shop.Change{Confirmation: c.Confirmation} },
		"Personal":            func(c shop.Change) shop.Change { return shop.Change{Personal: c.Personal} },
		"Quote":               func(c shop.Change) shop.Change { return shop.Change{Quote: c.Quote} },
		"Purchase":            func(c shop.Change) shop.Change { return shop.Change{Purchase: c.Purchase} },
		"Services, the first": func(c shop.Change) shop.Change { return shop.Change{Services: c.Services[:1]} },
		"Services, the last":  func(c shop.Change) shop.Change { return shop.Change{Services: c.Services[units-1:]} },
		"Cancellation":        func(c shop.Change) shop.Change { return shop.Change{Cancellation: c.Cancellation} },
		"Jobs, the first":     func(c shop.Change) shop.Change { return shop.Change{Jobs: c.Jobs[:1]} },
		"Jobs, the last":      func(c shop.Change) shop.Change { return shop.Change{Jobs: c.Jobs[units-1:]} },
		"Actions":             func(c shop.Change) shop.Change { return shop.Change{Actions: c.Actions} },
		"Secret":              func(c shop.Change) shop.Change { return shop.Change{Secret: c.Secret} },
		"Credentials":         func(c shop.Change) shop.Change { return shop.Change{Credentials: c.Credentials} },
		"Waiting":             func(c shop.Change) shop.Change { return shop.Change{Waiting: c.Waiting} },
		"SSHKeys":             func(c shop.Change) shop.Change { return shop.Change{SSHKeys: c.SSHKeys} },
		"Event":               func(c shop.Change) shop.Change { return shop.Change{Event: c.Event} },
		"Approval":            func(c shop.Change) shop.Change { return shop.Change{Approval: c.Approval} },
		"Budgets, the first":  func(c shop.Change) shop.Change { return shop.Change{Budgets: c.Budgets[:1]} },
		"Budgets, the last":   func(c shop.Change) shop.Change { return shop.Change{Budgets: c.Budgets[1:]} },
		"Proof":               func(c shop.Change) shop.Change { return shop.Change{Proof: c.Proof} },
		"Booking":             func(c shop.Change) shop.Change { return shop.Change{Booking: c.Booking} },
		"Person":              func(c shop.Change) shop.Change { return shop.Change{Person: c.Person} },
		"Account":             func(c shop.Change) shop.Change { return shop.Change{Account: c.Account} },
		"Agents":              func(c shop.Change) shop.Change { return shop.Change{Agents: c.Agents} },
		"Members":             func(c shop.Change) shop.Change { return shop.Change{Members: c.Members} },
		"Invitation":          func(c shop.Change) shop.Change { return shop.Change{Invitation: c.Invitation} },
		"Sessions":            func(c shop.Change) shop.Change { return shop.Change{Sessions: c.Sessions} },
		"Tokens":              func(c shop.Change) shop.Change { return shop.Change{Tokens: c.Tokens} },
	}
	expectMembers(t, conflicts)
	onEach(t, func(t *testing.T, s store) {
		for name, conflict := range conflicts {
			open, buy := purchaseOf(newAgent(), units)
			s.commit(t, open)
			existing := conflict(buy)
			existing.At = now
			s.commit(t, existing)
			before := s.items(t)
			expectError(t, name, s.Commit(t.Context(), buy), shop.ErrConflict)
			s.expectItems(t, name, before)
		}
		// Without a conflict, the same change is one.
		open, buy := purchaseOf(newAgent(), units)
		s.commit(t, open)
		before := len(s.items(t))
		s.commit(t, buy)
		want := 5 + 2*units + 13 + peopleRows // and one replaced
		if s.spread != (dynamo.Spread{}) {    // by agent and status
			want += 2 * units
		}
		expectSame(t, "new items", len(s.items(t))-before, want)
	})
}

// expectMembers makes sure that the cases name every member of a change.
func expectMembers(t *testing.T, cases map[string]func(shop.Change) shop.Change) {
	t.Helper()
	for member := range reflect.TypeFor[shop.Change]().Fields() {
		covered := member.Name == "At" || member.Name == "Authority" || member.Name == "Also" || // see TestCommitOnAuthority; more changes
			member.Name == "Labelings" // on the condition of their service
		for name := range cases {
			covered = covered || name == member.Name || strings.HasPrefix(name, member.Name+",")
		}
		if !covered {
			t.Errorf("no case for %s", member.Name)
		}
	}
}

// versioned is a kind of object whose versions follow one another.
type versioned struct {
	put  func(ctx context.Context, s store, o objects, version int) error
	read func(ctx context.Context, s store, o objects) (int, error)
}

func versionedKinds() map[string]versioned {
	return map[string]versioned{
		"quote": {
			func(ctx context.Context, s store, o objects, version int) error {
				o.quote.Version = version
				return s.Commit(ctx, shop.Change{Quote: &o.quote, At: now})
			},
			func(ctx context.Context, s store, o objects) (int, error) {
				got, err := s.Quote(ctx, o.quote.Account, o.quote.ID)
				return got.Version, err
			},
		},
		"confirmation": {
			func(ctx context.Context, s store, o objects, version int) error {
				o.confirmation.Version = version
				return s.Commit(ctx, shop.Change{Confirmation: &o.confirmation, At: now})
			},
			func(ctx context.Context, s store, o objects) (int, error) {
				got, err := s.Confirmation(ctx, o.confirmation.Account, o.confirmation.Hash)
				return got.Version, err
			},
		},
		"purchase": {
			func(ctx context.Context, s store, o objects, version int) error {
				o.purchase.Version = version
				return s.Commit(ctx, shop.Change{Purchase: &o.purchase, At: now})
			},
			func(ctx context.Context, s store, o objects) (int, error) {
				got, err := s.Purchase(ctx, o.purchase.Account, o.purchase.ID)
				return got.Version, err
			},
		},
		"service": {
			func(ctx context.Context, s store, o objects, version int) error {
				o.service.Version = version
				return s.Commit(ctx, shop.Change{Services: []shop.Service{o.service}, At: now})
			},
			func(ctx context.Context, s store, o objects) (int, error) {
				got, err := s.Service(ctx, o.service.Account, o.service.ID)
				return got.Version, err
			},
		},
		"cancellation": {
			func(ctx context.Context, s store, o objects, version int) error {
				o.many.Version = version
				return s.Commit(ctx, shop.Change{Cancellation: &o.many, At: now})
			},
			func(ctx context.Context, s store, o objects) (int, error) {
				got, err := s.ManyCancellation(ctx, o.many.Account, o.many.ID)
				return got.Version, err
			},
		},
		"job": {
			func(ctx context.Context, s store, o objects, version int) error {
				o.job.Version = version
				return s.Commit(ctx, shop.Change{Jobs: []shop.Job{o.job}, At: now})
			},
			func(ctx context.Context, s store, o objects) (int, error) {
				got, err := s.Job(ctx, shop.JobRef{Account: o.job.Account, Job: o.job.ID})
				return got.Version, err
			},
		},
		"credential": {
			func(ctx context.Context, s store, o objects, version int) error {
				o.credential.Version = version
				return s.PutCredential(ctx, o.credential)
			},
			func(ctx context.Context, s store, o objects) (int, error) {
				got, err := s.Credential(ctx, o.credential.ID)
				return got.Version, err
			},
		},
		"approval": {
			func(ctx context.Context, s store, o objects, version int) error {
				o.approval.Version = version
				return s.Commit(ctx, shop.Change{Approval: &o.approval, At: now})
			},
			func(ctx context.Context, s store, o objects) (int, error) {
				got, err := s.Approval(ctx, o.approval.Account, o.approval.ID)
				return got.Version, err
			},
		},
		"budget of the account": budgetVersions(func(o objects) shop.Budget { return o.budget }),
		"budget of the agent":   budgetVersions(func(o objects) shop.Budget { return o.allowance }),
		"person": {
			func(ctx context.Context, s store, o objects, version int) error {
				o.person.Version = version
				return s.Commit(ctx, shop.Change{Person: &o.person, At: now})
			},
			func(ctx context.Context, s store, o objects) (int, error) {
				got, err := s.Person(ctx, o.person.ID)
				return got.Version, err
			},
		},
		"account": {
			func(ctx context.Context, s store, o objects, version int) error {
				o.account.Version = version
				return s.Commit(ctx, shop.Change{Account: &o.account, At: now})
			},
			func(ctx context.Context, s store, o objects) (int, error) {
				got, err := s.Account(ctx, o.account.ID)
				return got.Version, err
			},
		},
		"agent": {
			func(ctx context.Context, s store, o objects, version int) error {
				o.agent.Version = version
				return s.Commit(ctx, shop.Change{Agents: []shop.Agent{o.agent}, At: now})
			},
			func(ctx context.Context, s store, o objects) (int, error) {
				got, err := s.Agent(ctx, o.agent.ID)
				return got.Version, err
			},
		},
		"member": {
			func(ctx context.Context, s store, o objects, version int) error {
				o.member.Version = version
				return s.Commit(ctx, shop.Change{Members: []shop.Member{o.member}, At: now})
			},
			func(ctx context.Context, s store, o objects) (int, error) {
				got, err := s.Member(ctx, o.member.Account, o.member.Person)
				return got.Version, err
			},
		},
		"invitation": {
			func(ctx context.Context, s store, o objects, version int) error {
				o.invitation.Version = version
				return s.Commit(ctx, shop.Change{Invitation: &o.invitation, At: now})
			},
			func(ctx context.Context, s store, o objects) (int, error) {
				got, err := s.Invitation(ctx, o.invitation.Hash)
				return got.Version, err
			},
		},
		"session": {
			func(ctx context.Context, s store, o objects, version int) error {
				o.session.Version = version
				return s.Commit(ctx, shop.Change{Sessions: []shop.Session{o.session}, At: now})
			},
			func(ctx context.Context, s store, o objects) (int, error) {
				got, err := s.Session(ctx, o.session.Hash)
				return got.Version, err
			},
		},
		"token": {
			func(ctx context.Context, s store, o objects, version int) error {
				o.token.Version = version
				return s.Commit(ctx, shop.Change{Tokens: []shop.PersonalToken{o.token}, At: now})
			},
			func(ctx context.Context, s store, o objects) (int, error) {
				got, err := s.PersonalToken(ctx, o.token.ID)
				return got.Version, err
			},
		},
	}
}

func budgetVersions(of func(objects) shop.Budget) versioned {
	return versioned{
		func(ctx context.Context, s store, o objects, version int) error {
			b := of(o)
			b.Version = version
			return s.Commit(ctx, shop.Change{Budgets: []shop.Budget{b}, At: now})
		},
		func(ctx context.Context, s store, o objects) (int, error) {
			got, err := s.Budget(ctx, of(o).Account, of(o).Agent)
			return got.Version, err
		},
	}
}

// The first version must not be there yet, and every other one replaces exactly
// the one before it.
func TestVersions(t *testing.T) {
	t.Parallel()
	steps := []struct {
		put      int
		conflict bool
	}{
		{2, true}, {1, false}, {1, true}, {3, true}, {2, false}, {2, true}, {1, true}, {4, true}, {3, false}, {2, true},
	}
	onEach(t, func(t *testing.T, s store) {
		for name, kind := range versionedKinds() {
			o, stored := fresh(newAgent()), 0
			for _, step := range steps {
				what := fmt.Sprintf("%s: version %d over %d", name, step.put, stored)
				err := kind.put(t.Context(), s, o, step.put)
				if step.conflict {
					expectError(t, what, err, shop.ErrConflict)
				} else {
					expectError(t, what, err, nil)
					stored = step.put
				}
				got, err := kind.read(t.Context(), s, o)
				if stored > 0 && err != nil {
					t.Errorf("%s: %v", what, err)
				}
				expectSame(t, what, got, stored)
			}
		}
	})
}

// Writers that read, change and write again on a conflict lose nothing of each other.
func TestNoLostUpdate(t *testing.T) {
	t.Parallel()
	const writers = 16
	onEach(t, func(t *testing.T, s store) {
		o := fresh(newAgent())
		o.service.DisplayName = ""
		s.commit(t, o.change())
		var done sync.WaitGroup
		for range writers {
			done.Go(func() {
				if err := addLetter(t.Context(), s, o); err != nil {
					t.Error(err)
				}
			})
		}
		done.Wait()
		got, err := s.Service(t.Context(), o.service.Account, o.service.ID)
		expectOK(t, err)
		expectSame(t, "letters", len(got.DisplayName), writers)
		expectSame(t, "version", got.Version, 1+writers)
	})
}

func addLetter(ctx context.Context, s store, o objects) error {
	for {
		service, err := s.Service(ctx, o.service.Account, o.service.ID)
		if err != nil {
			return err
		}
		service.Version++
		service.DisplayName += "x"
		err = s.Commit(ctx, shop.Change{Services: []shop.Service{service}, At: now})
		if !errors.Is(err, shop.ErrConflict) {
			return err
		}
	}
}

// A key is bound as long as its record lives, and no longer.
func TestRecordBindsItsKey(t *testing.T) {
	t.Parallel()
	absent := time.Unix(1, 0)
	tests := map[string]struct {
		expiresAt time.Time // of the record that is there
		want      error
	}{
		"absent":          {absent, nil},
		"alive":           {now.Add(time.Millisecond), shop.ErrConflict},
		"expires now":     {now, nil},
		"expired":         {now.Add(-time.Hour), nil},
		"expires never":   {time.Time{}, shop.ErrConflict},
		"expires in time": {now.AddDate(0, 0, 30), shop.ErrConflict},
	}
	onEach(t, func(t *testing.T, s store) {
		for name, test := range tests {
			o := fresh(newAgent())
			first := o.record
			if test.expiresAt != absent {
				first.ExpiresAt = test.expiresAt
				s.commit(t, shop.Change{Record: &first, At: now.AddDate(0, -1, 0)})
			}
			second := o.record
			second.Fingerprint = "another"
			expectError(t, name, s.Commit(t.Context(), shop.Change{Record: &second, At: now}), test.want)
			want := second
			if test.want != nil {
				want = first
			}
			got, err := s.Record(t.Context(), o.record.RecordKey)
			expectOK(t, err)
			expectSame(t, name, got, want)
		}
	})
}

// A quote that expires after it was read cannot be used any more, whatever the
// change says of its expiry.
func TestQuoteExpiresBeforeCommit(t *testing.T) {
	t.Parallel()
	tests := map[time.Duration]error{
		-time.Millisecond: nil,
		0:                 shop.ErrConflict,
		time.Hour:         shop.ErrConflict,
	}
	onEach(t, func(t *testing.T, s store) {
		for late, want := range tests {
			open, buy := purchaseOf(newAgent(), 1)
			s.commit(t, open)
			buy.At = open.Quote.ExpiresAt.Add(late)
			buy.Quote.ExpiresAt = buy.At.Add(time.Hour)
			before := s.items(t)
			expectError(t, fmt.Sprint(late, " late"), s.Commit(t.Context(), buy), want)
			if want != nil {
				s.expectItems(t, fmt.Sprint(late, " late"), before)
			}
		}
	})
}

// Its services have two more each where they are listed by their agent, and their status.
func TestLargestPurchaseHas30Items(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		open, buy := purchaseOf(newAgent(), shop.MaxQuantity)
		buy = withoutPeople(buy)
		buy.Confirmation, buy.Approval, buy.Waiting, buy.SSHKeys = nil, nil, nil, nil // a purchase that is carried out at once has none
		buy.Proof = nil                                                               // one that holds has it in place of the wallet and the budgets
		s.commit(t, open, buy)
		want := 30
		if s.spread != (dynamo.Spread{}) { // by agent and status
			want += 2 * shop.MaxQuantity
		}
		expectSame(t, "items", len(s.items(t)), want)
		for _, want := range buy.Services {
			got, err := s.Service(t.Context(), want.Account, want.ID)
			expectOK(t, err)
			expectSame(t, "service", got, want)
		}
		for _, want := range buy.Jobs {
			got, err := s.Job(t.Context(), shop.JobRef{Account: want.Account, Job: want.ID})
			expectOK(t, err)
			expectSame(t, "job", got, want)
		}
	})
}

// A transaction costs twice as much, so a change of one item is none.
func TestOneItemIsOnePut(t *testing.T) {
	t.Parallel()
	o := fresh(newAgent())
	two := shop.Change{Quote: &o.quote, Record: &o.record, At: now}
	tests := map[string]struct {
		change shop.Change
		want   string
	}{
		"Record":   {shop.Change{Record: two.Record, At: now}, "PutItem"},
		"Quote":    {shop.Change{Quote: two.Quote, At: now}, "PutItem"},
		"Purchase": {shop.Change{Purchase: &o.purchase, At: now}, "PutItem"},
		"Services": {shop.Change{Services: []shop.Service{o.service}, At: now}, "PutItem"}, // its second version
		"Jobs":     {shop.Change{Jobs: []shop.Job{o.job}, At: now}, "PutItem"},
		"Account":  {shop.Change{Account: &o.account, At: now}, "PutItem"},
		"Approval": {shop.Change{Approval: &o.approval, At: now}, "PutItem"},
		"Budgets":  {shop.Change{Budgets: []shop.Budget{o.budget}, At: now}, "PutItem"},
		"two":      {two, "TransactWriteItems"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEach(t, func(t *testing.T, s store) {
				recorder := &dynamotest.Recorder{}
				test := test
				if len(test.change.Services) > 0 { // the first one comes with the rows of its lists
					s.commit(t, test.change)
					next := test.change.Services[0]
					next.Version = 2
					test.change.Services = []shop.Service{next}
				}
				expectOK(t, s.with(recorder.Record).Commit(t.Context(), test.change))
				var operations []string
				for _, call := range recorder.Calls() {
					operations = append(operations, call.Operation)
				}
				if diff := cmp.Diff([]string{test.want}, operations); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

// Who loses to the holder of the same idempotency key is told so, and nobody else is.
func TestConflictOfAKey(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		o := fresh(newAgent())
		first := shop.Change{Quote: &o.quote, Record: &o.record, At: now}
		s.commit(t, first)
		twin := o.quote
		twin.ID += "x"
		expectError(t, "the same key", s.Commit(t.Context(), shop.Change{Quote: &twin, Record: &o.record, At: now}), shop.ErrInFlight)
		other := o.record
		other.Key += "x"
		err := s.Commit(t.Context(), shop.Change{Quote: &o.quote, Record: &other, At: now})
		if !errors.Is(err, shop.ErrConflict) || errors.Is(err, shop.ErrInFlight) {
			t.Errorf("another key, the same quote: %v", err)
		}
		expectError(t, "no key", s.Commit(t.Context(), shop.Change{Quote: &o.quote, Services: []shop.Service{o.service}, At: now}), shop.ErrConflict)
	})
}
