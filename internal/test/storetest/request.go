package storetest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

// Answer is an answer of the store, read to its end.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Request makes a request to the store with its key. A body that is not a
// string, nil included, is sent as JSON.
func (s *Store) Request(tb testing.TB, method, path string, body any) *http.Request {
	tb.Helper()
	text, isText := body.(string)
	if !isText && body != nil {
		encoded, err := json.Marshal(body)
		must(tb, err)
		text = string(encoded)
	}
	r, err := http.NewRequestWithContext(tb.Context(), method, s.URL+path, strings.NewReader(text))
	must(tb, err)
	r.Header.Set("Authorization", "Bearer "+s.Key)
	if text != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

// Do sends a request.
func Do(tb testing.TB, client *http.Client, r *http.Request) Answer {
	tb.Helper()
	res, err := client.Do(r)
	must(tb, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	must(tb, err)
	return Answer{res.StatusCode, res.Header, body}
}

// Call makes and sends a request.
func (s *Store) Call(tb testing.TB, method, path string, body any) Answer {
	tb.Helper()
	return Do(tb, http.DefaultClient, s.Request(tb, method, path, body))
}

// Get finds a value in the body by the names of its members, with numbers for
// the places in arrays: "services", 0, "id". It is nil where there is none.
func (a Answer) Get(path ...any) any {
	var value any
	d := json.NewDecoder(bytes.NewReader(a.Body))
	if d.Decode(&value) != nil {
		return nil
	}
	for _, step := range path {
		switch v := value.(type) {
		case map[string]any:
			name, _ := step.(string)
			value = v[name]
		case []any:
			i, isIndex := step.(int)
			if !isIndex || i >= len(v) {
				return nil
			}
			value = v[i]
		default:
			return nil
		}
	}
	return value
}

// Text is Get for a string, empty where there is none.
func (a Answer) Text(path ...any) string {
	text, _ := a.Get(path...).(string)
	return text
}

// Code is the code of an error, empty for a good answer.
func (a Answer) Code() string { return a.Text("code") }
