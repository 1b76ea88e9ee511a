package dynamo

import (
	"context"
	"errors"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

type walletRow struct {
	head
	IndexPK      string `dynamodbav:"GSI1PK"`
	IndexSK      string `dynamodbav:"GSI1SK"`
	Account      string `dynamodbav:"account"`
	BalanceMinor int64  `dynamodbav:"balanceMinor"`
	Currency     string `dynamodbav:"currency"`
	UpdatedAt    millis `dynamodbav:"updatedAt"`
	// What follows is there while the wallet holds.
	FreeMinor   int64            `dynamodbav:"freeMinor,omitempty"`
	ContendedAt millis           `dynamodbav:"contendedAt,omitempty"`
	Holds       map[string]int64 `dynamodbav:"h_,prefix"` // numbers of entries, by walletHold
}

type entryRow struct {
	head
	Account      string `dynamodbav:"account"`
	Number       int    `dynamodbav:"number"`
	EntryKind    string `dynamodbav:"entryKind"`
	Cause        string `dynamodbav:"cause"`
	AmountMinor  int64  `dynamodbav:"amountMinor"`
	BalanceMinor int64  `dynamodbav:"balanceMinor"`
	Currency     string `dynamodbav:"currency"`
	Note         string `dynamodbav:"note,omitempty"`
	At           millis `dynamodbav:"at"`
	Service      string `dynamodbav:"service,omitempty"`
	Agent        string `dynamodbav:"agent,omitempty"`
	Item         string `dynamodbav:"item,omitempty"`
}

// causeRow exists once for each entry of the ledger, under its cause.
type causeRow struct {
	head
	Entry int `dynamodbav:"entry"`
}

// Wallet reads the wallet of an account.
func (t *Table) Wallet(ctx context.Context, account id.Account) (shop.Wallet, error) {
	row, err := get[walletRow](ctx, t, walletKey(account))
	return row.domain(), err
}

// Booked reports whether a cause has an entry in the ledger.
func (t *Table) Booked(ctx context.Context, account id.Account, cause string) (bool, error) {
	_, err := get[causeRow](ctx, t, causeKey(account, cause))
	if errors.Is(err, shop.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// Ledger reads all entries of an account, the oldest first.
func (t *Table) Ledger(ctx context.Context, account id.Account) ([]shop.Entry, error) {
	items, err := t.all(ctx, t.spread.partitions(accountPartition(account), ledgerPrefix), ledgerPrefix)
	if err != nil {
		return nil, err
	}
	rows, err := rowsOf[entryRow](items)
	entries := make([]shop.Entry, len(rows))
	for i, row := range rows {
		entries[i] = row.domain()
	}
	return entries, err
}

// Entries lists the ledger of an account.
func (t *Table) Entries(ctx context.Context, account id.Account, p shop.Page) ([]shop.Entry, shop.Cursor, error) {
	return list(ctx, t, accountPartition(account), ledgerPrefix, p, entryRow.domain)
}

// Entry reads one entry of the ledger. It returns shop.ErrNotFound.
func (t *Table) Entry(ctx context.Context, account id.Account, number int) (shop.Entry, error) {
	row, err := get[entryRow](ctx, t, entryKey(account, number))
	return row.domain(), err
}

// Accounts nominates the accounts that have a wallet: all that ever moved money.
func (t *Table) Accounts(ctx context.Context) ([]id.Account, error) {
	keys, err := t.index(ctx, walletIndexPrefix, everything, 0)
	accounts := make([]id.Account, len(keys))
	for i, k := range keys {
		accounts[i], _ = accountOf(k.PK)
	}
	return accounts, err
}

// booking adds a wallet, its entry and the mark of the cause. A wallet that holds has
// been changed before.
func (b *builder) booking(booking shop.Booking) {
	w := booking.Wallet
	if w.Held == nil {
		b.directAfter(walletRow{
			head:    directHead(walletKey(w.Account), "wallet", w.Version),
			IndexPK: shardOf(walletIndexPrefix, string(w.Account)), IndexSK: string(w.Account),
			Account: string(w.Account), BalanceMinor: w.Balance.Minor, Currency: string(w.Balance.Currency),
			UpdatedAt: toMillis(w.UpdatedAt),
		}, w.Version-1-len(booking.Earlier))
	}
	for _, earlier := range booking.Earlier {
		b.entry(earlier)
	}
	b.entry(booking.Entry)
}

// entry adds an entry of the ledger and the mark of its cause.
func (b *builder) entry(e shop.Entry) {
	b.version(entryRow{
		head:    newHead(entryKey(e.Account, e.Number), "entry", 1),
		Account: string(e.Account), Number: e.Number, EntryKind: string(e.Kind), Cause: e.Cause,
		AmountMinor: e.Amount.Minor, BalanceMinor: e.Balance.Minor, Currency: string(e.Amount.Currency),
		Note: e.Note, At: toMillis(e.At), Service: string(e.Service), Agent: string(e.Agent), Item: string(e.Item),
	}, 1)
	if e.Kind == shop.EntryRenewal {
		return // the service that it pays for is replaced in its version
	}
	b.version(causeRow{newHead(causeKey(e.Account, e.Cause), "cause", 1), e.Number}, 1)
}

func (r walletRow) domain() shop.Wallet {
	return shop.Wallet{
		Account: id.Account(r.Account), Version: r.Version,
		Balance: moneyOf(r.BalanceMinor, r.Currency), UpdatedAt: r.UpdatedAt.time(), Held: r.held(),
	}
}

func (r entryRow) domain() shop.Entry {
	return shop.Entry{
		Account: id.Account(r.Account), Number: r.Number, Kind: shop.EntryKind(r.EntryKind), Cause: r.Cause,
		Amount: moneyOf(r.AmountMinor, r.Currency), Balance: moneyOf(r.BalanceMinor, r.Currency),
		Note: r.Note, At: r.At.time(), Service: id.Service(r.Service), Agent: id.Agent(r.Agent), Item: id.Item(r.Item),
	}
}
