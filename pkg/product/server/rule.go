package server

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"agentstore/pkg/fault"
	"agentstore/pkg/schema"
)

// Rule admits traffic to a server. What no rule of its firewall admits is dropped.
type Rule struct {
	Protocol Protocol `json:"protocol"`
	// Ports is a port or a range, as 443 or 8000-8099; empty for icmp.
	Ports string `json:"ports,omitempty" jsonschema:"as 443 or 8000-8099; absent for icmp"`
	// Sources are networks in CIDR notation.
	Sources []string `json:"sources"`
}

// Protocol is what a rule admits.
type Protocol string

// The protocols.
const (
	TCP  Protocol = "tcp"
	UDP  Protocol = "udp"
	ICMP Protocol = "icmp"
)

const (
	maxRules = 20
	// maxSources and maxAllSources bound a state, which is read and written with everything:
	// 64 networks of IPv6 take 3 KiB at most.
	maxSources    = 20
	maxAllSources = 64
	maxPort       = 1<<16 - 1

	portsPattern = `^[0-9]{1,5}(-[0-9]{1,5})?$`
)

// rulesSchema is a list of rules, as a configuration and an action take it.
func rulesSchema(description string) *schema.Schema {
	return schema.List(description, schema.Named("FirewallRuleRequest", schema.Object(
		schema.Required("protocol", schema.Enum("", string(TCP), string(UDP), string(ICMP))),
		schema.Optional("ports", schema.Pattern("443 or 8000-8099. Not for icmp.", portsPattern, 11)),
		schema.Required("sources", schema.NotEmpty(schema.List("CIDR. 0.0.0.0/0 and ::/0 are everywhere.", schema.Identifier("", 64), maxSources))),
	)), maxRules)
}

// rulesOf reads rules that match their schema, in their normal form, or says what is wrong
// with them.
func rulesOf(at string, list []any) ([]Rule, []fault.Problem) {
	text, err := json.Marshal(list)
	if err != nil {
		return nil, nil // it does not match, which the schema has said
	}
	rules := []Rule{}
	if json.Unmarshal(text, &rules) != nil {
		return nil, nil
	}
	return normalRules(at, rules)
}

// normalRules is the normal form of rules: an address is a network of one, a network is
// named by its first address, and nothing is there twice.
func normalRules(at string, rules []Rule) ([]Rule, []fault.Problem) {
	normal, all := make([]Rule, 0, len(rules)), 0
	var problems []fault.Problem
	for i, r := range rules {
		made, wrong := r.normal(fmt.Sprintf("%s[%d]", at, i))
		problems = append(problems, wrong...)
		same := func(other Rule) bool {
			return other.Protocol == made.Protocol && other.Ports == made.Ports && slices.Equal(other.Sources, made.Sources)
		}
		if !slices.ContainsFunc(normal, same) {
			normal = append(normal, made)
			all += len(made.Sources)
		}
	}
	if all > maxAllSources {
		problems = append(problems, fault.Problem{
			Code: fault.InvalidInput, Param: at, Detail: fmt.Sprintf("must name at most %d sources in all rules together, not %d", maxAllSources, all),
			Fix: "Send larger networks, or fewer rules.",
		})
	}
	return normal, problems
}

func (r Rule) normal(at string) (Rule, []fault.Problem) {
	var problems []fault.Problem
	refuse := func(member, detail, fix string) {
		problems = append(problems, fault.Problem{Code: fault.InvalidInput, Param: at + member, Detail: detail, Fix: fix})
	}
	from, to, ok := parsePorts(r.Ports)
	switch {
	case r.Protocol == ICMP && r.Ports != "":
		refuse(".ports", "must be left out: icmp has no ports", "Leave out "+at+".ports.")
	case r.Protocol != TCP && r.Protocol != UDP: // icmp, or what the schema refuses
	case r.Ports == "":
		refuse(".ports", "is required for "+string(r.Protocol), "Send "+at+".ports as a port or a range, such as 443 or 8000-8099; 1-65535 is all.")
	case !ok:
		refuse(".ports", fmt.Sprintf("must be a port from 1 to %d, or a range of two, the lower first", maxPort), "Send "+at+".ports as a port or a range, such as 443 or 8000-8099.")
	default:
		r.Ports = portsOf(from, to)
	}
	if len(r.Sources) == 0 {
		refuse(".sources", "is empty, and so nobody would be admitted", "Send networks in "+at+".sources: 0.0.0.0/0 and ::/0 are everywhere.")
	}
	sources := make([]string, 0, len(r.Sources))
	for i, text := range r.Sources {
		network, ok := parseSource(text)
		if !ok {
			refuse(fmt.Sprintf(".sources[%d]", i), "must be a network in CIDR notation, as 192.0.2.0/24 or 2001:db8::/32",
				fmt.Sprintf("Send %s.sources[%d] as a network, such as 192.0.2.0/24; one address is 192.0.2.7/32.", at, i))
			continue
		}
		sources = append(sources, network.String())
	}
	slices.Sort(sources)
	r.Sources = slices.Compact(sources)
	return r, problems
}

// parsePorts reads a port, or a range of ports from low to high.
func parsePorts(text string) (from, to int, ok bool) {
	low, high, isRange := strings.Cut(text, "-")
	if !isRange {
		high = low
	}
	from, okFrom := parsePort(low)
	to, okTo := parsePort(high)
	return from, to, okFrom && okTo && from <= to
}

func parsePort(text string) (int, bool) {
	n, err := strconv.ParseUint(text, 10, 16)
	return int(n), err == nil && n > 0
}

func portsOf(from, to int) string {
	if from == to {
		return strconv.Itoa(from)
	}
	return strconv.Itoa(from) + "-" + strconv.Itoa(to)
}

// parseSource reads a network, or an address, which is a network of one. A network with
// a zone, or of IPv4 written as IPv6, is none that a provider takes.
func parseSource(text string) (netip.Prefix, bool) {
	if !strings.Contains(text, "/") {
		address, err := netip.ParseAddr(text)
		if err != nil || address.Zone() != "" || address.Is4In6() {
			return netip.Prefix{}, false
		}
		return netip.PrefixFrom(address, address.BitLen()), true
	}
	network, err := netip.ParsePrefix(text)
	return network.Masked(), err == nil && !network.Addr().Is4In6()
}

// admits reports whether any of the rules lets somebody reach the port over TCP.
func admits(rules []Rule, port int) bool {
	return slices.ContainsFunc(rules, func(r Rule) bool {
		from, to, ok := parsePorts(r.Ports)
		return r.Protocol == TCP && ok && from <= port && port <= to && len(r.Sources) > 0
	})
}

// lockout is the problem of rules by which nobody could log in any more; otherwise is
// what helps whoever means it.
func lockout(at string, port int, otherwise string) fault.Problem {
	return fault.Problem{
		Code: fault.SSHLockout, Param: at,
		Detail: fmt.Sprintf("must admit tcp to port %d, or nobody can log in over SSH any more", port),
		Fix:    fmt.Sprintf(`Add a rule such as {"protocol":"tcp","ports":"%d","sources":["0.0.0.0/0","::/0"]} to %s, or %s.`, port, at, otherwise),
	}
}
