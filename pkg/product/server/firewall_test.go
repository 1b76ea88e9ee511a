package server_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"agentstore/pkg/fault"
	"agentstore/pkg/product/server"
	"agentstore/pkg/shop"
)

const (
	sshRule = `{"protocol":"tcp","ports":"22","sources":["0.0.0.0/0","::/0"]}`
	webRule = `{"protocol":"tcp","ports":"443","sources":["0.0.0.0/0"]}`
)

func openSSH() []server.Rule {
	return []server.Rule{{Protocol: server.TCP, Ports: "22", Sources: []string{"0.0.0.0/0", "::/0"}}}
}

// A firewall that is changing admits what it did until the provider has changed it.
func TestFirewallBeginsBesideTheOldOne(t *testing.T) {
	t.Parallel()
	begun, err := server.FirewallSet().Begin(kept(t, running()), json.RawMessage(`{"rules":[`+sshRule+`]}`))
	if err != nil {
		t.Fatal(err)
	}
	next := openSSH()
	changing := func(s *server.State) { s.NextFirewall = &next }
	expectState(t, begun, changed(changing))
	for ending, want := range map[shop.Ending]func(*server.State){
		shop.Succeeded: func(s *server.State) { s.Firewall = next },
		shop.Failed:    func(*server.State) {},
		shop.Unknown:   func(*server.State) {},
	} {
		settled, err := server.FirewallSet().Settle(begun, ending)
		if err != nil {
			t.Fatal(err)
		}
		expectState(t, settled, changed(want))
	}
}

