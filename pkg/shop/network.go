package shop

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"agentstore/pkg/fault"
)

// MaxNetworks is the most networks that a key may be restricted to.
const MaxNetworks = 20

// ParseNetworks reads networks in CIDR notation (RFC 4632, section 3.1; RFC 4291,
// section 2.3). A plain address is a network of one. Duplicates are dropped. It
// returns invalid_input for each text of the list at param that is not a network.
func ParseNetworks(param string, texts []string) ([]netip.Prefix, error) {
	var networks []netip.Prefix
	var problems []fault.Problem
	for i, text := range texts {
		network, problem, fix := parseNetwork(text)
		if problem != "" {
			problems = append(problems, fault.Problem{Code: fault.InvalidInput, Param: fmt.Sprintf("%s[%d]", param, i), Detail: problem, Fix: fix})
			continue
		}
		if !slices.Contains(networks, network) {
			networks = append(networks, network)
		}
	}
	if len(problems) == 0 {
		return networks, nil
	}
	return nil, fault.Invalid(problems...)
}

// parseNetwork reads one network, or says what is wrong with it and what to write
// instead.
func parseNetwork(text string) (network netip.Prefix, problem, fix string) {
	if strings.Contains(text, "%") {
		return netip.Prefix{}, "has a zone, which means something on one machine alone (RFC 4007, section 6)", "Leave the zone out."
	}
	network, err := netip.ParsePrefix(text)
	if address, isAddress := netip.ParseAddr(text); isAddress == nil {
		network, err = netip.PrefixFrom(address, address.BitLen()), nil
	}
	switch {
	case err != nil:
		return netip.Prefix{}, "must be an address or a network, as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32",
			"Write the network in CIDR notation, as 192.0.2.0/24 or 2001:db8::/32."
	case network.Addr().Is4In6():
		return netip.Prefix{}, "is an IPv4 address in the form of IPv6",
			fmt.Sprintf("Write it as IPv4: %s.", netip.PrefixFrom(network.Addr().Unmap(), max(network.Bits()-96, 0)))
	case network.Masked() != network:
		return netip.Prefix{}, fmt.Sprintf("has bits beyond the /%d", network.Bits()),
			fmt.Sprintf("Write the network %s, or the address %s.", network.Masked(), network.Addr())
	default:
		return network, "", ""
	}
}

// AllowsAddress reports whether the key may be used from an address, as netip writes
// it. A key without networks may be used from everywhere; one with networks may not
// be used from an unknown address.
func (c Credential) AllowsAddress(text string) bool {
	if len(c.AllowedIPs) == 0 {
		return true
	}
	address, err := netip.ParseAddr(text)
	if err != nil {
		return false
	}
	address = address.Unmap().WithZone("")
	return slices.ContainsFunc(c.AllowedIPs, func(network netip.Prefix) bool { return network.Contains(address) })
}
