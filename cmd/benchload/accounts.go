package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
)

// makeAccounts has that many people log in for the first time, by the issuer for
// trying out, and make an agent with a key. It returns the keys. So any build can be
// measured that people can log in to.
func makeAccounts(ctx context.Context, store string, n int) (keys []string, err error) {
	for i := range n {
		m, err := logIn(ctx, store, fmt.Sprintf("load-%d@example.com", i))
		if err != nil {
			return nil, fmt.Errorf("log in: %w", err)
		}
		key, err := m.makeKey(ctx)
		if err != nil {
			return nil, fmt.Errorf("make a key: %w", err)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// member is the browser of somebody who has logged in.
type member struct {
	http.Client
	store string
}

func logIn(ctx context.Context, store, email string) (*member, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	m := &member{http.Client{Jar: jar}, store}
	page, _, err := m.send(ctx, http.MethodGet, store+"/login", "", nil)
	if err != nil {
		return nil, err
	}
	asked := page.Request.URL // the page of the issuer
	fields := asked.Query()
	fields.Set("name", "Load")
	fields.Set("email", email)
	fields.Set("verified", "true")
	asked.RawQuery = ""
	_, _, err = m.send(ctx, http.MethodPost, asked.String(), "application/x-www-form-urlencoded", []byte(fields.Encode()))
	return m, err
}

// scopes are what the load needs of a key.
var scopes = []string{"quotes:write", "purchases:write", "services:read"}

func (m *member) makeKey(ctx context.Context) (string, error) {
	var made struct {
		Agent  struct{ ID string }
		Secret string
	}
	if err := m.call(ctx, "agents", map[string]any{"name": "load"}, &made); err != nil {
		return "", err
	}
	err := m.call(ctx, "agents/"+url.PathEscape(made.Agent.ID)+"/keys", map[string]any{"name": "load", "scopes": scopes}, &made)
	return made.Secret, err
}

func (m *member) call(ctx context.Context, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	_, answer, err := m.send(ctx, http.MethodPost, m.store+"/v1/account/"+path, "application/json", body)
	if err != nil {
		return err
	}
	return json.Unmarshal(answer, out)
}

// send makes a request as a page of the store does, and returns what it ends at.
func (m *member) send(ctx context.Context, method, address, contentType string, body []byte) (*http.Response, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
		r.Header.Set("Origin", m.store)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	return fetch(&m.Client, r)
}

// fetch sends a request and reads the answer, which must be good.
func fetch(client *http.Client, r *http.Request) (*http.Response, []byte, error) {
	answer, err := client.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode >= http.StatusMultipleChoices {
		err = fmt.Errorf("%s %s: %s\n%s", r.Method, r.URL.Path, answer.Status, strings.TrimSpace(string(body)))
	}
	return answer, body, err
}
