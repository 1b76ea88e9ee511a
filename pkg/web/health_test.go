package web_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"agentstore/pkg/web"
)

// TestReady: who asks learns whether the store can be used, and the log why not.
func TestReady(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		fails  error
		status int
		says   string
	}{
		{nil, http.StatusOK, "ok\n"},
		{errors.New("the disk at /secret/place is full"), http.StatusServiceUnavailable, "the store cannot be used; its log says why\n"},
	} {
		var log strings.Builder
		f := web.Frame{
			RequestID: func(context.Context) string { return "req_1" }, Log: slog.New(slog.NewTextHandler(&log, nil)),
			PublicURL: "https://store.example.com",
		}
		w := httptest.NewRecorder()
		// Who watches knows the store by another name.
		r := httptest.NewRequest(http.MethodGet, "http://10.0.0.7:3000"+web.ReadyPath, nil)
		f.Ready(func(context.Context) error { return tc.fails }).Handler.ServeHTTP(w, r)
		if w.Code != tc.status || w.Body.String() != tc.says {
			t.Errorf("failing with %v it answers %d, %q", tc.fails, w.Code, w.Body)
		}
		if said := strings.Contains(log.String(), "the disk at"); said != (tc.fails != nil) {
			t.Errorf("failing with %v it logs %s", tc.fails, log.String())
		}
	}
}
