package server_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"agentstore/pkg/fault"
	"agentstore/pkg/product/server"
	"agentstore/pkg/shop"
)

func expectProblems(t *testing.T, problems []fault.Problem, want ...string) {
	t.Helper()
	var got []string
	for _, p := range problems {
		got = append(got, string(p.Code)+" "+p.Param+" "+p.Detail)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestConfigure(t *testing.T) {
	t.Parallel()
	one, two := ed25519Key(t, 1), ed25519Key(t, 2)
	tests := []struct {
		name  string
		input map[string]any
		want  string
	}{
		{
			"the least", with(nil),
			`{"hostname":"web","region":"eu-west","image":"debian-12","billingTermMonths":1,"backupsEnabled":false}`,
		},
		{
			"the defaults, said", with(map[string]any{"backupsEnabled": false, "sshKeys": []any{}, "userData": ""}),
			`{"hostname":"web","region":"eu-west","image":"debian-12","billingTermMonths":1,"backupsEnabled":false}`,
		},
		{
			"everything", with(map[string]any{"billingTermMonths": 12.0, "backupsEnabled": true, "sshKeys": []any{one}, "userData": "#cloud-config\n<&>"}),
			`{"hostname":"web","region":"eu-west","image":"debian-12","billingTermMonths":12,"backupsEnabled":true,"sshKeys":["` + one + `"],"userData":"#cloud-config\n<&>"}`,
		},
		{
			"keys in another order and twice", with(map[string]any{"sshKeys": []any{two, one, two}}),
			`{"hostname":"web","region":"eu-west","image":"debian-12","billingTermMonths":1,"backupsEnabled":false,"sshKeys":["` + min(one, two) + `","` + max(one, two) + `"]}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, problems := configure(t, item(), tt.input, 1)
			expectProblems(t, problems)
			if string(got) != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// What an absent field stands for is said to the buyer, and means one thing everywhere.
func TestDefaults(t *testing.T) {
	t.Parallel()
	said := make(map[string]any)
	for name, field := range server.New().Words().Configuration.Properties {
		if field.Default == nil {
			continue
		}
		var value any
		if err := json.Unmarshal(field.Default, &value); err != nil {
			t.Fatal(err)
		}
		said[name] = value
	}
	if diff := cmp.Diff(said, server.Rules{}.Defaults()); diff != "" {
		t.Errorf("(-schema +rules):\n%s", diff)
	}
}

func TestConfigureRefuses(t *testing.T) {
	t.Parallel()
	const (
		known     = "is not a known field"
		leaveOut  = "not null"
		wantHost  = "invalid_input $.configuration.hostname "
		wantTerm  = "invalid_input $.configuration.billingTermMonths "
		wantBack  = "invalid_input $.configuration.backupsEnabled "
		wantKeys  = "invalid_input $.configuration.sshKeys"
		wantData  = "invalid_input $.configuration.userData "
		wantField = "invalid_input $.configuration"
	)
	tests := []struct {
		name, field string
		value       any
		want        string
	}{
		{"no hostname", "hostname", absent{}, wantHost + "is required"},
		{"a hostname of null", "hostname", nil, wantHost + "must be a string, " + leaveOut},
		{"a number for a hostname", "hostname", 1.0, wantHost + "must be a string, not a number"},

		{"no region", "region", absent{}, "invalid_input $.configuration.region is required"},
		{"a region of null", "region", nil, "invalid_input $.configuration.region must be a string, " + leaveOut},
		{"a list for a region", "region", []any{"eu-west"}, "invalid_input $.configuration.region must be a string, not an array"},
		{"another region", "region", "mars-1", "unsupported_region $.configuration.region must be one of eu-west, us-east"},
		{"a region in capitals", "region", "EU-WEST", "unsupported_region $.configuration.region must be one of eu-west, us-east, in lower case"},
		{"an empty region", "region", "", "unsupported_region $.configuration.region must be one of eu-west, us-east"},

		{"no image", "image", absent{}, "invalid_input $.configuration.image is required"},
		{"an image of null", "image", nil, "invalid_input $.configuration.image must be a string, " + leaveOut},
		{"an object for an image", "image", map[string]any{}, "invalid_input $.configuration.image must be a string, not an object"},
		{"another image", "image", "windows-11", "unsupported_image $.configuration.image must be one of ubuntu-24.04, debian-12"},
		{"an image with white space", "image", "debian-12 ", "unsupported_image $.configuration.image must be one of ubuntu-24.04, debian-12"},

		{"no term", "billingTermMonths", absent{}, wantTerm + "is required"},
		{"a term of null", "billingTermMonths", nil, wantTerm + "must be an integer, " + leaveOut},
		{"a text for a term", "billingTermMonths", "1", wantTerm + "must be an integer, not a string"},
		{"a fraction of a month", "billingTermMonths", 1.5, wantTerm + "must be an integer, not a fraction"},
		{"another term", "billingTermMonths", 3.0, wantTerm + "must be one of 1, 12"},
		{"a negative term", "billingTermMonths", -1.0, wantTerm + "must be one of 1, 12"},
		{"a term without end", "billingTermMonths", 1e308, wantTerm + "must be one of 1, 12"},

		{"backups of null", "backupsEnabled", nil, wantBack + "must be a boolean, " + leaveOut},
		{"a text for backups", "backupsEnabled", "true", wantBack + "must be a boolean, not a string"},
		{"a number for backups", "backupsEnabled", 1.0, wantBack + "must be a boolean, not a number"},

		{"keys of null", "sshKeys", nil, wantKeys + " must be an array, " + leaveOut},
		{"a text for keys", "sshKeys", ed25519Key(t, 1), wantKeys + " must be an array, not a string"},
		{"a key of null", "sshKeys", []any{nil}, wantKeys + "[0] must be a string, " + leaveOut},
		{"the second key", "sshKeys", []any{ed25519Key(t, 1), 1.0}, wantKeys + "[1] must be a string, not a number"},
		{"too many keys", "sshKeys", manyKeys(11), wantKeys + " must have at most 10 items, not 11"},
		{"far too many keys", "sshKeys", manyKeys(80_000), wantKeys + " must have at most 10 items, not 80000"},

		{"user data of null", "userData", nil, wantData + "must be a string, " + leaveOut},
		{"an object for user data", "userData", map[string]any{}, wantData + "must be a string, not an object"},
		{"too much user data", "userData", strings.Repeat("é", 32769), wantData + "must have at most 32768 characters, not 32769"},

		{"an unknown field", "hostName", "web", wantField + ".hostName " + known},
		{"an unknown field of null", "password", nil, wantField + ".password " + known},
		{"an unknown field with an odd name", `a"b`, 1.0, wantField + `["a\"b"] ` + known},
		{"a path for a name", "configuration.region", "x", wantField + `["configuration.region"] ` + known},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, problems := configure(t, item(), with(map[string]any{tt.field: tt.value}), 1)
			expectProblems(t, problems, tt.want)
			if got != nil {
				t.Errorf("a bad configuration is returned: %s", got)
			}
		})
	}
}

func manyKeys(n int) []any {
	keys := make([]any, n)
	for i := range keys {
		keys[i] = "x"
	}
	return keys
}

func TestConfigureTakesTheBounds(t *testing.T) {
	t.Parallel()
	keys := make([]any, 10)
	for i := range keys {
		keys[i] = ed25519Key(t, byte(i))
	}
	_, problems := configure(t, item(), with(map[string]any{"sshKeys": keys, "userData": strings.Repeat("é", 16384)}), 10)
	expectProblems(t, problems)
}

func TestHostnames(t *testing.T) {
	t.Parallel()
	label := func(n int) string { return strings.Repeat("a", n) }
	const (
		shape   = `invalid_input $.configuration.hostname must match ^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$`
		upper   = shape + ", in lower case"
		number  = `invalid_input $.configuration.hostname must not match (^|\.)([0-9]+|0x[0-9a-f]*)$`
		long    = "invalid_input $.configuration.hostname must have at most 253 characters, not 254"
		numbers = "invalid_input $.configuration.hostname is too long to be numbered: the last of "
	)
	name253 := strings.Join([]string{label(63), label(63), label(63), label(61)}, ".")
	name251 := strings.Join([]string{label(60), label(63), label(63), label(62)}, ".")
	tests := []struct {
		name, hostname string
		quantity       int
		want           string
	}{
		{"one letter", "a", 1, ""},
		{"digits and a hyphen", "1-0", 1, ""},
		{"a number in front", "127.0.0.1.example", 1, ""},
		{"no hexadecimal number", "0xg", 1, ""},
		{"hexadecimal digits", "7f", 1, ""},
		{"digits first (RFC 1123)", "1password", 1, ""},
		{"hyphens", "a--b-c", 1, ""},
		{"a domain", "web.example.com", 1, ""},
		{"punycode", "xn--bcher-kva.example", 1, ""},
		{"a label of 63", label(63) + ".example", 1, ""},
		{"a name of 253", name253, 1, ""},
		{"numbered", "web.example.com", 10, ""},
		{"a label that can be numbered with one digit", label(61), 9, ""},
		{"a label that can be numbered with two digits", label(60), 10, ""},
		{"a name that can be numbered", name251, 9, ""},

		{"nothing", "", 1, "invalid_input $.configuration.hostname must have at least 1 character"},
		{"one digit", "0", 1, number},
		{"a number", "1234", 1, number},
		{"an address", "127.0.0.1", 1, number},
		{"half an address", "10.1", 1, number},
		{"a number at the end", "a.123", 1, number},
		{"a number, numbered", "1234", 2, number},
		{"a hexadecimal address", "0x7f000001", 1, number},
		{"a hexadecimal number at the end", "a.0x7f", 1, number},
		{"a hexadecimal number in upper case", "0X7F", 1, shape},
		{"hexadecimal without digits", "0x", 1, number},
		{"upper case", "Web", 1, upper},
		{"a hyphen first", "-web", 1, shape},
		{"a hyphen last", "web-", 1, shape},
		{"a hyphen last in a label", "web-.example", 1, shape},
		{"a hyphen first in a label", "web.-example", 1, shape},
		{"a dot first", ".web", 1, shape},
		{"a dot last", "web.", 1, shape},
		{"two dots", "web..example", 1, shape},
		{"an underscore", "web_1", 1, shape},
		{"white space", "web 1", 1, shape},
		{"a line feed at the end", "web\n", 1, shape},
		{"not ASCII", "bücher", 1, shape},
		{"a command", "web;reboot", 1, shape},
		{"a label of 64", label(64), 1, shape},
		{"a second label of 64", "a." + label(64), 1, shape},
		{"a name of 254", name253 + "a", 1, long},
		{"a name of 254, numbered", name253 + "a", 2, long},
		{"upper case, numbered", strings.ToUpper(label(63)), 2, upper},
		{"a label that cannot be numbered with one digit", label(62), 2, numbers + "2 servers would be " + label(62) + "-2"},
		{"a label that cannot be numbered with two digits", label(61) + ".example", 10, numbers + "10 servers would be " + label(61) + "-10.example"},
		{"a name that cannot be numbered with two digits", name251, 10, numbers + "10 servers would be " + strings.Replace(name251, ".", "-10.", 1)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var want []string
			if tt.want != "" {
				want = []string{tt.want}
			}
			_, problems := configure(t, item(), with(map[string]any{"hostname": tt.hostname}), tt.quantity)
			expectProblems(t, problems, want...)
		})
	}
}

func TestConfigureNamesEachBadKey(t *testing.T) {
	t.Parallel()
	_, problems := configure(t, item(), with(map[string]any{"sshKeys": manyKeys(10)}), 1)
	var want []string
	for i := range 10 {
		want = append(want, fmt.Sprintf("invalid_input $.configuration.sshKeys[%d] must be one OpenSSH public key (Ed25519, ECDSA or RSA) on one line, as ssh-ed25519 AAAA… comment", i))
	}
	expectProblems(t, problems, want...)
}

// An agent mends everything in one go.
func TestConfigureReportsEverything(t *testing.T) {
	t.Parallel()
	_, problems := configure(t, item(), map[string]any{
		"hostname": strings.Repeat("a", 63), "region": "mars-1", "image": "windows-11", "backupsEnabled": "yes",
		"sshKeys": []any{"garbage", 1.0, ed25519Key(t, 1), "# none"}, "colour": "red",
	}, 2)
	const notAKey = "must be one OpenSSH public key (Ed25519, ECDSA or RSA) on one line, as ssh-ed25519 AAAA… comment"
	expectProblems(
		t, problems,
		"invalid_input $.configuration.billingTermMonths is required",
		"invalid_input $.configuration.backupsEnabled must be a boolean, not a string",
		"invalid_input $.configuration.colour is not a known field",
		"unsupported_image $.configuration.image must be one of ubuntu-24.04, debian-12",
		"unsupported_region $.configuration.region must be one of eu-west, us-east",
		"invalid_input $.configuration.sshKeys[1] must be a string, not a number",
		"invalid_input $.configuration.hostname is too long to be numbered: the last of 2 servers would be "+strings.Repeat("a", 63)+"-2",
		"invalid_input $.configuration.sshKeys[0] "+notAKey,
		"invalid_input $.configuration.sshKeys[3] "+notAKey,
	)
}

func TestUnits(t *testing.T) {
	t.Parallel()
	key := ed25519Key(t, 1)
	configuration := server.Configuration{
		Hostname: "web.example.com", Region: "eu-west", Image: "debian-12", BillingTermMonths: 12, BackupsEnabled: true,
		SSHKeys: []string{key}, UserData: "#cloud-config",
	}
	unit := func(hostname string) shop.Unit {
		own := configuration
		own.Hostname = hostname
		return shop.Unit{
			DisplayName: hostname, Configuration: encode(t, own),
			State: kept(t, server.State{
				Hostname: hostname, Region: "eu-west", Image: "debian-12", SSHUsername: "root", SSHPort: 22,
				PowerState: server.PowerStopped, ProvisioningStatus: server.Provisioning, BackupsEnabled: true,
				SupportedImages: []string{"ubuntu-24.04", "debian-12"},
			}),
		}
	}
	tests := []struct {
		name     string
		hostname string
		quantity int
		want     []shop.Unit
	}{
		{"one", "web.example.com", 1, []shop.Unit{unit("web.example.com")}},
		{"several", "web.example.com", 3, []shop.Unit{unit("web-1.example.com"), unit("web-2.example.com"), unit("web-3.example.com")}},
		{"without a domain", "web", 2, []shop.Unit{unit("web-1"), unit("web-2")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			own := configuration
			own.Hostname = tt.hostname
			got, err := server.Rules{}.Units(item(), encode(t, own), tt.quantity)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestUnitsOfNoConfiguration(t *testing.T) {
	t.Parallel()
	if got, err := (server.Rules{}).Units(item(), json.RawMessage(`{`), 1); err == nil {
		t.Errorf("got %v", got)
	}
}
