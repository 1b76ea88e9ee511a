package shop

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// The bounds of a page.
const (
	MaxPage     = 100
	DefaultPage = 20
)

// Page is which part of a list is asked for.
type Page struct {
	// Limit is the most objects to return, 1 to MaxPage; more in an export.
	Limit int
	// After is where the page before ended; empty for the first page.
	After Cursor
	// Oldest: the oldest come first, not the newest. Search has an order of its own.
	Oldest bool
	// Status leaves out what has another status at the time At; empty leaves out
	// nothing. It is for purchases, services and approvals. A page with a status may be
	// short, or empty: the next begins at its cursor.
	Status string
	At     time.Time
	// Label and Agent leave out the services without that label, and those that another
	// agent has bought; empty leave out nothing. The services alone are read of a label; else
	// of an agent; else of a status. Where several are given, a page may be short.
	Label string
	Agent id.Agent
	// Match leaves out the services for which it is false; nil leaves out nothing. It is
	// for a search by what only a product knows: many services are looked at at once.
	Match func(Service) bool
}

// WantsService reports whether no filter of the page leaves a service out.
func (p Page) WantsService(s Service) bool {
	return (p.Status == "" || string(s.Status) == p.Status) &&
		(p.Agent == "" || s.Agent == p.Agent) &&
		(p.Label == "" || slices.Contains(s.Labels, p.Label)) &&
		(p.Match == nil || p.Match(s))
}

// Cursor is a place in a list, in the words of whoever made the list. Callers
// see it sealed, so that nobody builds on what is inside.
type Cursor string

// sumLength is how many bytes of the sum a sealed cursor has: one damaged, or taken
// from another list, fits with a chance of 1 in 2^72.
const sumLength = 9

// Seal makes the cursor opaque, and binds it to a list: list says all that makes the
// list what it is, as who sees it and what is left out. An empty cursor, the end of a
// list, stays empty.
//
// The sum has no key, which the functions that list would have to share and rotate.
// It tells mistakes, not forgeries: whoever makes up a cursor by this rule jumps to
// another place of the same list, which they may read anyway. The account comes from
// the credentials of the request, never from the cursor.
func (c Cursor) Seal(list string) string {
	if c == "" {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(append(c.sum(list), c...))
}

func (c Cursor) sum(list string) []byte {
	sum := sha256.Sum256([]byte(list + "\n" + string(c)))
	return sum[:sumLength]
}

// OpenCursor reads what Seal wrote for the same list. It refuses anything else
// with invalid_input.
func OpenCursor(list, sealed string) (Cursor, error) {
	if sealed == "" {
		return "", nil
	}
	plain, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil || len(plain) <= sumLength {
		return "", errCursor()
	}
	place := Cursor(plain[sumLength:])
	// Base64 can be spelled in several ways: only ours is taken.
	if !place.wellFormed() || place.Seal(list) != sealed {
		return "", errCursor()
	}
	return place, nil
}

// wellFormed reports whether the cursor can be a place: identifiers and numbers are
// printable ASCII.
func (c Cursor) wellFormed() bool {
	for i := range len(c) {
		if c[i] <= ' ' || c[i] > '~' {
			return false
		}
	}
	return c != ""
}

func errCursor() error {
	return fault.InvalidParam("$.cursor", "is not a cursor of this list: it is damaged, or from another operation, account, order or filter").
		Fix("Leave cursor out to begin again, and send the filters of the first page again.")
}
