package shop

import (
	"context"
	"time"

	"agentstore/pkg/id"
)

// Store keeps the state. All reads are strongly consistent, unless they say otherwise. An account's
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
	// Purchases lists in the order of the page, and names where the next one starts.
	Purchases(context.Context, id.Account, Page) ([]Purchase, Cursor, error)
	// OwnPurchases is Purchases for an agent that sees only its own, without their
	// configurations. It reads no others, however many there are.
	OwnPurchases(context.Context, id.Agent, Page) ([]Purchase, Cursor, error)
	// Service returns ErrNotFound.
	Service(context.Context, id.Account, id.Service) (Service, error)
	// Services lists in the order of the page, and names where the next one starts.
	Services(context.Context, id.Account, Page) ([]Service, Cursor, error)
	// Foretold reads the outlooks of the services of an account that live, or of those of an
	// agent that sees only its own. It returns false where there are more than it reads.
	Foretold(context.Context, id.Account, id.Agent) (all []Foretold, whole bool, err error)
	// OwnServices is to Services what OwnPurchases is to Purchases.
	OwnServices(context.Context, id.Agent, Page) ([]Service, Cursor, error)
	// Action returns ErrNotFound.
	Action(context.Context, id.Account, id.Service, id.Action) (Action, error)
	// Actions lists in the order of the page, and names where the next one starts.
	Actions(context.Context, id.Account, id.Service, Page) ([]Action, Cursor, error)
	SecretStore
	// Approval returns ErrNotFound.
	Approval(context.Context, id.Account, id.Approval) (Approval, error)
	// Approvals lists in the order of the page, and names where the next one starts.
	Approvals(context.Context, id.Account, Page) ([]Approval, Cursor, error)
	// Waiting returns ErrNotFound where the agent has never asked anything.
	Waiting(context.Context, id.Account, id.Agent) (Waiting, error)
	// AllWaiting lists the open questions of all agents of an account.
	AllWaiting(context.Context, id.Account) ([]Waiting, error)
	// SSHKeys returns ErrNotFound where the account has never had one.
	SSHKeys(context.Context, id.Account) (SSHKeys, error)
	PersonalReader
	HoldStore
	// Entries lists the ledger in the order of the page, and names where the next one
	// starts.
	Entries(context.Context, id.Account, Page) ([]Entry, Cursor, error)
	// Booked reports whether the cause has an entry in the ledger.
	Booked(context.Context, id.Account, string) (bool, error)
	// Confirmation returns ErrNotFound.
	Confirmation(ctx context.Context, account id.Account, hash string) (Confirmation, error)
	// ManyCancellation returns ErrNotFound.
	ManyCancellation(context.Context, id.Account, id.Cancellation) (ManyCancellation, error)
	// Record returns ErrNotFound.
	Record(context.Context, RecordKey) (Record, error)
	// Refuse puts the refusal of a write into the trail: as an event of its own, or,
	// where apart refusals of its kind have one in this hour, counted in one more
	// event, whose identifier is given. It returns ErrConflict.
	Refuse(ctx context.Context, e Event, apart int, more id.Event) error
}

// Change is what one transaction writes. An object of version 1 must not exist
// yet; one of a higher version replaces exactly the version before it. A
// record must be absent or expired. A quote that is bought has its personal data stay
// as long as itself.
type Change struct {
	// Authority is what the change rests on besides what it writes; nil for the store's
	// own changes.
	Authority    *Authority
	Record       *Record
	Confirmation *Confirmation
	Approval     *Approval
	Waiting      *Waiting
	Quote        *Quote
	Personal     *Personal
	Purchase     *Purchase
	Services     []Service
	Labelings    []Labeling
	Cancellation *ManyCancellation
	SSHKeys      *SSHKeys
	Actions      []Action
	Secret       *Secret
	Jobs         []Job
	Booking      *Booking
	Proof        *HoldProof
	Person       *Person
	Account      *Account
	Agents       []Agent
	Members      []Member
	Invitation   *Invitation
	Sessions     []Session
	Tokens       []PersonalToken
	Budgets      []Budget
	Credentials  []Credential
	Event        *Event
	// Also are changes that stand or fall with this one. Their At is not set.
	Also []Change
	// At is the time of the change. A quote can only be used before it expires.
	At time.Time
}
