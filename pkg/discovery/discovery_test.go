package discovery_test

import (
	"bytes"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"agentstore/internal/test/storetest"
	"agentstore/pkg/discovery"
	"agentstore/pkg/etag"
)

// contentTypes is every document with its type.
var contentTypes = map[string]string{
	storePath:         "application/json",
	cardPath:          "application/mcp-server-card+json",
	storeResourcePath: "application/json",
	mcpResourcePath:   "application/json",
	llmsPath:          "text/plain; charset=utf-8",
}

func TestDocuments(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	paths := slices.Sorted(slices.Values(discovery.Paths()))
	if diff := cmp.Diff(slices.Sorted(maps.Keys(contentTypes)), paths); diff != "" {
		t.Errorf("paths (-want +got):\n%s", diff)
	}
	for path, contentType := range contentTypes {
		a := get(t, s.URL+path)
		want := http.Header{
			"Content-Type": {contentType}, "Cache-Control": {"public, max-age=300"}, "X-Content-Type-Options": {"nosniff"},
			"Access-Control-Allow-Origin": {"*"}, "Access-Control-Allow-Methods": {"GET"},
			"Etag": {etag.Of(a.Body)}, "Content-Length": {strconv.Itoa(len(a.Body))},
		}
		for name := range want {
			if diff := cmp.Diff(want[name], a.Header[name]); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", path, name, diff)
			}
		}
		if withKey := s.Call(t, http.MethodGet, path, nil); !bytes.Equal(withKey.Body, a.Body) {
			t.Errorf("%s is %s\nand with a key %s", path, a.Body, withKey.Body)
		}
		head := expectOK(t, request(t, http.MethodHead, s.URL+path))
		for name := range want {
			if diff := cmp.Diff(want[name], head.Header[name]); diff != "" || len(head.Body) > 0 {
				t.Errorf("HEAD %s, %s (-want +got):\n%s%s", path, name, diff, head.Body)
			}
		}
		again := request(t, http.MethodGet, s.URL+path)
		again.Header.Set("If-None-Match", etag.Of(a.Body))
		if known := storetest.Do(t, http.DefaultClient, again); known.Status != http.StatusNotModified || len(known.Body) > 0 {
			t.Errorf("%s once more: %d %s", path, known.Status, known.Body)
		}
	}
}

// TestDocumentsAreReadAlone: they take GET, and HEAD with it.
func TestDocumentsAreReadAlone(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for path := range contentTypes {
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete} {
			a := storetest.Do(t, http.DefaultClient, request(t, method, s.URL+path))
			if a.Status != http.StatusMethodNotAllowed || a.Header.Get("Allow") != "GET, HEAD, OPTIONS" || a.Code() != "method_not_allowed" {
				t.Errorf("%s %s: status %d, Allow %q: %s", method, path, a.Status, a.Header.Get("Allow"), a.Body)
			}
		}
		if a := storetest.Do(t, http.DefaultClient, request(t, http.MethodGet, s.URL+path+"/")); a.Status != http.StatusNotFound {
			t.Errorf("%s/: status %d", path, a.Status)
		}
	}
}

// TestDocumentsHoldNoSecret: nothing of a key, an account or the table.
func TestDocumentsHoldNoSecret(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	id, secret, _ := strings.Cut(s.Key, ".")
	secrets := []string{id, secret, "ask_test_", string(s.Agent), string(s.Agent.Account()), s.Name, "ACCOUNT#", "CATALOG"}
	for path := range contentTypes {
		text := string(s.Call(t, http.MethodGet, path, nil).Body)
		for _, word := range secrets {
			if strings.Contains(text, word) {
				t.Errorf("%s holds %q: %s", path, word, text)
			}
		}
	}
}
