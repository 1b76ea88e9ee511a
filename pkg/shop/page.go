package shop

import (
	"encoding/base64"
	"strings"
	"time"

	"agentstore/pkg/fault"
)

// The bounds of a page.
const (
	MaxPage     = 100
	DefaultPage = 20
)

// Page is which part of a list is asked for.
type Page struct {
	// Limit is the most objects to return, 1 to MaxPage.
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
}

// Cursor is a place in a list, in the words of whoever made the list. Callers
// see it sealed, so that nobody builds on what is inside.
type Cursor string

// Seal makes the cursor opaque. An empty cursor, the end of a list, stays empty.
func (c Cursor) Seal(list string) string {
	if c == "" {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString([]byte(list + ":" + string(c)))
}

// OpenCursor reads what Seal wrote for the same list. It refuses anything else
// with invalid_input.
func OpenCursor(list, sealed string) (Cursor, error) {
	if sealed == "" {
		return "", nil
	}
	plain, err := base64.RawURLEncoding.DecodeString(sealed)
	_, place, _ := strings.Cut(string(plain), ":")
	// Base64 can be spelled in several ways: only ours is taken.
	if err != nil || place == "" || Cursor(place).Seal(list) != sealed {
		return "", errCursor()
	}
	return Cursor(place), nil
}

func errCursor() error {
	return fault.InvalidParam("$.cursor", "is not a cursor of this list").
		Fix("Pass the nextCursor of the previous page unchanged, or leave cursor out to start over.")
}
