package shop

import (
	"context"
	"errors"
	"slices"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// SSHKey is a public key that an account keeps under a name, for the configurations of
// what is bought.
type SSHKey struct {
	ID   id.SSHKey
	Name string
	// Line is the key without its comment, which is about a person: it is kept apart, and
	// goes with the key.
	Line        string
	Comment     string
	Fingerprint string
	CreatedAt   time.Time
}

// SSHKeys are the SSH keys of an account, the oldest first. They are one object, replaced by
// whatever adds or deletes one, so that concurrent writes never exceed the maximum, no name
// and no key is there twice, and a quote reads all of them at once.
type SSHKeys struct {
	Account id.Account
	Version int // 0: nothing was written yet
	Keys    []SSHKey
}

// MaxSSHKeys is the most SSH keys of an account.
const MaxSSHKeys = 100

// Find finds a key by its name or its id.
func (s SSHKeys) Find(named string) (SSHKey, bool) {
	i := slices.IndexFunc(s.Keys, func(k SSHKey) bool { return k.Name == named || string(k.ID) == named })
	if i < 0 {
		return SSHKey{}, false
	}
	return s.Keys[i], true
}

// SSHKeys lists the SSH keys of the caller's account, the oldest first.
func (s *Shop) SSHKeys(ctx context.Context, caller Caller) (SSHKeys, error) {
	keys, err := s.Store.SSHKeys(ctx, caller.Account)
	if errors.Is(err, ErrNotFound) {
		return SSHKeys{Account: caller.Account}, nil
	}
	return keys, err
}

// CreateSSHKey adds a key, whose line somebody has checked. It returns invalid_input for a
// name or a key that is there already, and where the account has too many.
func (s *Shop) CreateSSHKey(ctx context.Context, caller Caller, key SSHKey, request Request[SSHKey]) (Response, error) {
	return s.changeSSHKeys(ctx, caller, request, func(keys *SSHKeys) (SSHKey, error) {
		if err := keys.room(key); err != nil {
			return key, err
		}
		key.ID, key.CreatedAt = s.IDs.SSHKey(), s.Now()
		keys.Keys = append(keys.Keys, key)
		return key, nil
	})
}

func (s SSHKeys) room(key SSHKey) error {
	for _, k := range s.Keys {
		if k.Name == key.Name {
			return fault.InvalidParam("$.name", "is the name of another SSH key of the account").
				Fix("Send another name, or delete %s with ssh_key_delete first.", k.ID)
		}
		if k.Fingerprint == key.Fingerprint {
			return fault.InvalidParam("$.publicKey", "is a key that the account has already, as %s", k.Name).
				Fix("Use the key under the name %s.", k.Name)
		}
	}
	if len(s.Keys) >= MaxSSHKeys {
		return fault.InvalidParam("$", "would be one key too many: the account has %d", len(s.Keys)).
			Fix("Delete an SSH key that nobody uses any more, with ssh_key_delete.")
	}
	return nil
}

// DeleteSSHKey deletes a key, and its comment with it. What was bought with it keeps it. It
// returns not_found.
func (s *Shop) DeleteSSHKey(ctx context.Context, caller Caller, keyID id.SSHKey, request Request[SSHKey]) (Response, error) {
	return s.changeSSHKeys(ctx, caller, request, func(keys *SSHKeys) (SSHKey, error) {
		i := slices.IndexFunc(keys.Keys, func(k SSHKey) bool { return k.ID == keyID })
		if i < 0 {
			return SSHKey{}, fault.New(fault.NotFound, "There is no SSH key %+q in this account.", keyID).
				Fix("List the keys with ssh_key_list, and use one of their ids.")
		}
		deleted := keys.Keys[i]
		keys.Keys = slices.Delete(keys.Keys, i, i+1)
		return deleted, nil
	})
}

func (s *Shop) changeSSHKeys(ctx context.Context, caller Caller, request Request[SSHKey], change func(*SSHKeys) (SSHKey, error)) (Response, error) {
	return write(ctx, s, caller, request, func() (decision[SSHKey], error) {
		var seat *Budget
		var keys SSHKeys
		err := parallel(
			func() (err error) { seat, err = s.seat(ctx, caller); return err },
			func() (err error) { keys, err = s.SSHKeys(ctx, caller); return err },
		)
		if err != nil {
			return decision[SSHKey]{}, err
		}
		keys.Version++
		changed, err := change(&keys)
		return decision[SSHKey]{
			result: changed, change: Change{SSHKeys: &keys}, subject: string(changed.ID), keepFor: RecordLifetime, seat: seat,
		}, err
	})
}

// resolve puts the account's keys in the place of their names in an order. What is no
// name stays, for the product to judge.
func (s *Shop) resolve(product Product, order Order, keys SSHKeys) (Order, []fault.Problem) {
	if !product.NamesSSHKeys(order.Configuration) {
		return order, nil
	}
	var problems []fault.Problem
	order.Configuration, problems = product.ResolveSSHKeys(order.Configuration, keys)
	return order, problems
}

// namedKeys are the account's keys, where the configuration names any: other orders do
// not pay for reading them.
func (s *Shop) namedKeys(ctx context.Context, caller Caller, configuration map[string]any) (SSHKeys, error) {
	for _, product := range s.Products {
		if product.NamesSSHKeys(configuration) {
			return s.SSHKeys(ctx, caller)
		}
	}
	return SSHKeys{}, nil
}
