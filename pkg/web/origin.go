package web

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"agentstore/pkg/fault"
)

// Origin is the address of the store, without a trailing slash: the configured one,
// or else the one at which the request has reached it. It is empty if neither is
// known, and never just what the request claims.
func (f Frame) Origin(r *http.Request) string {
	if f.PublicURL != "" {
		return f.PublicURL
	}
	own := reached(r)
	for _, origin := range own {
		if names(r, origin) {
			return origin
		}
	}
	if len(own) > 0 {
		return own[0]
	}
	return ""
}

// checkHost returns misdirected for a request that names a host which is not the
// store's (RFC 9110, section 7.4): a page of another site whose name was made to
// lead here (DNS rebinding), or somebody who would have answers name that host.
func (f Frame) checkHost(r *http.Request) error {
	if f.PublicURL != "" && names(r, f.PublicURL) {
		return nil
	}
	for _, origin := range reached(r) {
		if names(r, origin) {
			return nil
		}
	}
	e := fault.New(fault.Misdirected, "The store is not at the host that the request names.")
	if right := f.Origin(r); right != "" {
		e = e.Fix("Send the request to %s.", right)
	}
	return e.Fix("If you operate the store, and people reach it at that host, set PUBLIC_URL to its address.")
}

// reached are the origins at which the request has reached this process, judging by
// the local address of its connection: for one that listens by itself, that address
// and the names of this machine; behind API Gateway, its domain.
func reached(r *http.Request) []string {
	switch at := r.Context().Value(http.LocalAddrContextKey).(type) {
	case *net.TCPAddr:
		port := strconv.Itoa(at.Port)
		origins := make([]string, 0, 4)
		for _, name := range []string{at.IP.String(), "localhost", "127.0.0.1", "::1"} {
			origins = append(origins, Canonical("http://"+net.JoinHostPort(name, port)))
		}
		return origins
	case net.Addr:
		return []string{Canonical(at.Network() + "://" + at.String())}
	}
	if IsLoopback(r.Host) { // an emulator of Lambda, or a test
		return []string{Canonical("http://" + r.Host)}
	}
	return nil
}

// names reports whether a request names the host of an origin in its one spelling.
func names(r *http.Request, origin string) bool {
	scheme, host, _ := strings.Cut(origin, "://")
	return r.Host == host || Canonical(scheme+"://"+r.Host) == origin
}

// Canonical is the canonical form of an origin: in lower case, without the trailing
// dot of a fully qualified name, and without the default port of the scheme (RFC
// 3986, sections 3.2.2 and 6.2.3; RFC 6454, section 6.2).
func Canonical(origin string) string {
	scheme, host, _ := strings.Cut(strings.ToLower(origin), "://")
	at := url.URL{Host: host}
	name, port := strings.TrimSuffix(at.Hostname(), "."), at.Port()
	if ip, err := netip.ParseAddr(name); err == nil {
		name = ip.Unmap().String()
	}
	if strings.Contains(name, ":") {
		name = "[" + name + "]"
	}
	if port != "" && scheme+port != "http80" && scheme+port != "https443" {
		name += ":" + port
	}
	return scheme + "://" + name
}

// IsLoopback reports whether a host, with or without a port, is this machine.
func IsLoopback(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = strings.Trim(host, "[]")
	}
	ip, err := netip.ParseAddr(name)
	return name == "localhost" || err == nil && ip.IsLoopback()
}

// MetadataURL is the address of the metadata of a protected resource: its path
// follows the well-known one (RFC 9728, section 3.1).
func MetadataURL(origin, resource string) string {
	return origin + "/.well-known/oauth-protected-resource" + strings.TrimSuffix(resource, "/")
}
