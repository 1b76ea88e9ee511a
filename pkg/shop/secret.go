package shop

import (
	"context"
	"errors"
	"time"
	"unicode/utf8"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// Secret is what a provider gave to be seen only by whoever began an action, sealed.
// It is in an item of its own, and nowhere else.
type Secret struct {
	SecretOf
	// Reader is the only one who may read it.
	Reader Holder
	Sealed Sealed
	// ExpiresAt is when it can no longer be read.
	ExpiresAt time.Time
}

// SecretOf names the secret of an action, which has at most one.
type SecretOf struct {
	Account id.Account
	Service id.Service
	Action  id.Action
}

// Sealed is a secret that can only be read with a key that is not in the store.
type Sealed struct {
	Text []byte
	// Key is the key of this secret, wrapped with another; nil where the store has one
	// key for all.
	Key []byte
}

// Holder is who holds a credential: the id of a key, or of a person.
type Holder string

func (c Caller) holder() Holder {
	if c.IsAgent() {
		return Holder(c.Key)
	}
	return Holder(c.Person)
}

const (
	// SecretLifetime is how long a secret can be read.
	SecretLifetime = 10 * time.Minute
	// MaxSecret is the most bytes that a secret may have, which is UTF-8.
	MaxSecret = 16 << 10
)

// ErrUnreadable means that a sealed secret cannot be opened, and never will be.
var ErrUnreadable = errors.New("shop: the secret can no longer be read")

// SecretStore keeps sealed secrets, each until it is read or has expired.
type SecretStore interface {
	// TakeSecret returns the secret of an action and deletes it, in one step, so that
	// at most one caller gets it. It returns ErrNotFound where there is none for that
	// reader at that time.
	TakeSecret(context.Context, SecretOf, Holder, time.Time) (Secret, error)
}

func (a Action) secretOf() SecretOf { return SecretOf{a.Account, a.Service, a.ID} }

// SecretWaits reports whether a secret may be waiting for whoever began the action.
func (a Action) SecretWaits(now time.Time) bool { return now.Before(a.SecretUntil) }

// Revealed is an action, and the secret that was waiting for the caller; nil where
// there was none, or it still waits.
type Revealed struct {
	Action Action
	Secret []byte
	// Once: the secret was waiting for the caller, or may be.
	Once bool
}

// Glance is Reveal without the secret, which goes on waiting. It returns not_found.
func (s *Shop) Glance(ctx context.Context, caller Caller, serviceID id.Service, actionID id.Action) (Revealed, error) {
	action, err := s.Action(ctx, caller, serviceID, actionID)
	return Revealed{Action: action, Once: s.confides(action, caller)}, err
}

// confides reports whether a secret of the action may wait for the caller.
func (s *Shop) confides(a Action, caller Caller) bool {
	return a.BegunBy == caller.holder() && a.SecretWaits(s.Now())
}

// Reveal reads an action as Action does. To whoever began it, it also gives the
// secret of the action, which is then gone: a secret that is lost on the way is
// lost. It returns not_found.
func (s *Shop) Reveal(ctx context.Context, caller Caller, serviceID id.Service, actionID id.Action) (Revealed, error) {
	revealed, err := s.Glance(ctx, caller, serviceID, actionID)
	if err != nil || !revealed.Once {
		return revealed, err
	}
	action := revealed.Action
	// What follows changes something, and so must wait for the caller to be confirmed.
	if err := caller.Confirm(ctx); err != nil {
		return Revealed{}, err
	}
	if s.OpenSecret == nil {
		return Revealed{}, errNoRing
	}
	secret, err := s.Store.TakeSecret(ctx, action.secretOf(), caller.holder(), s.Now())
	action.SecretUntil = time.Time{}
	if errors.Is(err, ErrNotFound) {
		return Revealed{Action: action}, nil
	}
	if err != nil {
		return Revealed{}, err
	}
	text, err := s.OpenSecret(ctx, secret.SecretOf, secret.Sealed)
	if errors.Is(err, ErrUnreadable) {
		action.SecretLost = true
		return Revealed{Action: action, Once: true}, nil
	}
	if err != nil {
		return Revealed{}, fault.Wrap(fault.Internal, err, "The secret of the action %s could not be opened, and is gone.", action.ID).
			Fix("Begin the action again for another secret.")
	}
	return Revealed{action, text, true}, nil
}

var (
	errNoRing    = errors.New("secret: there is no key for it")
	errNoAction  = errors.New("secret: nobody began an action that it could be the answer to")
	errBadSecret = errors.New("secret: it is too long, or no UTF-8")
)

// keepSecret adds the secret of a finished job to the change that settles it,
// sealed. An error means that another attempt at the job may do better. If a secret
// cannot be kept, only the secret is lost: the action has happened.
func (w *Worker) keepSecret(ctx context.Context, change *Change, job Job, text []byte) error {
	if text == nil {
		return nil
	}
	if len(change.Actions) == 0 {
		w.secretLost(ctx, job, errNoAction)
		return nil
	}
	action := &change.Actions[0]
	sealed, err := w.sealed(ctx, action.secretOf(), text)
	if err != nil && !errors.Is(err, errNoRing) && !errors.Is(err, errBadSecret) && job.Attempts < maxAttempts {
		return err
	}
	if err != nil {
		w.secretLost(ctx, job, err)
		action.SecretLost = true
		return nil
	}
	action.SecretUntil = change.At.Add(SecretLifetime)
	change.Secret = &Secret{SecretOf: action.secretOf(), Reader: job.BegunBy, Sealed: sealed, ExpiresAt: action.SecretUntil}
	return nil
}

func (w *Worker) sealed(ctx context.Context, of SecretOf, text []byte) (Sealed, error) {
	if w.SealSecret == nil {
		return Sealed{}, errNoRing
	}
	if len(text) > MaxSecret || !utf8.Valid(text) {
		return Sealed{}, errBadSecret
	}
	return w.SealSecret(ctx, of, text)
}

func (w *Worker) secretLost(ctx context.Context, job Job, why error) {
	w.Log.ErrorContext(ctx, "secret of a provider not kept", "jobId", string(job.ID), "serviceId", string(job.Service), "cause", why.Error())
}
