package server

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
	"agentstore/pkg/sshkey"
	"agentstore/pkg/strictjson"
)

// Configuration is what a buyer chooses about a server.
type Configuration struct {
	Hostname          string   `json:"hostname"`
	Region            string   `json:"region"`
	Image             string   `json:"image"`
	BillingTermMonths int      `json:"billingTermMonths,omitempty"` // 0: by the hour
	BackupsEnabled    bool     `json:"backupsEnabled"`
	SSHKeys           []string `json:"sshKeys,omitempty"`
	UserData          string   `json:"userData,omitempty"`
	// Firewall is what may reach the server; nil is everything.
	Firewall []Rule `json:"firewall,omitzero"`
}

const (
	maxSSHKeys = 10
	// maxSSHKey fits an RSA key of 16384 bits with a comment. With the bounds of
	// the rest it keeps an item of the table below its 400 KiB.
	maxSSHKey = 4 << 10
	// maxUserData is in bytes, as providers count: Hetzner Cloud takes 32 KiB, others 64.
	maxUserData = 32 << 10
	sshPort     = 22  // of a new server
	maxLabel    = 63  // RFC 1123, section 2.1
	maxName     = 64  // of a region or an image
	maxTerm     = 36  // of the terms that a catalog may have
	maxHostname = 253 // RFC 1035, section 2.3.4, without the trailing dot

	// hostnamePattern is RFC 1123, section 2.1, in lower case: labels of 1 to 63
	// letters, digits and inner hyphens, with dots between.
	hostnamePattern = `^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$`

	// numberPattern is a host whose last label is a number, decimal or hexadecimal:
	// programs take it for an IPv4 address (RFC 1123, section 2.1; inet_addr of POSIX).
	numberPattern = `(^|\.)([0-9]+|0x[0-9a-f]*)$`

	root = "$.configuration"
)

// The fields that are the same for every item. They are made once, because each
// quote needs them.
var (
	hostnameField = hostname("Host name (RFC 1123) in lower case, its last label no number. Several are numbered: web-1, web-2.")
	sshKeysField  = schema.Optional("sshKeys", schema.Default(schema.List("OpenSSH public keys that may log in, as in authorized_keys, or names of keys of the account (ssh_key_list). Their comments are personal data.", schema.Pattern("An OpenSSH public key on one line, or a name.", schema.ASCIIPattern, maxSSHKey), maxSSHKeys), "[]"))
	userDataField = schema.Optional("userData", schema.String("cloud-init user data, run at the first boot: at most 32,768 bytes of UTF-8.", 0, maxUserData))
	firewallField = schema.Optional("firewall", rulesSchema("What may reach it, and SSH at least. Without the list: everything."))
)

func hostname(description string) schema.Field {
	return schema.Required("hostname", schema.Except(schema.Pattern(description, hostnamePattern, maxHostname), numberPattern))
}

// configurationSchema is both what agents read and what Configure enforces.
func configurationSchema(item shop.Item, plan Plan) *schema.Schema {
	months := make([]int, len(item.Terms))
	for i, term := range item.Terms {
		months[i] = term.Months
	}
	var term []schema.Field // there is none to choose by the hour
	if !item.Hourly() {
		term = append(term, schema.Required("billingTermMonths", schema.IntegerEnum("Months paid in advance.", months...)))
	}
	s := fields(
		schema.Enum("Where the server runs.", plan.Regions...),
		schema.Enum("The operating system image.", plan.Images...),
		term,
		fmt.Sprintf("Daily backups, for %d %% of the base price.", plan.BackupsPercent),
	)
	s.Schema = "https://json-schema.org/draft/2020-12/schema"
	s.Title = "Configuration of " + item.Name
	return s
}

// commonSchema has the fields of all servers, without what only one item knows.
func commonSchema() *schema.Schema {
	return fields(
		schema.Identifier("One of supportedRegions.", maxName),
		schema.Identifier("One of supportedImages.", maxName),
		[]schema.Field{schema.Optional("billingTermMonths", schema.Integer("Months paid in advance: one of billingTerms, which is empty for an item by the hour.", 1, maxTerm))},
		"Daily backups, for a share of the base price.",
	)
}