// What is not said is closed; without a firewall all is open.
func TestFirewallOf(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, input string
		want        []server.Rule
	}{
		{"nothing", ``, []server.Rule{}},
		{"nothing said", `{}`, []server.Rule{}},
		{"no rules", `{"rules":[]}`, []server.Rule{}},
		{"no firewall", `{"enabled":false}`, nil},
		{"no firewall, and no rules", `{"enabled":false,"rules":[]}`, nil},
		{"a firewall", `{"enabled":true,"rules":[` + sshRule + `]}`, openSSH()},
		{"a rule twice", `{"rules":[` + sshRule + `,` + sshRule + `]}`, openSSH()},
		{
			"the normal form", `{"rules":[{"protocol":"udp","ports":"00053-53","sources":["198.51.100.7","2001:DB8::1/32","198.51.100.7/32","10.1.2.3/8"]}]}`,
			[]server.Rule{{Protocol: server.UDP, Ports: "53", Sources: []string{"10.0.0.0/8", "198.51.100.7/32", "2001:db8::/32"}}},
		},
		{"pings", `{"rules":[{"protocol":"icmp","sources":["::/0"]}]}`, []server.Rule{{Protocol: server.ICMP, Sources: []string{"::/0"}}}},
		{"all ports", `{"rules":[{"protocol":"tcp","ports":"1-65535","sources":["::/0"]}]}`, []server.Rule{{Protocol: server.TCP, Ports: "1-65535", Sources: []string{"::/0"}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := server.FirewallOf(json.RawMessage(tt.input))
			if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestBadRules(t *testing.T) {
	t.Parallel()
	rule := func(protocol, ports, source string) string {
		return fmt.Sprintf(`{"rules":[%s,{"protocol":%q,"ports":%q,"sources":[%q]}]}`, sshRule, protocol, ports, source)
	}
	tests := []struct{ name, input, param string }{
		{"no ports", rule("tcp", "", "::/0"), "$.rules[1].ports"},
		{"port 0", rule("tcp", "0", "::/0"), "$.rules[1].ports"},
		{"a port too high", rule("udp", "65536", "::/0"), "$.rules[1].ports"},
		{"a range backwards", rule("udp", "81-80", "::/0"), "$.rules[1].ports"},
		{"half a range", rule("udp", "80-", "::/0"), "$.rules[1].ports"},
		{"a sign", rule("udp", "+80", "::/0"), "$.rules[1].ports"},
		{"ports of icmp", rule("icmp", "8", "::/0"), "$.rules[1].ports"},
		{"no network", rule("tcp", "80", "example.com"), "$.rules[1].sources[0]"},
		{"a network too small", rule("tcp", "80", "10.0.0.0/33"), "$.rules[1].sources[0]"},
		{"a zone", rule("tcp", "80", "fe80::1%eth0"), "$.rules[1].sources[0]"},
		{"IPv4 as IPv6", rule("tcp", "80", "::ffff:192.0.2.1"), "$.rules[1].sources[0]"},
		{"a network of IPv4 as IPv6", rule("tcp", "80", "::ffff:192.0.2.0/120"), "$.rules[1].sources[0]"},
		{"rules without a firewall", `{"enabled":false,"rules":[` + sshRule + `]}`, "$.rules"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := server.FirewallOf(json.RawMessage(tt.input))
			var refusal *fault.Error
			if !errors.As(err, &refusal) || refusal.Code != fault.InvalidInput || len(refusal.Problems) != 1 || refusal.Problems[0].Param != tt.param {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

// Nobody locks themselves out without saying so.
func TestLockout(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, input string
		refused     bool
	}{
		{"SSH", `{"rules":[` + sshRule + `]}`, false},
		{"SSH among others", `{"rules":[` + webRule + `,{"protocol":"tcp","ports":"20-30","sources":["192.0.2.7/32"]}]}`, false},
		{"no firewall", `{"enabled":false}`, false},
		{"forced", `{"rules":[` + webRule + `],"force":true}`, false},
		{"all closed, forced", `{"rules":[],"force":true}`, false},
		{"all closed", `{"rules":[]}`, true},
		{"nothing said", `{}`, true},
		{"the web", `{"rules":[` + webRule + `]}`, true},
		{"UDP", `{"rules":[{"protocol":"udp","ports":"22","sources":["::/0"]}]}`, true},
		{"pings", `{"rules":[{"protocol":"icmp","sources":["::/0"]}]}`, true},
		{"above", `{"rules":[{"protocol":"tcp","ports":"23-65535","sources":["::/0"]}]}`, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := server.FirewallSet().Begin(kept(t, running()), json.RawMessage(tt.input))
			var refusal *fault.Error
			if errors.As(err, &refusal) != tt.refused || tt.refused && (refusal.Code != fault.SSHLockout || refusal.Problems[0].Param != "$.rules") {
				t.Errorf("%v", err)
			}
		})
	}
	other := changed(func(s *server.State) { s.SSHPort = 2222 })
	if _, err := server.FirewallSet().Begin(kept(t, other), json.RawMessage(`{"rules":[`+sshRule+`]}`)); err == nil {
		t.Error("port 22 is open, and SSH is at 2222")
	}
}

func TestConfigureFirewall(t *testing.T) {
	t.Parallel()
	list := func(text string) (rules []any) {
		if err := json.Unmarshal([]byte(text), &rules); err != nil {
			t.Fatal(err)
		}
		return rules
	}
	const at = "$.configuration.firewall"
	for name, tt := range map[string]struct{ rules, want string }{
		"SSH":        {`[` + sshRule + `]`, ""},
		"all closed": {`[]`, "ssh_lockout " + at + " must admit tcp to port 22, or nobody can log in over SSH any more"},
		"the web":    {`[` + webRule + `]`, "ssh_lockout " + at + " must admit tcp to port 22, or nobody can log in over SSH any more"},
		"bad ports": {
			`[` + sshRule + `,{"protocol":"tcp","ports":"9-8","sources":["::/0"]}]`,
			"invalid_input " + at + "[1].ports must be a port from 1 to 65535, or a range of two, the lower first",
		},
		"no source":  {`[` + sshRule + `,{"protocol":"tcp","ports":"9","sources":[]}]`, "invalid_input " + at + "[1].sources is empty, and so nobody would be admitted"},
		"a protocol": {`[` + sshRule + `,{"protocol":"gre","sources":["::/0"]}]`, "invalid_input " + at + "[1].protocol must be one of tcp, udp, icmp"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			configuration, problems := configure(t, item(), with(map[string]any{"firewall": list(tt.rules)}), 1)
			if tt.want != "" {
				expectProblems(t, problems, tt.want)
				return
			}
			expectProblems(t, problems)
			units, err := server.Rules{}.Units(item(), configuration, 1)
			if err != nil {
				t.Fatal(err)
			}
			state, err := server.StateOf(units[0].State)
			if diff := cmp.Diff(openSSH(), state.Firewall); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
	configuration, problems := configure(t, item(), with(nil), 1)
	expectProblems(t, problems)
	if strings.Contains(string(configuration), "firewall") {
		t.Errorf("a server without a firewall has one: %s", configuration)
	}
}

// Without a firewall an answer shows none, and one that admits nothing is shown empty.
func TestShownFirewall(t *testing.T) {
	t.Parallel()
	for want, rules := range map[string][]server.Rule{
		``:                               nil,
		`"firewall":[]`:                  {},
		`"firewall":[` + webRule + `]`:   {{Protocol: server.TCP, Ports: "443", Sources: []string{"0.0.0.0/0"}}},
		`{"protocol":"icmp","sources":[`: {{Protocol: server.ICMP, Sources: []string{"::/0"}}},
	} {
		shown, err := server.Rules{}.ShowState(kept(t, changed(func(s *server.State) { s.Firewall = rules })))
		if err != nil || !strings.Contains(string(shown), want) || want == "" && strings.Contains(string(shown), "irewall") {
			t.Errorf("%v: %s, %v", rules, shown, err)
		}
	}
}

// FuzzRules: a rule is refused, or has a normal form that is itself normal, and admits
// what was asked for.
func FuzzRules(f *testing.F) {
	for _, seed := range []struct{ protocol, ports, source string }{
		{"tcp", "22", "0.0.0.0/0"},
		{"udp", "1-65535", "::/0"},
		{"icmp", "", "192.0.2.7"},
		{"tcp", "0-0", "10.0.0.0/33"},
		{"tcp", "065-66", "2001:DB8::/32"},
		{"tcp", "-", "fe80::1%eth0"},
		{"tcp", "1-2-3", "::ffff:1.2.3.4/112"},
		{"udp", "１", "1.2.3.4/08"},
	} {
		f.Add(seed.protocol, seed.ports, seed.source)
	}
	f.Fuzz(func(t *testing.T, protocol, ports, source string) {
		input, err := json.Marshal(map[string]any{"rules": []any{map[string]any{"protocol": protocol, "ports": ports, "sources": []any{source}}}})
		if err != nil {
			return
		}
		rules, err := server.FirewallOf(input)
		if err != nil || protocol != "tcp" && protocol != "udp" && protocol != "icmp" {
			var refusal *fault.Error
			if err != nil && !errors.As(err, &refusal) {
				t.Errorf("%s: %v", input, err)
			}
			return
		}
		again, err := json.Marshal(map[string]any{"rules": rules})
		if err != nil {
			t.Fatal(err)
		}
		second, err := server.FirewallOf(again)
		if diff := cmp.Diff(rules, second); diff != "" || err != nil {
			t.Errorf("%s becomes %s: %v\n%s", input, again, err, diff)
		}
		network, err := netip.ParsePrefix(rules[0].Sources[0])
		if err != nil || network != network.Masked() {
			t.Errorf("%q becomes the source %s, %v", source, rules[0].Sources[0], err)
		}
		if address, err := netip.ParseAddr(source); err == nil && (!network.IsSingleIP() || network.Addr() != address) {
			t.Errorf("the address %s becomes %s", source, network)
		}
		if protocol == "icmp" {
			return
		}
		bounds := strings.Split(rules[0].Ports, "-")
		low, err := strconv.Atoi(bounds[0])
		high, err2 := strconv.Atoi(bounds[len(bounds)-1])
		if err != nil || err2 != nil || low < 1 || high > 65535 || low > high || !slices.Contains([]int{1, 2}, len(bounds)) {
			t.Errorf("%q becomes the ports %s", ports, rules[0].Ports)
		}
	})
}
