package shop

import (
	"context"

	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/text"
)

// Fund adds money to a wallet. The same reference adds it once: the second time it
// returns false. It returns invalid_input for a bad reference or note, which people
// read in the ledger.
func (s *Shop) Fund(ctx context.Context, account id.Account, amount money.Money, reference, note string) (Wallet, bool, error) {
	return s.bookOnce(ctx, account, EntryFunding, reference, amount, note)
}

// Adjust corrects a balance, up or down. The same reference does it once. It
// returns ErrInsufficient and invalid_input.
func (s *Shop) Adjust(ctx context.Context, account id.Account, amount money.Money, reference, note string) (Wallet, bool, error) {
	return s.bookOnce(ctx, account, EntryAdjustment, reference, amount, note)
}

func (s *Shop) bookOnce(ctx context.Context, account id.Account, kind EntryKind, reference string, amount money.Money, why string) (w Wallet, booked bool, err error) {
	reference, err = readable("$.reference", reference, text.Rule{Characters: MaxReference})
	if err != nil {
		return Wallet{}, false, err
	}
	why, err = note(why)
	if err != nil {
		return Wallet{}, false, err
	}
	cause := string(kind) + ":" + reference
	err = s.update(ctx, Caller{Account: account}, func(caller Caller) (err error) {
		w, booked, err = s.tryBook(ctx, caller, kind, cause, amount, why)
		return err
	})
	return w, booked, err
}

func (s *Shop) tryBook(ctx context.Context, caller Caller, kind EntryKind, cause string, amount money.Money, note string) (Wallet, bool, error) {
	var w Wallet
	var bounds Budget
	var before bool
	err := parallel(
		func() (err error) { w, err = wallet(ctx, s.Store, caller.Account); return err },
		func() (err error) { bounds, err = budget(ctx, s.Store, caller.Account, ""); return err },
		func() (err error) { before, err = s.Store.Booked(ctx, caller.Account, cause); return err },
	)
	if err != nil || before {
		return w, false, err
	}
	now := s.Now()
	booking, err := w.Book(kind, cause, amount, note, now)
	if err != nil {
		return w, false, err
	}
	booking.Low = bounds.Policy.LowBalance
	event := &Event{Operation: "wallet_" + string(kind), Subject: cause}
	err = s.commit(ctx, caller, Change{Booking: &booking, Event: event})
	if err == nil && w.Held != nil {
		w, err = wallet(ctx, s.Store, caller.Account) // others have moved it meanwhile
		return w, err == nil, err
	}
	return booking.Wallet, err == nil, err
}
