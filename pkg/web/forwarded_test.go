package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"agentstore/pkg/web"
)

func TestForwarded(t *testing.T) {
	t.Parallel()
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:1::/48"), netip.MustParsePrefix("127.0.0.1/32")}
	for name, tc := range map[string]struct {
		peer string
		says []string
		want string
	}{
		"the proxy names its client":              {"10.0.0.1:443", []string{"192.0.2.7"}, "192.0.2.7"},
		"a client that is not trusted lies":       {"192.0.2.9:443", []string{"192.0.2.7"}, "192.0.2.9"},
		"a client lies to the proxy":              {"10.0.0.1:443", []string{"203.0.113.1, 192.0.2.7"}, "192.0.2.7"},
		"it lies in a header of its own":          {"10.0.0.1:443", []string{"203.0.113.1", "192.0.2.7"}, "192.0.2.7"},
		"it calls itself a proxy":                 {"10.0.0.1:443", []string{"10.0.0.9, 192.0.2.7"}, "192.0.2.7"},
		"it lies about one behind a proxy":        {"10.0.0.1:443", []string{"203.0.113.1, 10.0.0.9, 192.0.2.7"}, "192.0.2.7"},
		"two proxies":                             {"10.0.0.1:443", []string{"203.0.113.1, 192.0.2.7, 10.0.0.2"}, "192.0.2.7"},
		"all of them are trusted":                 {"10.0.0.1:443", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		"the proxy asks for itself":               {"10.0.0.1:443", nil, "10.0.0.1"},
		"empty elements":                          {"10.0.0.1:443", []string{" , 192.0.2.7 ,, "}, "192.0.2.7"},
		"what is no address":                      {"10.0.0.1:443", []string{"192.0.2.7, unknown"}, ""},
		"what is no address before":               {"10.0.0.1:443", []string{"<script>, 192.0.2.7"}, "192.0.2.7"},
		"a name":                                  {"10.0.0.1:443", []string{"localhost"}, ""},
		"IPv6":                                    {"[2001:db8:1::1]:443", []string{"2001:db8:2::7"}, "2001:db8:2::7"},
		"IPv6 in brackets":                        {"10.0.0.1:443", []string{"[2001:db8:2::7]"}, "2001:db8:2::7"},
		"with ports":                              {"10.0.0.1:443", []string{"192.0.2.7:5000, [2001:db8:1::3]:5000"}, "192.0.2.7"},
		"IPv4 as IPv6":                            {"[::ffff:10.0.0.1]:443", []string{"::ffff:192.0.2.7"}, "192.0.2.7"},
		"IPv4 as IPv6 does not hide a proxy":      {"10.0.0.1:443", []string{"192.0.2.7, ::ffff:10.0.0.2"}, "192.0.2.7"},
		"a zone does not hide a proxy":            {"10.0.0.1:443", []string{"192.0.2.7, 2001:db8:1::9%eth0"}, "192.0.2.7"},
		"a peer without an address":               {"@", []string{"192.0.2.7"}, ""},
		"a proxy on this machine":                 {"127.0.0.1:443", []string{"192.0.2.7"}, "192.0.2.7"},
		"a neighbour of the proxy on the machine": {"127.0.0.2:443", []string{"192.0.2.7"}, "127.0.0.2"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = tc.peer
		for _, header := range tc.says {
			r.Header.Add("X-Forwarded-For", header)
		}
		got := "not asked"
		next := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = web.Source(r) })
		web.Forwarded(trusted, next).ServeHTTP(httptest.NewRecorder(), r)
		if got != tc.want {
			t.Errorf("%s: the source is %q, want %q", name, got, tc.want)
		}
	}
}

// TestNobodyForwards: a store without proxies reads no header, and one with proxies
// reads no other.
func TestNobodyForwards(t *testing.T) {
	t.Parallel()
	for _, trusted := range [][]netip.Prefix{nil, {netip.MustParsePrefix("192.0.2.1/32")}} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = "192.0.2.1:443"
		for _, name := range hearsay {
			if trusted == nil || name != "x-forwarded-for" {
				r.Header.Set(name, "203.0.113.9")
			}
		}
		got := "not asked"
		next := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = web.Source(r) })
		web.Forwarded(trusted, next).ServeHTTP(httptest.NewRecorder(), r)
		if got != "192.0.2.1" {
			t.Errorf("trusting %v the source is %q", trusted, got)
		}
	}
}
