package api

import (
	"context"
	"net/http"
	"time"

	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
)

// WalletGet reads what an agent may spend.
func WalletGet() Operation {
	return Operation{
		Name: "wallet_get", Title: "Get the wallet",
		Summary:     "Read what you may still spend, by which limit and until when, and what renews in 30 days.",
		Description: "Use it to plan. Not for the price of something: use quote_create.",
		Method:      get, Path: "/v1/agent/wallet",
		Scope: shop.ScopeWalletRead, Effect: Reads, Status: http.StatusOK,
		Input: schema.Object(), answers: output[allowanceAnswer],
		Example: Example{Input: `{}`, Output: exampleWallet},
		call: plain(func(ctx context.Context, s *shop.Shop, caller shop.Caller, _ struct{}) (allowanceAnswer, error) {
			a, err := s.Allowance(ctx, caller)
			return wireAllowance(a), err
		}),
	}
}

// AccountWalletGet reads the wallet.
func AccountWalletGet() Operation {
	return Operation{
		Name: "account_wallet_get", Title: "Get the wallet",
		Summary:     "Read what the wallet holds, and what renews in the next 30 days.",
		Description: "Every change of it is an entry of the ledger.",
		Method:      get, Path: account + "/wallet",
		Role: shop.RoleViewer, TokenScope: shop.ScopeWalletRead, Effect: Reads, Status: http.StatusOK,
		Input: schema.Object(), answers: output[walletAnswer],
		call: plain(func(ctx context.Context, s *shop.Shop, caller shop.Caller, _ struct{}) (walletAnswer, error) {
			a, err := s.WalletAndUpcoming(ctx, caller)
			return walletAnswer{wireWallet(a), wireUpcoming(a.Upcoming)}, err
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
		Role: shop.RoleViewer, TokenScope: shop.ScopeWalletRead, Effect: Reads, Status: http.StatusOK,
		Input: schema.Object(timeFields()...), answers: output[ledgerAnswer],
		call: lists(func(ctx context.Context, s *shop.Shop, caller shop.Caller, _ pageArguments, p shop.Page) ([]shop.Entry, shop.Cursor, error) {
			return s.Ledger(ctx, caller, p)
		}, func(entries []shop.Entry, page pageWire, _ view) ledgerAnswer {
			return ledgerAnswer{each(entries, wireEntry), page}
		}),
	}
}

type walletAnswer struct {
	Wallet   walletWire   `json:"wallet"`
	Upcoming upcomingWire `json:"renewals"`
}

type allowanceAnswer struct {
	Wallet   walletWire      `json:"wallet"`
	MaySpend int64           `json:"mayStillSpendMinor" jsonschema:"the most that a purchase may cost now"`
	Rooms    []limitLeftWire `json:"limits" jsonschema:"what each limit of the account and of the agent leaves"`
	Upcoming upcomingWire    `json:"renewals"`
}

func wireWallet(a shop.Allowance) walletWire {
	w := a.Wallet
	return walletWire{w.Free().Minor, a.Held.Minor, string(w.Balance.Currency), w.UpdatedAt}
}

func wireAllowance(a shop.Allowance) allowanceAnswer {
	return allowanceAnswer{wireWallet(a), a.MaySpend.Minor, each(a.Rooms, wireRoom), wireUpcoming(a.Upcoming)}
}

// limitLeftWire is of money or, where the rule is about services, of those.
type limitLeftWire struct {
	Layer      shop.Layer `json:"layer" jsonschema:"whose policy it is"`
	Rule       shop.Rule  `json:"rule" jsonschema:"a purchase above confirm_above or approval_above is not refused: a person is asked"`
	LimitMinor *int64     `json:"limitMinor,omitempty"`
	LeftMinor  *int64     `json:"leftMinor,omitempty"`
	Limit      *int64     `json:"limit,omitempty" jsonschema:"in services, as left"`
	Left       *int64     `json:"left,omitempty"`
	ResetsAt   time.Time  `json:"resetsAt,omitzero" jsonschema:"when it leaves more by itself; absent for never"`
}

func wireRoom(r shop.Room) limitLeftWire {
	w := limitLeftWire{Layer: r.Layer, Rule: r.Rule, ResetsAt: r.ResetsAt}
	if r.OfServices() {
		w.Limit, w.Left = r.Limit, &r.Left
	} else {
		w.LimitMinor, w.LeftMinor = r.Limit, &r.Left
	}
	return w
}

// upcomingWire is what renews.
type upcomingWire struct {
	Until      time.Time        `json:"until"`
	Count      int              `json:"count" jsonschema:"how many services are charged until then"`
	TotalMinor int64            `json:"totalMinor" jsonschema:"what all their charges until then come to"`
	First      []nextChargeWire `json:"first" jsonschema:"the first of them"`
	Complete   bool             `json:"complete" jsonschema:"false where there are more services than were counted: of thousands, or in an account that is together, the newest 200"`
}

type nextChargeWire struct {
	ServiceID   string    `json:"serviceId"`
	At          time.Time `json:"at"`
	AmountMinor int64     `json:"amountMinor"`
}

func wireUpcoming(u shop.Upcoming) upcomingWire {
	return upcomingWire{u.Until, u.Services, u.Total.Minor, each(u.First, func(c shop.UpcomingCharge) nextChargeWire {
		return nextChargeWire{string(c.Service), c.At, c.Minor}
	}), u.Complete}
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
	AgentID      string         `json:"agentId,omitempty" jsonschema:"who bought what the money moved for"`
	ItemID       string         `json:"catalogItemId,omitempty"`
}

func wireEntry(e shop.Entry) entryWire {
	return entryWire{e.Number, e.Kind, e.Cause, e.Amount.Minor, e.Balance.Minor, string(e.Amount.Currency), e.Note, e.At, string(e.Agent), string(e.Item)}
}
