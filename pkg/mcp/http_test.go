package mcp_test

import (
	"net/http"
	"strings"
	"testing"

	"agentstore/internal/test/storetest"
	"agentstore/pkg/fault"
	"agentstore/pkg/mcp"
)

// TestMethods: a function holds no stream open, and keeps no session to end.
func TestMethods(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, method := range []string{http.MethodGet, http.MethodDelete, http.MethodPut, http.MethodPatch, http.MethodHead} {
		r := s.Request(t, method, "/mcp", nil)
		r.Header.Set("Accept", "text/event-stream")
		a := do(t, r)
		isProblem := method == http.MethodHead || a.Code() == string(fault.MethodNotAllowed)
		if a.Status != http.StatusMethodNotAllowed || a.Header.Get("Allow") != "OPTIONS, POST" || !isProblem {
			t.Errorf("%s: %d, Allow %q: %s", method, a.Status, a.Header.Get("Allow"), a.Body)
		}
	}
}

func TestOrigin(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for name, tc := range map[string]struct {
		origins []string
		allowed bool
	}{
		"none":                       {allowed: true},
		"its own":                    {origins: []string{s.URL}, allowed: true},
		"another port here":          {origins: []string{"http://localhost:6274"}, allowed: true},
		"this machine by IPv6":       {origins: []string{"http://[::1]:6274"}, allowed: true},
		"another site":               {origins: []string{"https://evil.example"}},
		"a page without an origin":   {origins: []string{"null"}},
		"none at all":                {origins: []string{""}},
		"two":                        {origins: []string{s.URL, s.URL}},
		"its own and another":        {origins: []string{s.URL, "https://evil.example"}},
		"a name like this machine's": {origins: []string{"http://localhost.evil.example"}},
		"no URL":                     {origins: []string{"http://[::1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := toolCall("service_list", object{})
			r := s.Request(t, http.MethodPost, "/mcp", m)
			r.Header["Origin"] = tc.origins
			a := do(t, r)
			if !tc.allowed {
				expectRefused(t, a, http.StatusForbidden, m["id"], string(fault.OriginNotAllowed))
			} else if resultOf(t, a).IsError {
				t.Errorf("%s", a.Body)
			}
		})
	}
}

// TestRebound: a name that was made to lead to this machine is not let in.
func TestRebound(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, origin := range []string{"", "http://evil.example", s.URL} {
		r := s.Request(t, http.MethodPost, "/mcp", toolCall("service_list", object{}))
		r.Host = "evil.example"
		if origin != "" {
			r.Header.Set("Origin", origin)
		}
		if a := do(t, r); a.Status != http.StatusMisdirectedRequest || a.Code() != string(fault.Misdirected) {
			t.Errorf("a page of %q gets %d %s", origin, a.Status, a.Body)
		}
	}
}

func TestSizeOfMessages(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	frame := `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"service_get","arguments":{"serviceId":"` + `"}}}`
	sized := func(n int) string {
		return strings.Replace(frame, `""`, `"`+strings.Repeat("x", n-len(frame))+`"`, 1)
	}
	expectError(t, resultOf(t, post(t, s, sized(mcp.MaxBody))), fault.InvalidInput)
	expectRefused(t, post(t, s, sized(mcp.MaxBody+1)), http.StatusRequestEntityTooLarge, nil, string(fault.PayloadTooLarge))
	if mcp.MaxBody != 1<<20 {
		t.Errorf("the limit is %d bytes", mcp.MaxBody)
	}
}

func TestContentType(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	m := message("ping", object{})
	for contentType, allowed := range map[string]bool{
		"application/json":                  true,
		"application/json; charset=utf-8":   true,
		"Application/JSON":                  true,
		"":                                  false,
		"text/plain":                        false,
		"application/x-www-form-urlencoded": false,
		"application/jsonp":                 false,
	} {
		r := s.Request(t, http.MethodPost, "/mcp", m)
		r.Header.Set("Content-Type", contentType)
		a := do(t, r)
		if !allowed {
			expectRefused(t, a, http.StatusUnsupportedMediaType, m["id"], string(fault.UnsupportedMediaType))
		} else if a.Status != http.StatusOK {
			t.Errorf("%s: %d %s", contentType, a.Status, a.Body)
		}
	}
}

// TestAccept: no client has to say that it takes streams, which never come.
func TestAccept(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, accept := range []string{"", "*/*", "application/json", "text/event-stream", "application/json, text/event-stream"} {
		r := s.Request(t, http.MethodPost, "/mcp", message("ping", object{}))
		r.Header.Set("Accept", accept)
		if a := do(t, r); a.Status != http.StatusOK || a.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%q: %d %s", accept, a.Status, a.Body)
		}
	}
}

// TestHeaders: an answer has the headers of every answer of the store.
func TestHeaders(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for name, a := range map[string]storetest.Answer{
		"good":      post(t, s, message("ping", object{})),
		"a list":    post(t, s, message("tools/list", object{})),
		"refused":   post(t, s, `hello`),
		"no key":    anonymous(t, s, toolCall("service_list", object{})),
		"no stream": post(t, s, message("subscriptions/listen", object{})),
	} {
		for header, want := range map[string]string{
			"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Content-Type": "application/json", "Mcp-Session-Id": "",
		} {
			if got := a.Header.Get(header); got != want {
				t.Errorf("%s: %s is %q, want %q", name, header, got, want)
			}
		}
		if a.Header.Get("X-Request-Id") == "" {
			t.Errorf("%s has no request id", name)
		}
	}
}
