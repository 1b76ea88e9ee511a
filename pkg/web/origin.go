package web

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// Origin is where the store is reached, without a slash at its end. Where nobody
// has said it, the request does: API Gateway hands on no other Host than its own
// names. Everything but a store on this machine is reached by TLS.
func (f Frame) Origin(r *http.Request) string {
	if f.PublicURL != "" {
		return f.PublicURL
	}
	if IsLoopback(r.Host) {
		return "http://" + r.Host
	}
	return "https://" + r.Host
}

// IsLoopback tells whether a host, with a port or without, is this machine.
func IsLoopback(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = strings.Trim(host, "[]")
	}
	ip, err := netip.ParseAddr(name)
	return name == "localhost" || err == nil && ip.IsLoopback()
}

// MetadataURL is where the metadata of a protected resource is: its path goes
// behind the well-known one (RFC 9728, section 3.1).
func MetadataURL(origin, resource string) string {
	return origin + "/.well-known/oauth-protected-resource" + strings.TrimSuffix(resource, "/")
}