func fields(region, image *schema.Schema, term []schema.Field, backups string) *schema.Schema {
	return schema.Object(slices.Concat(
		[]schema.Field{hostnameField, schema.Required("region", region), schema.Required("image", image)},
		term,
		[]schema.Field{schema.Optional("backupsEnabled", schema.Default(schema.Boolean(backups), "false")), sshKeysField, userDataField, firewallField},
	)...)
}

// Configure implements shop.Product.
func (Rules) Configure(item shop.Item, input map[string]any, quantity int, reference func() id.Personal) (shop.Configured, []fault.Problem, error) {
	offer, err := offerOf(item)
	if err != nil {
		return shop.Configured{}, nil, err
	}
	problems := schema.Check(offer.schema, root, input)
	nameCodes(problems, input)
	rules, wrong := configuredRules(input)
	for _, p := range slices.Concat(numberedHostname(input, quantity), sshKeys(input), userData(input), wrong) {
		sameField := func(other fault.Problem) bool { return other.Param == p.Param }
		if !slices.ContainsFunc(problems, sameField) {
			problems = append(problems, p)
		}
	}
	if len(problems) > 0 {
		return shop.Configured{}, problems, nil
	}
	c := checked(input)
	c.Firewall = rules
	configured, err := normalize(c, reference)
	return configured, nil, err
}

// configuredRules are the rules of a configuration: nil for none.
func configuredRules(input map[string]any) ([]Rule, []fault.Problem) {
	list, given := input["firewall"].([]any)
	if !given || len(list) > maxRules {
		return nil, nil // said already
	}
	rules, problems := rulesOf(root+".firewall", list)
	if rules != nil && len(problems) == 0 && !admits(rules, sshPort) {
		problems = append(problems, lockout(root+".firewall", sshPort, "lock it out after the purchase, with server_firewall_set"))
	}
	return rules, problems
}

// userData says that user data is too long where only its bytes are: the schema counts
// characters.
func userData(input map[string]any) []fault.Problem {
	text, _ := input["userData"].(string)
	if len(text) <= maxUserData {
		return nil
	}
	return []fault.Problem{{
		Code: fault.InvalidInput, Param: root + ".userData",
		Detail: fmt.Sprintf("must have at most %d bytes in UTF-8, not %d: providers count bytes", maxUserData, len(text)),
		Fix:    "Have a short script in " + root + ".userData load the rest from where you keep it.",
	}}
}

// nameCodes gives the two refusals that agents meet most their own codes, and says
// what a host name is to whoever has read no pattern.
func nameCodes(problems []fault.Problem, input map[string]any) {
	for i, p := range problems {
		name := strings.TrimPrefix(p.Param, root+".")
		if _, isText := input[name].(string); !isText {
			continue
		}
		switch name {
		case "region":
			problems[i].Code = fault.UnsupportedRegion
		case "image":
			problems[i].Code = fault.UnsupportedImage
		case "hostname":
			if !strings.HasSuffix(p.Detail, "lower case") {
				problems[i].Fix = "Send " + p.Param + " as labels of a-z, 0-9 and inner hyphens with dots between, the last of which is no number, such as web-1 or web-1.example.com."
			}
		}
	}
}

// numberedHostname makes sure that the names of several servers stay legal.
func numberedHostname(input map[string]any, quantity int) []fault.Problem {
	hostname, _ := input["hostname"].(string)
	if quantity < 2 {
		return nil
	}
	last := numbered(hostname, quantity)
	label, _, _ := strings.Cut(last, ".")
	if len(label) <= maxLabel && len(last) <= maxHostname {
		return nil
	}
	return []fault.Problem{{
		Code: fault.InvalidInput, Param: root + ".hostname",
		Detail: fmt.Sprintf("is too long to be numbered: the last of %d servers would be %s", quantity, last),
		Fix:    fmt.Sprintf("Shorten the first label of %s.hostname, or buy fewer at once.", root),
	}}
}

