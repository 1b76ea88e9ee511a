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
	s.put("openHolds", number(0))
	s.put("contendedAt", number(int64(toMillis(at))))
	s.put("shape", number(int64(shapes["wallet"])))
	s.set = append(s.set, "freeMinor = balanceMinor")
	s.when("attribute_exists(PK)", "", nil)
	s.when("attribute_not_exists(openHolds)", "", nil)
	_, err := s.update(ctx, t, "")
	return classify(err)
}

// FreeWallet has a wallet hold no longer. It returns shop.ErrConflict where holds are
// open.
func (t *Table) FreeWallet(ctx context.Context, account id.Account) error {
	s := t.step(walletKey(account))
	s.put("shape", number(1))
	s.remove = []string{"openHolds", "freeMinor", "contendedAt"}
	s.when("openHolds = :none", ":none", number(0))
	_, err := s.update(ctx, t, "")
	return classify(err)
}

// StepWallet updates a wallet that holds, and returns it. It returns shop.ErrConflict
// where it does not hold, or too little is free, or too many holds are open.
func (t *Table) StepWallet(ctx context.Context, w shop.WalletStep) (shop.Wallet, error) {
	s := t.step(walletKey(w.Account))
	opened := int64(0)
	if h := w.Begin; h != nil {
		opened++
		s.add("version", 1)
		s.add("balanceMinor", h.Minor)
		s.put("updatedAt", number(int64(toMillis(w.At))))
		most := shop.MaxWalletHolds
		if h.Release {
			most *= 2 // each takes the place of a hold
		}
		s.open(walletHold(*h), "version + :version", most)
	}
	if h := w.End; h != nil {
		opened--
		s.end(walletHold(*h))
	}
	s.add("openHolds", opened)
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
		return shop.Wallet{}, full(err)
	}
	row, err := decode[walletRow](after)
	return row.domain(), err
}

// full tells a wallet that has no place for another hold from other conflicts.
func full(err error) error {
	var failed *types.ConditionalCheckFailedException
	if errors.As(err, &failed) {
		row, decoded := decode[walletRow](failed.Item)
		if decoded == nil && row.OpenHolds != nil && *row.OpenHolds >= shop.MaxWalletHolds {
			return shop.ErrFull
		}
	}
	return classify(err)
}

func (r walletRow) held() *shop.Held {
	if r.OpenHolds == nil {
		return nil
	}
	held := &shop.Held{Free: r.FreeMinor, ContendedAt: r.ContendedAt.time()}
	for name, number := range r.Holds {
		held.Open = append(held.Open, parseWalletHold(name, number))
	}
	return held
}
