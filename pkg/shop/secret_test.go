package shop_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/seal"
	"agentstore/pkg/shop"
)

const password = "correct-horse-battery"

// gives is a provider that works and gives a secret with each restart.
func gives(secret []byte) perform {
	return func(ctx context.Context, service shop.Service, job shop.Job) (shop.Outcome, error) {
		outcome, err := works(ctx, service, job)
		outcome.Secret = secret
		return outcome, err
	}
}

// restarted is a store with an action that is done and gave a secret.
func restarted(t *testing.T, engine dynamotest.Engine, secret []byte, change func(*store)) (*store, id.Service, id.Action) {
	t.Helper()
	s := newStoreOn(t, engine, gives(secret))
	serviceID := s.active(t)
	if change != nil {
		change(s)
	}
	answer := s.Call(t, "POST", storetest.ActionPath(serviceID, storetest.Harmless()), storetest.ActionBody(t, storetest.Harmless()))
	expectStatus(t, answer, 202)
	s.Work(t)
	return s, serviceID, id.Action(answer.Text("actionId"))
}

// as is the caller who has a key.
func (s *store) as(key string) shop.Caller {
	name, _, _ := strings.Cut(strings.TrimPrefix(key, "ask_test_"), ".")
	k := id.Key(name)
	return shop.Caller{Account: k.Account(), Agent: k.Agent(), Key: k, Confirm: func(context.Context) error { return nil }}
}

// reveal reads the action, which has succeeded, and returns its secret.
func (s *store) reveal(t *testing.T, caller shop.Caller, service id.Service, action id.Action) shop.Revealed {
	t.Helper()
	revealed, err := s.Shop.Reveal(t.Context(), caller, service, action)
	expectOK(t, err)
	expectSame(t, "status", revealed.Action.Status, shop.ActionSucceeded)
	return revealed
}

// Whoever began an action reads its secret, once, and within ten minutes. Nobody else
// does, and nobody who fails the check of their key.
func TestReveal(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s, service, action := restarted(t, engine, []byte(password), nil)
		began := s.as(s.Key)
		s.Clock.Advance(shop.SecretLifetime - time.Millisecond)

		for name, other := range map[string]shop.Caller{
			"another key of the agent":     s.as(s.NewKey(t, s.Agent, s.Shop.Products.Scopes()...)),
			"another agent of the account": s.as(s.NewKey(t, s.Shop.IDs.Agent(s.account()), s.Shop.Products.Scopes()...)),
			"a member":                     {Account: s.account(), Person: "per_1", Role: shop.RoleOwner, Confirm: began.Confirm},
		} {
			got := s.reveal(t, other, service, action)
			if got.Secret != nil || !got.Action.SecretWaits(s.Clock.Now()) {
				t.Errorf("%s: %+v", name, got)
			}
		}
		refused := began
		refused.Confirm = func(context.Context) error { return fault.New(fault.Unauthenticated, "no") }
		if got, err := s.Shop.Reveal(t.Context(), refused, service, action); !fault.Is(err, fault.Unauthenticated) || got.Secret != nil {
			t.Errorf("a bad key: %+v, %v", got, err)
		}
		expectSame(t, "secret", string(s.reveal(t, began, service, action).Secret), password)
		again := s.reveal(t, began, service, action)
		if again.Secret != nil || again.Action.SecretWaits(s.Clock.Now()) || again.Action.SecretLost {
			t.Errorf("read again: %+v", again)
		}
	})
}

func TestRevealTooLate(t *testing.T) {
	t.Parallel()
	s, service, action := restarted(t, dynamotest.Embedded(t), []byte(password), nil)
	s.Clock.Advance(shop.SecretLifetime)
	got := s.reveal(t, s.as(s.Key), service, action)
	if got.Secret != nil || got.Action.SecretWaits(s.Clock.Now()) {
		t.Errorf("after its time: %+v", got)
	}
}

