package dynamotest

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// failing fails the first request, and answers the others.
type failing struct {
	status   int // of the first answer; zero is none
	requests int
}

func (f *failing) RoundTrip(*http.Request) (*http.Response, error) {
	f.requests++
	w := httptest.NewRecorder()
	switch {
	case f.requests > 1:
	case f.status == 0:
		return nil, errors.New("connection reset")
	default:
		w.WriteHeader(f.status)
	}
	return w.Result(), nil
}

func TestPatient(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		operation    string
		status, want int
	}{
		"a read without an answer":         {"GetItem", 0, 2},
		"a read with an internal error":    {"Query", http.StatusInternalServerError, 2},
		"a read that is refused":           {"Scan", http.StatusBadRequest, 1},
		"a write without an answer":        {"PutItem", 0, 1},
		"a transaction with such an error": {"TransactWriteItems", http.StatusInternalServerError, 1},
	} {
		f := &failing{status: tc.status}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1:1", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Amz-Target", "DynamoDB_20120810."+tc.operation)
		answer, err := patient{f}.RoundTrip(r)
		if err == nil {
			answer.Body.Close()
		}
		if f.requests != tc.want || tc.want == 2 && (err != nil || answer.StatusCode != http.StatusOK) {
			t.Errorf("%s: %d requests, want %d; the last ends with %v", name, f.requests, tc.want, err)
		}
	}
}
