package web

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Forwarded makes a request come from where trusted proxies say. Each appends to
// X-Forwarded-For who has asked it: so the last address that is not a proxy's
// counts, and anybody can have written those before it. From any other peer the
// header is ignored.
func Forwarded(trusted []netip.Prefix, next http.Handler) http.Handler {
	if len(trusted) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from := r.RemoteAddr
		if peer, err := netip.ParseAddrPort(from); err == nil && among(trusted, peer.Addr()) {
			from = client(trusted, from, r.Header.Values("X-Forwarded-For"))
		}
		r = r.WithContext(r.Context()) // whose caller keeps its own
		r.RemoteAddr = from
		next.ServeHTTP(w, r)
	})
}

// client is the address, with a port, of whoever asked the first of the trusted
// proxies: empty if one of them names something that is not an address, and the
// first proxy itself if all are trusted.
func client(trusted []netip.Prefix, peer string, headers []string) string {
	// Several headers of one name are one list (RFC 9110, section 5.3).
	hops := strings.Split(strings.Join(headers, ","), ",")
	for _, hop := range slices.Backward(hops) {
		hop = strings.TrimSpace(hop)
		if hop == "" {
			continue // an empty element counts for nothing (RFC 9110, section 5.6.1)
		}
		addr, ok := hopAddr(hop)
		if !ok {
			return ""
		}
		peer = netip.AddrPortFrom(addr, 0).String()
		if !among(trusted, addr) {
			return peer
		}
	}
	return peer
}

// hopAddr reads an address, which some proxies write with its port.
func hopAddr(hop string) (netip.Addr, bool) {
	if addr, err := netip.ParseAddr(strings.Trim(hop, "[]")); err == nil {
		return addr.Unmap().WithZone(""), true
	}
	with, err := netip.ParseAddrPort(hop)
	return with.Addr().Unmap().WithZone(""), err == nil
}

func among(networks []netip.Prefix, addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	return slices.ContainsFunc(networks, func(n netip.Prefix) bool { return n.Contains(addr) })
}
