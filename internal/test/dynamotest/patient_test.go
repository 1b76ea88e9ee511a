package dynamotest

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
)

// failing fails the first request, and answers the others.
type failing struct {
	status   int  // of the first answer; zero is none
	cut      bool // the first answer ends early
	requests int
}

func (f *failing) RoundTrip(*http.Request) (*http.Response, error) {
	f.requests++
	w := httptest.NewRecorder()
	switch {
	case f.requests > 1:
	case f.cut:
		answer := w.Result()
		answer.Body = io.NopCloser(iotest.ErrReader(net.ErrClosed))
		return answer, nil
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
		cut          bool
	}{
		"a read without an answer":             {operation: "GetItem", want: 2},
		"a read with an internal error":        {operation: "Query", status: http.StatusInternalServerError, want: 2},
		"a read without the end of its answer": {operation: "Query", cut: true, want: 2},
		"a read that is refused":               {operation: "Scan", status: http.StatusBadRequest, want: 1},
		"a write without an answer":            {operation: "PutItem", want: 1},
		"a transaction with such an error":     {operation: "TransactWriteItems", status: http.StatusInternalServerError, want: 1},
	} {
		f := &failing{status: tc.status, cut: tc.cut}
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
