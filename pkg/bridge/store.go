package bridge

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// The variables that tell a client where its store is.
const (
	baseVariable = "AGENT_STORE_API_BASE_URL"
	keyVariable  = "AGENT_STORE_AGENT_API_KEY"
)

// apiPath is how the base URL ends.
const apiPath = "/v1/agent"

// maxAnswer is the largest answer that is read, in bytes: API Gateway gives 10 MiB
// at most.
const maxAnswer = 10 << 20

// Store is where messages go.
type Store struct {
	origin string
	key    string
	client *http.Client
}

// FromEnvironment reads which store it is. Errors are sentences for people.
func FromEnvironment(getenv func(string) string) (Store, error) {
	base, key := getenv(baseVariable), getenv(keyVariable)
	if base == "" {
		return Store{}, fmt.Errorf("%s is not set: set it to the address of the store's API, such as https://store.example.com%s", baseVariable, apiPath)
	}
	if key == "" {
		return Store{}, fmt.Errorf("%s is not set: set it to the API key of the agent, such as ask_live_…", keyVariable)
	}
	origin, ok := strings.CutSuffix(strings.TrimSuffix(base, "/"), apiPath)
	u, err := url.Parse(origin)
	if !ok || err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return Store{}, fmt.Errorf("%s is %q: it must be an http or https address that ends in %s", baseVariable, base, apiPath)
	}
	return Store{origin, key, &http.Client{
		Timeout: time.Minute,
		// A key is sent only to the store that it is for.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Check asks the store for something small, so that a host learns at once if the
// store cannot be reached or the key is not good. Errors are sentences for people.
func (s Store) Check(ctx context.Context) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.origin+apiPath+"/catalog/categories", http.NoBody)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+s.key)
	res, err := s.client.Do(r)
	if err != nil {
		return unreachable(s.origin, err)
	}
	defer res.Body.Close()
	switch res.StatusCode {
	case http.StatusOK, http.StatusForbidden: // a key without the scope for it is a key
		return nil
	case http.StatusUnauthorized:
		return fmt.Errorf("the store at %s refuses the key in %s: ask the owner of the account for a new one", s.origin, keyVariable)
	default:
		return fmt.Errorf("there is no store at %s: it answered with status %d", s.origin, res.StatusCode)
	}
}

// send carries one message and returns the answer, which is empty for a
// notification.
func (s Store) send(ctx context.Context, m message, revision string, body []byte) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.origin+"/mcp", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	s.setHeader(r.Header, m, revision)
	res, err := s.client.Do(r)
	if err != nil {
		return nil, unreachable(s.origin, err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return nil, unreachable(s.origin, err)
	}
	if len(answer) > 0 && !strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
		return nil, fmt.Errorf("the store at %s answered with status %d and no JSON", s.origin, res.StatusCode)
	}
	return answer, nil
}

// setHeader repeats in the HTTP headers what the message itself says (MCP
// 2026-07-28, Streamable HTTP, "Standard Request Headers").
func (s Store) setHeader(h http.Header, m message, revision string) {
	h.Set("Authorization", "Bearer "+s.key)
	h.Set("Content-Type", "application/json")
	h.Set("Accept", "application/json, text/event-stream")
	if m.Params.Meta.Revision != "" {
		revision = m.Params.Meta.Revision
	}
	if revision == "" {
		return
	}
	h.Set("MCP-Protocol-Version", revision)
	h.Set("Mcp-Method", m.Method)
	switch m.Method {
	case "tools/call", "prompts/get":
		h.Set("Mcp-Name", m.Params.Name)
	case "resources/read":
		h.Set("Mcp-Name", m.Params.URI)
	}
}

// unreachable leaves out the address that net/http puts before each error, so that
// it is said only once.
func unreachable(origin string, err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	return fmt.Errorf("the store at %s cannot be reached: %w", origin, err)
}
