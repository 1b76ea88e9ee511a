package release

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

// Caller is an agent with its key, or a person with a session.
type Caller struct {
	client http.Client
	url    string
	key    string // empty for a person
}

// Agent calls the store with that key.
func (s *Store) Agent(key string) *Caller { return &Caller{url: s.URL, key: key} }

// Person logs in at the issuer of the store, with an address that it believes.
func (s *Store) Person(ctx context.Context, email string) (*Caller, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	p := &Caller{client: http.Client{Jar: jar}, url: s.URL}
	page, _, err := p.send(ctx, http.MethodGet, s.URL+"/login", "", nil)
	if err != nil {
		return nil, err
	}
	asked := page.Request.URL // the page of the issuer
	fields := asked.Query()
	fields.Set("name", "Ada")
	fields.Set("email", email)
	fields.Set("verified", "true")
	asked.RawQuery = ""
	_, _, err = p.send(ctx, http.MethodPost, asked.String(), "application/x-www-form-urlencoded", []byte(fields.Encode()))
	return p, err
}

// Cookies are those of a person's browser, as name=value with spaces between.
func (c *Caller) Cookies() string {
	at, err := url.Parse(c.url)
	if err != nil {
		return ""
	}
	var cookies []string
	for _, cookie := range c.client.Jar.Cookies(at) {
		cookies = append(cookies, cookie.Name+"="+cookie.Value)
	}
	return strings.Join(cookies, " ")
}

// Get reads the answer at a path into out.
func (c *Caller) Get(ctx context.Context, path string, out any) error {
	return c.call(ctx, http.MethodGet, path, nil, out)
}

// Post sends in as JSON, and reads the answer into out unless that is nil.
func (c *Caller) Post(ctx context.Context, path string, in, out any) error {
	return c.call(ctx, http.MethodPost, path, in, out)
}

// Put is like Post.
func (c *Caller) Put(ctx context.Context, path string, in, out any) error {
	return c.call(ctx, http.MethodPut, path, in, out)
}

func (c *Caller) call(ctx context.Context, method, path string, in, out any) error {
	var body []byte
	var contentType string
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
		contentType = "application/json"
	}
	_, answer, err := c.send(ctx, method, c.url+path, contentType, body)
	if err != nil || out == nil {
		return err
	}
	return json.Unmarshal(answer, out)
}

// send makes a request as a page of the store does, and returns what it ends at.
func (c *Caller) send(ctx context.Context, method, address, contentType string, body []byte) (*http.Response, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	r.Header.Set("Accept", "application/json, text/event-stream")
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	if c.key != "" {
		r.Header.Set("Authorization", "Bearer "+c.key)
	} else {
		r.Header.Set("Origin", c.url)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	answer, err := c.client.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode >= http.StatusMultipleChoices {
		err = fmt.Errorf("%s %s: %s\n%s", method, r.URL.Path, answer.Status, strings.TrimSpace(string(text)))
	}
	return answer, text, err
}
