package dynamo

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// HoldWallet has a wallet hold from now on. It returns shop.ErrConflict where it does,
// or is being written by a transaction.
func (t *Table) HoldWallet(ctx context.Context, account id.Account, at time.Time) error {
	s := t.step(walletKey(account))
	s.put("contendedAt", number(int64(toMillis(at))))
	s.put("shape", number(int64(shapes["wallet"])))
	s.set = append(s.set, "freeMinor = balanceMinor")
	s.when("attribute_exists(PK)", "", nil)
	s.when("attribute_not_exists(contendedAt)", "", nil)
	_, err := s.update(ctx, t, "")
	return classify(err)
}

// FreeWallet has a wallet hold no longer of which nothing was open when it was read. It
// returns shop.ErrConflict where a hold has been opened since: each takes a number.
func (t *Table) FreeWallet(ctx context.Context, w shop.Wallet) error {
	s := t.step(walletKey(w.Account))
	s.put("shape", number(1))
	s.remove = []string{"freeMinor", "contendedAt"}
	s.when(ifVersion, ":before", number(int64(w.Version)))
	s.when(holds, "", nil)
	_, err := s.update(ctx, t, "")
	return classify(err)
}

// StepWallet updates a wallet that holds, and returns it. It returns shop.ErrConflict
// where it does not hold, or too little is free, or too many holds were opened since it
// was read.
func (t *Table) StepWallet(ctx context.Context, w shop.WalletStep) (shop.Wallet, error) {
	s := t.step(walletKey(w.Account))
	if h := w.Begin; h != nil {
		s.add("version", 1)
		s.add("balanceMinor", h.Minor)
		s.put("updatedAt", number(int64(toMillis(w.At))))
		s.open(walletHold(*h), "version + :version")
	}
	if w.Before > 0 {
		s.when("version < :last", ":last", number(int64(w.Before)))
	}
	if h := w.End; h != nil {
		s.end(walletHold(*h))
	}
	s.drop(namesOf(w.Committed, walletHold))
	s.add("freeMinor", w.Free)
	if w.Free < 0 {
		s.when("freeMinor >= :taken", ":taken", number(-w.Free))
	}
	if w.Contended {
		s.put("contendedAt", number(int64(toMillis(w.At))))
	}
	s.when(holds, "", nil)
	after, err := s.update(ctx, t, types.ReturnValueAllNew)
	if err != nil {
		return shop.Wallet{}, stale(err, w)
	}
	row, err := decode[walletRow](after)
	return row.domain(), err
}

// stale tells a wallet in which too much was opened since it was read from other conflicts.
func stale(err error, w shop.WalletStep) error {
	var failed *types.ConditionalCheckFailedException
	if w.Before > 0 && errors.As(err, &failed) {
		row, decoded := decode[walletRow](failed.Item)
		if decoded == nil && row.held() != nil && row.Version >= w.Before {
			return shop.ErrFull
		}
	}
	return classify(err)
}

func namesOf(holds []shop.Hold, name func(shop.Hold) string) []string {
	names := make([]string, len(holds))
	for i, h := range holds {
		names[i] = name(h)
	}
	return names
}

func (r walletRow) held() *shop.Held {
	if r.ContendedAt == 0 {
		return nil
	}
	held := &shop.Held{Free: r.FreeMinor, ContendedAt: r.ContendedAt.time()}
	for name, number := range r.Holds {
		held.Open = append(held.Open, parseWalletHold(name, number))
	}
	return held
}
