package hetznerfake

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/hetznercloud/hcloud-go/v2/hcloud/schema"
	"golang.org/x/crypto/ssh"
)

// machine is a server, and what a test wants to know of it.
type machine struct {
	schema.Server
	UserData string
	Keys     []int64
	Boots    int // by a reboot or a reset
	Rebuilds int
}

// wireServer is a server with what the library has no type for any more.
type wireServer struct {
	schema.Server
	Datacenter any `json:"datacenter"`
}

func (m *machine) wire() wireServer { return wireServer{m.Server, datacenter(m.Location)} }

func wires(all []*machine) []wireServer {
	out := make([]wireServer, len(all))
	for i, m := range all {
		out[i] = m.wire()
	}
	return out
}

func (c *Cloud) find(number int64) (*machine, error) {
	for _, m := range c.servers {
		if m.ID == number {
			return m, nil
		}
	}
	return nil, fail("not_found", "server with ID '%d' not found", number)
}

func (c *Cloud) listServers(r request) (any, error) {
	found := filter(c.servers, r.query, func(m *machine) string { return m.Name }, func(m *machine) map[string]string { return m.Labels })
	return page("servers", wires(found), r.query)
}

func (c *Cloud) getServer(r request) (any, error) {
	m, err := c.find(r.number)
	if err != nil {
		return nil, err
	}
	return map[string]any{"server": m.wire()}, nil
}

func (c *Cloud) createServer(r request) (any, error) {
	var in schema.ServerCreateRequest
	if err := r.read(&in); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(c.servers, func(m *machine) bool { return m.Name == in.Name }) {
		return nil, fail("uniqueness_error", "server name is already used")
	}
	kind, err := typeOf(in.ServerType)
	if err != nil {
		return nil, err
	}
	image, err := imageOf(in.Image, kind.Architecture)
	if err != nil {
		return nil, err
	}
	location, err := locationOf(in.Location)
	if err != nil {
		return nil, err
	}
	if c.SoldOut[kind.Name+"/"+location.Name] {
		return nil, fail("resource_unavailable", "error during placement")
	}
	if len(in.UserData) > 32<<10 {
		return nil, fail("invalid_input", "invalid input in field 'user_data'")
	}
	for _, number := range in.SSHKeys {
		if !slices.ContainsFunc(c.keys, func(k schema.SSHKey) bool { return k.ID == number }) {
			return nil, fail("not_found", "SSH key not found")
		}
	}
	m := &machine{UserData: in.UserData, Keys: in.SSHKeys, Server: schema.Server{
		ID: c.number(), Name: in.Name, Status: "initializing", Created: c.Now(), ServerType: kind, Location: location, Image: &image,
		Labels: labelsOf(in.Labels), PrimaryDiskSize: kind.Disk, PrivateNet: []schema.ServerPrivateNet{}, Volumes: []int64{}, LoadBalancers: []int64{},
	}}
	c.address(m)
	c.servers = append(c.servers, m)
	made := c.begin("create_server", m, c.Takes, func() { m.Status = "off" })
	started := c.begin("start_server", m, 2*c.Takes, func() { m.Status = "running" })
	return map[string]any{"server": m.wire(), "action": made.wire(c.Now()), "next_actions": []schema.Action{started.wire(c.Now())}, "root_password": passwordFor(m)}, nil
}

// passwordFor is what a server without keys gets.
func passwordFor(m *machine) *string {
	if len(m.Keys) > 0 {
		return nil
	}
	return ptr(rand.Text())
}

// address gives a server addresses that go with it.
func (c *Cloud) address(m *machine) {
	n := len(c.ips)/2 + 1
	four := c.newIP(m, "ipv4", fmt.Sprintf("192.0.2.%d", n%250+1))
	six := c.newIP(m, "ipv6", fmt.Sprintf("2001:db8:%x::/64", n))
	m.PublicNet = schema.ServerPublicNet{
		IPv4:        schema.ServerPublicNetIPv4{ID: four.ID, IP: four.IP, DNSPtr: "static." + four.IP + ".example"},
		IPv6:        schema.ServerPublicNetIPv6{ID: six.ID, IP: six.IP, DNSPtr: []schema.ServerPublicNetIPv6DNSPtr{}},
		FloatingIPs: []int64{}, Firewalls: []schema.ServerFirewall{},
	}
}

func (c *Cloud) newIP(m *machine, kind, ip string) *schema.PrimaryIP {
	number := c.number()
	one := &schema.PrimaryIP{
		ID: number, IP: ip, Labels: map[string]string{}, Name: "primary-ip-" + strconv.FormatInt(number, 10), Type: kind,
		DNSPtr: []schema.PrimaryIPDNSPTR{}, AssigneeID: &m.ID, AssigneeType: "server", AutoDelete: true, Created: c.Now(), Location: m.Location,
	}
	c.ips = append(c.ips, one)
	return one
}