// What cannot be opened is said to be lost, once the key that opened it is no more.
// A key that cannot be asked is an error of the store.
func TestRevealWithoutTheKey(t *testing.T) {
	t.Parallel()
	other, err := seal.WithKey(seal.NewKey())
	expectOK(t, err)
	silent := func(context.Context, shop.SecretOf, shop.Sealed) ([]byte, error) { return nil, errOutage }
	for name, test := range map[string]struct {
		open func(context.Context, shop.SecretOf, shop.Sealed) ([]byte, error)
		code fault.Code
		lost bool
		left bool // the secret is still there
	}{
		"another key":          {other.Open, "", true, false},
		"a key out of reach":   {silent, fault.Internal, false, false},
		"no key of any secret": {nil, fault.Internal, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, service, action := restarted(t, dynamotest.Embedded(t), []byte(password), nil)
			open := s.Shop.OpenSecret
			s.Shop.OpenSecret = test.open
			got, err := s.Shop.Reveal(t.Context(), s.as(s.Key), service, action)
			if err != nil {
				expectSame(t, "code", fault.From(err).Code, test.code)
			}
			if (err != nil) != (test.code != "") || got.Action.SecretLost != test.lost || got.Secret != nil {
				t.Errorf("%+v, %v", got, err)
			}
			s.Shop.OpenSecret = open
			expectSame(t, "left", s.reveal(t, s.as(s.Key), service, action).Secret != nil, test.left)
		})
	}
}

// An action whose secret cannot be kept has happened all the same: it says that the
// secret is lost, and the log says why.
func TestSecretNotKept(t *testing.T) {
	t.Parallel()
	const noMatter = "the secret of nobody"
	tests := map[string]struct {
		secret []byte
		change func(*store)
	}{
		"no key":     {[]byte(noMatter), func(s *store) { s.Worker.SealSecret = nil }},
		"too long":   {[]byte(noMatter + strings.Repeat("x", shop.MaxSecret)), nil},
		"not a text": {[]byte(noMatter + "\xff"), nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, service, action := restarted(t, dynamotest.Embedded(t), test.secret, test.change)
			got := s.reveal(t, s.as(s.Key), service, action)
			if got.Secret != nil || !got.Action.SecretLost || got.Action.SecretWaits(s.Clock.Now()) {
				t.Errorf("the action is %+v", got)
			}
			if log := s.Log.String(); !strings.Contains(log, `"level":"ERROR","msg":"secret of a provider not kept"`) || strings.Contains(log, noMatter) {
				t.Errorf("the log is %s", log)
			}
		})
	}
}

// Nobody has begun a create, who could read what it gave.
func TestSecretOfACreate(t *testing.T) {
	t.Parallel()
	s := newStore(t, gives([]byte(password)))
	ref, serviceID := s.oneJob(t)
	s.Work(t)
	expectSame(t, "job", s.job(t, ref).Status, shop.JobDone)
	expectSame(t, "status", s.service(t, serviceID).Status, shop.ServiceActive)
	if log := s.Log.String(); !strings.Contains(log, "secret of a provider not kept") || strings.Contains(log, password) {
		t.Errorf("the log is %s", log)
	}
}

// A key that is out of reach in passing costs an attempt, and not the secret; out of
// reach for long, it costs the secret, and not the action.
func TestKeyOutOfReach(t *testing.T) {
	t.Parallel()
	for name, outages := range map[string]int{"once": 1, "for long": maxAttempts} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStore(t, gives([]byte(password)))
			serviceID := s.active(t)
			ring, calls := s.Worker.SealSecret, 0
			s.Worker.SealSecret = func(ctx context.Context, of shop.SecretOf, text []byte) (shop.Sealed, error) {
				if calls++; calls <= outages {
					return shop.Sealed{}, errOutage
				}
				return ring(ctx, of, text)
			}
			ref := s.act(t, serviceID, storetest.Harmless())
			action := s.service(t, serviceID).Current.ID
			for range min(outages, maxAttempts-1) {
				if _, err := s.Worker.Run(t.Context(), ref); !errors.Is(err, errOutage) {
					t.Fatalf("the error is %v", err)
				}
				s.Clock.Advance(lease)
			}
			s.Work(t)
			expectSame(t, "job", s.job(t, ref).Status, shop.JobDone)
			got := s.reveal(t, s.as(s.Key), serviceID, action)
			expectSame(t, "lost", got.Action.SecretLost, outages == maxAttempts)
			expectSame(t, "has a secret", got.Secret != nil, outages == 1)
		})
	}
}