func sshKeys(input map[string]any) []fault.Problem {
	keys, _ := input["sshKeys"].([]any)
	if len(keys) > maxSSHKeys {
		return nil // said already, and there is no end to what else could be
	}
	var problems []fault.Problem
	for i, value := range keys {
		key, isText := value.(string)
		if _, valid := sshkey.Parse(key); isText && !valid {
			problems = append(problems, fault.Problem{
				Code: fault.InvalidInput, Param: fmt.Sprintf("%s.sshKeys[%d]", root, i),
				Detail: sshkey.Must,
				Fix:    fmt.Sprintf("Send %s.sshKeys[%d] as one line of an OpenSSH public key file, without options.", root, i),
			})
		}
	}
	return problems
}

// normalize writes a checked configuration in its normal form.
func normalize(c Configuration, reference func() id.Personal) (configured shop.Configured, err error) {
	if configured.Personal, err = takeComments(&c, reference); err != nil {
		return configured, err
	}
	configured.JSON, err = strictjson.Encode(c)
	return configured, err
}

// checked reads what matches the schema: every member has its type.
func checked(input map[string]any) Configuration {
	var c Configuration
	c.Hostname, _ = input["hostname"].(string)
	c.Region, _ = input["region"].(string)
	c.Image, _ = input["image"].(string)
	months, _ := input["billingTermMonths"].(float64)
	c.BillingTermMonths = int(months)
	c.BackupsEnabled, _ = input["backupsEnabled"].(bool)
	keys, _ := input["sshKeys"].([]any)
	for _, value := range keys {
		key, _ := value.(string)
		c.SSHKeys = append(c.SSHKeys, key)
	}
	c.UserData, _ = input["userData"].(string)
	return c
}

// Defaults implements shop.Product.
func (Rules) Defaults() map[string]any {
	return map[string]any{"backupsEnabled": false, "sshKeys": []any{}}
}

// Choices are where a server runs, and what runs on it.
func (Rules) Choices(configuration json.RawMessage) (map[string]string, error) {
	var c Configuration
	err := json.Unmarshal(configuration, &c)
	return map[string]string{regions: c.Region, images: c.Image}, err
}

// Units numbers the servers of a purchase.
func (Rules) Units(item shop.Item, configuration json.RawMessage, quantity int) ([]shop.Unit, error) {
	var c Configuration
	if err := json.Unmarshal(configuration, &c); err != nil {
		return nil, err
	}
	offer, err := offerOf(item)
	if err != nil {
		return nil, err
	}
	units := make([]shop.Unit, quantity)
	for i := range units {
		one := c
		if quantity > 1 {
			one.Hostname = numbered(c.Hostname, i+1)
		}
		text, err := strictjson.Encode(one)
		if err != nil {
			return nil, err
		}
		state, err := newState(offer.plan, one).Data()
		if err != nil {
			return nil, err
		}
		units[i] = shop.Unit{DisplayName: one.Hostname, Configuration: text, State: state}
	}
	return units, nil
}

// SSHUsername is who logs in to a server.
const SSHUsername = "root"

func newState(plan Plan, c Configuration) State {
	return State{
		Hostname: c.Hostname, Region: c.Region, Image: c.Image,
		SSHUsername: SSHUsername, SSHPort: sshPort, Firewall: c.Firewall,
		PowerState: PowerStopped, ProvisioningStatus: Provisioning,
		BackupsEnabled: c.BackupsEnabled, SupportedImages: plan.Images,
		Source: plan.Source.in(c.Region),
	}
}

// numbered puts the number after the first label: web.example.com becomes
// web-2.example.com.
func numbered(hostname string, n int) string {
	label, domain, qualified := strings.Cut(hostname, ".")
	label = fmt.Sprintf("%s-%d", label, n)
	if !qualified {
		return label
	}
	return label + "." + domain
}