func (c *Cloud) updateServer(r request) (any, error) {
	m, err := c.find(r.number)
	if err != nil {
		return nil, err
	}
	var in schema.ServerUpdateRequest
	if err := r.read(&in); err != nil {
		return nil, err
	}
	if in.Labels != nil {
		m.Labels = *in.Labels
	}
	if in.Name != "" {
		m.Name = in.Name
	}
	return c.getServer(r)
}

func (c *Cloud) deleteServer(r request) (any, error) {
	m, err := c.free(r.number)
	if err != nil {
		return nil, err
	}
	if m.Protection.Delete {
		return nil, fail("protected", "server deletion is protected")
	}
	m.Status = "deleting"
	a := c.begin("delete_server", m, c.Takes, func() { c.remove(m) })
	return map[string]any{"action": a.wire(c.Now())}, nil
}

func (c *Cloud) remove(m *machine) {
	c.servers = slices.DeleteFunc(c.servers, func(one *machine) bool { return one == m })
	c.ips = slices.DeleteFunc(c.ips, func(ip *schema.PrimaryIP) bool {
		return ip.AutoDelete && ip.AssigneeID != nil && *ip.AssigneeID == m.ID
	})
}

// free returns a server on which nothing is done.
func (c *Cloud) free(number int64) (*machine, error) {
	m, err := c.find(number)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(c.actions, func(a *action) bool { return a.on == m && a.Status == "running" }) || m.Locked {
		return nil, fail("locked", "server is locked")
	}
	return m, nil
}

// hear is what a shutdown does.
func (c *Cloud) hear(m *machine) {
	if !c.Deaf {
		m.Status = "off"
	}
}

// act is an endpoint that begins an action.
func act(command string, do func(*Cloud, *machine)) func(*Cloud, request) (any, error) {
	return func(c *Cloud, r request) (any, error) {
		m, err := c.free(r.number)
		if err != nil {
			return nil, err
		}
		a := c.begin(command, m, c.Takes, func() { do(c, m) })
		return map[string]any{"action": a.wire(c.Now())}, nil
	}
}

func (c *Cloud) rebuildServer(r request) (any, error) {
	m, err := c.free(r.number)
	if err != nil {
		return nil, err
	}
	var in schema.ServerActionRebuildRequest
	if err := r.read(&in); err != nil {
		return nil, err
	}
	image, err := imageOf(in.Image, m.ServerType.Architecture)
	if err != nil {
		return nil, err
	}
	was := m.Status
	m.Status = "rebuilding"
	a := c.begin("rebuild_server", m, c.Takes, func() {
		m.Image, m.Status = &image, was
		m.Rebuilds++
	})
	a.undo = func() { m.Status = was }
	return map[string]any{"action": a.wire(c.Now()), "root_password": passwordFor(m)}, nil
}

func fingerprintOf(line string) (string, error) {
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(line))
	if err != nil {
		return "", err
	}
	return ssh.FingerprintLegacyMD5(key), nil
}

func ptr[T any](value T) *T { return &value }

// Server is what a test sees of a server.
type Server struct {
	ID              int64
	Name, Status    string
	Type, Image     string
	Location        string
	Labels          map[string]string
	UserData        string
	Keys            []string // public keys
	Boots, Rebuilds int
	Backups         bool
	CreatedAt       time.Time
}

// Servers are those that there are, the oldest first.
func (c *Cloud) Servers() []Server {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tick()
	var all []Server
	for _, m := range c.servers {
		one := Server{
			ID: m.ID, Name: m.Name, Status: m.Status, Type: m.ServerType.Name, Image: *m.Image.Name, Location: m.Location.Name,
			Labels: m.Labels, UserData: m.UserData, Boots: m.Boots, Rebuilds: m.Rebuilds, Backups: m.BackupWindow != nil, CreatedAt: m.Created,
		}
		for _, key := range c.keys {
			if slices.Contains(m.Keys, key.ID) {
				one.Keys = append(one.Keys, key.PublicKey)
			}
		}
		all = append(all, one)
	}
	return all
}

// Addresses is how many addresses there are.
func (c *Cloud) Addresses() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.ips)
}

// Keep has the addresses of all servers stay when these are deleted, as somebody can
// choose at the provider.
func (c *Cloud) Keep() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, ip := range c.ips {
		ip.AutoDelete = false
	}
}

// Vanish takes a server away, as a person does who deletes it elsewhere.
func (c *Cloud) Vanish(number int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if m, err := c.find(number); err == nil {
		c.remove(m)
	}
}

// Strip takes all labels off a server, or protects or locks it.
func (c *Cloud) Strip(number int64) {
	c.change(number, func(m *machine) { m.Labels = map[string]string{} })
}

// Protect protects a server from being deleted.
func (c *Cloud) Protect(number int64) {
	c.change(number, func(m *machine) { m.Protection.Delete = true })
}

// Lock has a server be locked, or not.
func (c *Cloud) Lock(number int64, locked bool) {
	c.change(number, func(m *machine) { m.Locked = locked })
}

func (c *Cloud) change(number int64, do func(*machine)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if m, err := c.find(number); err == nil {
		do(m)
	}
}
