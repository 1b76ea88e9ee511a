package app

import (
	"net/netip"
	"strings"
)

// Serving is how a store on one machine is reached by others.
type Serving struct {
	CertFile string         // TLS_CERT_FILE: its certificate chain, as PEM; empty means no TLS
	KeyFile  string         // TLS_KEY_FILE: the private key, as PEM
	Proxies  []netip.Prefix // TRUSTED_PROXIES, as 10.0.0.0/8,192.0.2.7: the proxies whose X-Forwarded-For is read
}

func (e *environment) serving() Serving {
	s := Serving{
		CertFile: e.text("TLS_CERT_FILE", ""), KeyFile: e.text("TLS_KEY_FILE", ""),
		Proxies: e.networks("TRUSTED_PROXIES"),
	}
	if (s.CertFile == "") != (s.KeyFile == "") {
		e.fail("TLS_CERT_FILE is %q and TLS_KEY_FILE is %q: set both or neither", s.CertFile, s.KeyFile)
	}
	return s
}

// networks are a list in CIDR notation, in which a plain address is a network of
// one. A list of all addresses is refused: everybody would be trusted.
func (e *environment) networks(name string) []netip.Prefix {
	value := e.text(name, "")
	if value == "" {
		return nil
	}
	var networks []netip.Prefix
	for word := range strings.SplitSeq(value, ",") {
		word = strings.TrimSpace(word)
		network, err := netip.ParsePrefix(word)
		if addr, alone := netip.ParseAddr(word); alone == nil {
			network, err = netip.PrefixFrom(addr.Unmap().WithZone(""), addr.Unmap().BitLen()), nil
		}
		if err != nil || network.Bits() == 0 || network.Addr().Is4In6() {
			e.fail("%s is %q: use networks in CIDR notation, such as 10.0.0.0/8,192.0.2.7, and not all addresses", name, value)
			return nil
		}
		networks = append(networks, network.Masked())
	}
	return networks
}
