package web

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"agentstore/pkg/fault"
)

// domain is the local address of a request that API Gateway has taken.
type domain string

func (domain) Network() string  { return "https" }
func (d domain) String() string { return string(d) }

func tcp(address string) net.Addr {
	at, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		panic(err)
	}
	return at
}

// TestOwnAddress has requests name hosts, and says where the store is: at no host
// that it was not reached at.
func TestOwnAddress(t *testing.T) {
	t.Parallel()
	const public = "https://store.example.com"
	for name, tc := range map[string]struct {
		public string
		at     net.Addr // of the connection
		host   string
		origin string // where answers say that the store is
		good   bool
	}{
		"this machine":                {"", tcp("127.0.0.1:3000"), "127.0.0.1:3000", "http://127.0.0.1:3000", true},
		"by name":                     {"", tcp("127.0.0.1:3000"), "localhost:3000", "http://localhost:3000", true},
		"by name, otherwise spelled":  {"", tcp("127.0.0.1:3000"), "LocalHost.:3000", "http://localhost:3000", true},
		"by IPv6":                     {"", tcp("[::1]:3000"), "[::1]:3000", "http://[::1]:3000", true},
		"IPv6, otherwise spelled":     {"", tcp("[::1]:3000"), "[0:0::0:1]:3000", "http://[::1]:3000", true},
		"IPv4 as IPv6":                {"", tcp("127.0.0.1:3000"), "[::ffff:127.0.0.1]:3000", "http://127.0.0.1:3000", true},
		"the port of HTTP":            {"", tcp("127.0.0.1:80"), "localhost", "http://localhost", true},
		"another port":                {"", tcp("127.0.0.1:3000"), "127.0.0.1:3001", "http://127.0.0.1:3000", false},
		"no port":                     {"", tcp("127.0.0.1:3000"), "127.0.0.1", "http://127.0.0.1:3000", false},
		"a network":                   {"", tcp("192.0.2.7:3000"), "192.0.2.7:3000", "http://192.0.2.7:3000", true},
		"a forwarded port":            {"", tcp("172.17.0.2:3000"), "localhost:3000", "http://localhost:3000", true},
		"another address":             {"", tcp("192.0.2.7:3000"), "192.0.2.8:3000", "http://192.0.2.7:3000", false},
		"a name that was rebound":     {"", tcp("127.0.0.1:3000"), "evil.example:3000", "http://127.0.0.1:3000", false},
		"a name like its own":         {"", tcp("127.0.0.1:3000"), "localhost.evil.example:3000", "http://127.0.0.1:3000", false},
		"no host":                     {"", tcp("127.0.0.1:3000"), "", "http://127.0.0.1:3000", false},
		"no host that could be one":   {"", tcp("127.0.0.1:3000"), "]:3000[", "http://127.0.0.1:3000", false},
		"published":                   {public, tcp("127.0.0.1:3000"), "store.example.com", public, true},
		"published, with its port":    {public, tcp("127.0.0.1:3000"), "store.example.com:443", public, true},
		"published, in capitals":      {public, tcp("127.0.0.1:3000"), "STORE.example.com", public, true},
		"published, a whole name":     {public, tcp("127.0.0.1:3000"), "store.example.com.", public, true},
		"published, another port":     {public, tcp("127.0.0.1:3000"), "store.example.com:80", public, false},
		"published, a proxy's own":    {public, tcp("127.0.0.1:3000"), "127.0.0.1:3000", public, true},
		"published, another":          {public, tcp("127.0.0.1:3000"), "evil.example", public, false},
		"published, a name below it":  {public, tcp("127.0.0.1:3000"), "x.store.example.com", public, false},
		"published on a port":         {"http://store.example.com:8080", tcp("127.0.0.1:3000"), "store.example.com:8080", "http://store.example.com:8080", true},
		"a gateway":                   {"", domain("abc.execute-api.eu-west-1.amazonaws.com"), "abc.execute-api.eu-west-1.amazonaws.com", "https://abc.execute-api.eu-west-1.amazonaws.com", true},
		"a gateway, another":          {"", domain("abc.execute-api.eu-west-1.amazonaws.com"), "evil.example", "https://abc.execute-api.eu-west-1.amazonaws.com", false},
		"a gateway, this machine":     {"", domain("abc.execute-api.eu-west-1.amazonaws.com"), "localhost:3000", "https://abc.execute-api.eu-west-1.amazonaws.com", false},
		"a gateway, published":        {public, domain("abc.execute-api.eu-west-1.amazonaws.com"), "abc.execute-api.eu-west-1.amazonaws.com", public, true},
		"a gateway, published domain": {public, domain("store.example.com"), "store.example.com", public, true},
		"an emulator":                 {"", nil, "127.0.0.1:3000", "http://127.0.0.1:3000", true},
		"an emulator, another":        {"", nil, "evil.example", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := Frame{PublicURL: tc.public}
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.Host = tc.host
			if tc.at != nil {
				r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, tc.at))
			}
			if got := f.Origin(r); got != tc.origin {
				t.Errorf("the store is at %q, want %q", got, tc.origin)
			}
			err := f.checkHost(r)
			if tc.good {
				if err != nil {
					t.Errorf("it is refused: %v", err)
				}
				return
			}
			var e *fault.Error
			if !errors.As(err, &e) || e.Code != fault.Misdirected || !strings.Contains(strings.Join(e.Fixes, " "), tc.origin) {
				t.Errorf("it gets %v", err)
			}
		})
	}
}

// TestHealth: who asks for that alone may name any host.
func TestHealth(t *testing.T) {
	t.Parallel()
	f := Frame{RequestID: func(context.Context) string { return "req_x" }, Log: slog.New(slog.DiscardHandler)}
	serve := Routes(f.NotFound(map[string][]string{HealthPath: {http.MethodGet}}), f.Health())
	for path, want := range map[string]int{
		"GET /healthz": http.StatusOK, "HEAD /healthz": http.StatusOK,
		"POST /healthz": http.StatusMisdirectedRequest, "GET /healthz/": http.StatusMisdirectedRequest, "GET /": http.StatusMisdirectedRequest,
	} {
		method, target, _ := strings.Cut(path, " ")
		r := httptest.NewRequest(method, target, nil)
		r.Host = "10.0.0.7:8080"
		w := httptest.NewRecorder()
		serve.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%s: %d %s, want %d", path, w.Code, w.Body, want)
		}
	}
}
