// Package shop is the business: what is sold, what it costs, who bought it and
// what may be done with it. It has no I/O, no clock and no protocol of its own;
// what it needs from outside stands here as small interfaces.
//
// Every operation is a method of Shop. It reads in one parallel step, decides,
// and writes in one transaction, so that it takes one sequential round trip to
// the store for a read and two for a write.
package shop

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"agentstore/pkg/id"
)

// Shop holds what the operations need.
type Shop struct {
	Store    Store
	Products Products
	// Admin, IssueKey and People are for what members do; nil where there are none.
	Admin    AdminStore
	IssueKey KeyIssuer
	People   *People
	IDs      id.Maker
	Now      func() time.Time
	// QuoteLifetime is how long a price binds the store.
	QuoteLifetime time.Duration
	// ApprovalLifetime is how long a question to the members stays open; zero is a
	// day.
	ApprovalLifetime time.Duration
	// Kick tries new jobs at once. It may be nil: the jobs are in the store, and
	// whoever works on due jobs finds them.
	Kick func(context.Context, []JobRef)
	// OpenSecret opens what a provider gave for the eyes of one caller. It returns
	// ErrUnreadable. It may be nil where no operation reads secrets.
	OpenSecret func(context.Context, SecretOf, Sealed) ([]byte, error)
	// Remote asks the provisioner to read from a provider, and returns what that has
	// answered as JSON, a *fault.Error by which it was refused, or any other error for
	// no answer. It may be nil where no operation does so.
	Remote func(context.Context, RemoteRead) (json.RawMessage, error)
	// Sleep waits before a write that lost a race starts over; nil sleeps by the
	// clock of the machine.
	Sleep func(context.Context, time.Duration) error
	// Turns is for a process that serves many requests at once. It may be nil.
	Turns *Turns
}

// The errors that a Store returns, besides its own.
var (
	// ErrNotFound: there is no such object in that account.
	ErrNotFound = errors.New("shop: not found")
	// ErrConflict: what the change rests on is no longer so. Nothing was written.
	ErrConflict = errors.New("shop: changed meanwhile")
)

// Store keeps the state. All reads are strongly consistent. An account's
// objects are found under that account alone.
type Store interface {
	// Catalog reads everything that is on sale.
	Catalog(context.Context) (Catalog, error)
	// Item returns ErrNotFound where nothing has the id.
	Item(context.Context, id.Item) (Item, error)
	// Quote returns ErrNotFound.
	Quote(context.Context, id.Account, id.Quote) (Quote, error)
	// Purchase returns ErrNotFound.
	Purchase(context.Context, id.Account, id.Purchase) (Purchase, error)
	// Purchases lists the newest first, and names where the next page starts.
	Purchases(context.Context, id.Account, Page) ([]Purchase, Cursor, error)
	// OwnPurchases is Purchases of an agent that sees its own alone, without their
	// configurations. It looks at no other, however many there are.
	OwnPurchases(context.Context, id.Agent, Page) ([]Purchase, Cursor, error)
	// Service returns ErrNotFound.
	Service(context.Context, id.Account, id.Service) (Service, error)
	// Services lists the newest first, and names where the next page starts.
	Services(context.Context, id.Account, Page) ([]Service, Cursor, error)
	// OwnServices is to Services what OwnPurchases is to Purchases.
	OwnServices(context.Context, id.Agent, Page) ([]Service, Cursor, error)
	// Action returns ErrNotFound.
	Action(context.Context, id.Account, id.Service, id.Action) (Action, error)
	// Actions lists the newest first, and names where the next page starts.
	Actions(context.Context, id.Account, id.Service, Page) ([]Action, Cursor, error)
	SecretStore
	// Approval returns ErrNotFound.
	Approval(context.Context, id.Account, id.Approval) (Approval, error)
	// Approvals lists the newest first, and names where the next page starts.
	Approvals(context.Context, id.Account, Page) ([]Approval, Cursor, error)
	// Waiting returns ErrNotFound where the agent has asked nothing.
	Waiting(context.Context, id.Account, id.Agent) (Waiting, error)
	PersonalReader
	WalletReader
	BudgetReader
	// Booked tells whether the cause has an entry in the ledger.
	Booked(context.Context, id.Account, string) (bool, error)
	// Confirmation returns ErrNotFound.
	Confirmation(ctx context.Context, account id.Account, hash string) (Confirmation, error)
	// Record returns ErrNotFound.
	Record(context.Context, RecordKey) (Record, error)
	// Refuse puts the refusal of a write into the trail: as the event that it is, or,
	// where as many of its kind have an event of their own in this hour, counted in
	// one more, for which there is an identifier. It returns ErrConflict.
	Refuse(ctx context.Context, e Event, apart int, more id.Event) error
	Committer
}

// Change is what one transaction writes. An object of version 1 must not exist
// yet; one of a higher version replaces exactly the version before it. A
// record must be absent or expired. A quote that is bought has its personal data stay
// as long as itself.
type Change struct {
	// Authority is what the change rests on beside what it writes; nil for the store's
	// own.
	Authority    *Authority
	Record       *Record
	Confirmation *Confirmation
	Approval     *Approval
	Waiting      *Waiting
	Quote        *Quote
	Personal     *Personal
	Purchase     *Purchase
	Services     []Service
	Actions      []Action
	Secret       *Secret
	Jobs         []Job
	Booking      *Booking
	Person       *Person
	Account      *Account
	Agents       []Agent
	Members      []Member
	Invitation   *Invitation
	Sessions     []Session
	Budgets      []Budget
	Credentials  []Credential
	Event        *Event
	// Also are changes that stand or fall with this one. None of them says when.
	Also []Change
	// At is the time of the change. A quote can only be used before it expires.
	At time.Time
}
