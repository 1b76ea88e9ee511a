package e2e

import (
	"bytes"
	"net/http"
	"testing"

	"agentstore"
	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/web"
)

// TestCookieOfTheDocument: a client that is made of the document sends the cookie that
// the store which serves it has set. The events of its function show the other name.
func TestCookieOfTheDocument(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	owner := s.Owner(t)
	document := storetest.Do(t, http.DefaultClient, s.Request(t, http.MethodGet, web.OpenAPIPath, nil))
	name := document.Text("components", "securitySchemes", "session", "name")
	r := s.Request(t, http.MethodGet, storetest.Account, nil)
	r.Header.Del("Authorization")
	r.AddCookie(&http.Cookie{Name: name, Value: owner.Session(t)})
	if a := storetest.Do(t, http.DefaultClient, r); a.Status != http.StatusOK {
		t.Errorf("the cookie %q of the document is answered with %d: %s", name, a.Status, a.Body)
	}
	if !bytes.Contains(agentstore.OpenAPI, []byte(`"__Host-agentstore_session"`)) {
		t.Error("the document of a deployed store has another cookie")
	}
}
