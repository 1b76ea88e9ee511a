package api

import (
	"context"
	"net/http"
	"time"

	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
)

// WalletGet reads the wallet.
func WalletGet() Operation {
	return Operation{
		Name: "wallet_get", Title: "Get the wallet",
		Summary:     "Read what the wallet holds.",
		Description: "Every change of it is an entry of the ledger.",
		Method:      get, Path: account + "/wallet",
		Role: shop.RoleViewer, Effect: Reads, Status: http.StatusOK,
		Input: schema.Object(), answers: output[walletAnswer],
		call: plain(func(ctx context.Context, s *shop.Shop, caller shop.Caller, _ struct{}) (walletAnswer, error) {
			w, asked, err := s.WalletAndQuestions(ctx, caller)
			return walletAnswer{walletWire{w.Free().Minor, w.OnHold().Minor + asked, string(w.Balance.Currency), w.UpdatedAt}}, err
		}),
	}
}

// LedgerList lists the ledger.
func LedgerList() Operation {
	return Operation{
		Name: "ledger_list", Title: "List the ledger",
		Summary:     "List the entries of the ledger, the newest first.",
		Description: "Entries are numbered without gaps and never change. Their sum is the balance. One that is held for a purchase under way appears with it.",
		Method:      get, Path: account + "/ledger",
		Role: shop.RoleViewer, Effect: Reads, Status: http.StatusOK,
		Input: schema.Object(timeFields()...), answers: output[ledgerAnswer],
		call: lists(func(ctx context.Context, s *shop.Shop, caller shop.Caller, _ pageArguments, p shop.Page) ([]shop.Entry, shop.Cursor, error) {
			return s.Ledger(ctx, caller, p)
		}, func(entries []shop.Entry, page pageWire, _ view) ledgerAnswer {
			return ledgerAnswer{each(entries, wireEntry), page}
		}),
	}
}

type walletAnswer struct {
	Wallet walletWire `json:"wallet"`
}

type walletWire struct {
	BalanceMinor int64     `json:"balanceMinor" jsonschema:"what can be spent, in the minor unit of the currency"`
	HeldMinor    int64     `json:"heldMinor" jsonschema:"what purchases that are under way hold, or wait for an approval; it is not in the balance any more"`
	Currency     string    `json:"currency" jsonschema:"empty until the wallet was first funded"`
	UpdatedAt    time.Time `json:"updatedAt,omitzero"`
}

type ledgerAnswer struct {
	Entries []entryWire `json:"entries"`
	pageWire
}

type entryWire struct {
	Number       int            `json:"number"`
	Kind         shop.EntryKind `json:"kind"`
	Cause        string         `json:"cause" jsonschema:"what the money moved for"`
	AmountMinor  int64          `json:"amountMinor" jsonschema:"positive into the wallet, negative out of it"`
	BalanceMinor int64          `json:"balanceMinor" jsonschema:"after the entry"`
	Currency     string         `json:"currency"`
	Note         string         `json:"note,omitempty"`
	At           time.Time      `json:"at"`
}

func wireEntry(e shop.Entry) entryWire {
	return entryWire{e.Number, e.Kind, e.Cause, e.Amount.Minor, e.Balance.Minor, string(e.Amount.Currency), e.Note, e.At}
}
