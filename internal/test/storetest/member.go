package storetest

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// Account is where the API for members is.
const Account = "/v1/account"

// Call makes and sends a request of the API for members.
func (b *Browser) Call(tb testing.TB, method, path string, body any) Answer {
	tb.Helper()
	return Do(tb, &b.Client, b.Request(tb, method, path, body))
}

// Request makes a request of the API for members, as a page of the store does. A body
// that is not nil is sent as JSON; a string is sent as it is.
func (b *Browser) Request(tb testing.TB, method, path string, body any) *http.Request {
	tb.Helper()
	text, isText := body.(string)
	if !isText && body != nil {
		encoded, err := json.Marshal(body)
		must(tb, err)
		text = string(encoded)
	}
	r, err := http.NewRequestWithContext(tb.Context(), method, b.store.URL+path, strings.NewReader(text))
	must(tb, err)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if text != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

// Owner is somebody who has logged in and owns an account.
func (s *Store) Owner(tb testing.TB) *Browser {
	tb.Helper()
	return s.LogIn(tb, "Ada", "ada@example.com")
}
