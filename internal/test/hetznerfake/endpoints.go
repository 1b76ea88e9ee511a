package hetznerfake

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/hetznercloud/hcloud-go/v2/hcloud/schema"
)

// request is what an endpoint sees of a call.
type request struct {
	number int64
	query  url.Values
	body   []byte
}

func (r request) read(into any) error {
	if len(r.body) == 0 {
		return nil
	}
	if err := json.Unmarshal(r.body, into); err != nil {
		return fail("json_error", "%v", err)
	}
	return nil
}

var endpoints = map[string]func(*Cloud, request) (any, error){
	"GET /servers":              (*Cloud).listServers,
	"POST /servers":             (*Cloud).createServer,
	"GET /servers/{id}":         (*Cloud).getServer,
	"PUT /servers/{id}":         (*Cloud).updateServer,
	"DELETE /servers/{id}":      (*Cloud).deleteServer,
	"GET /servers/{id}/actions": (*Cloud).listServerActions,
	"GET /actions":              (*Cloud).listActions,
	"GET /actions/{id}":         (*Cloud).getAction,

	"POST /servers/{id}/actions/poweron":       act("start_server", func(_ *Cloud, m *machine) { m.Status = "running" }),
	"POST /servers/{id}/actions/poweroff":      act("stop_server", func(_ *Cloud, m *machine) { m.Status = "off" }),
	"POST /servers/{id}/actions/reboot":        act("reboot_server", func(_ *Cloud, m *machine) { m.Boots++ }),
	"POST /servers/{id}/actions/reset":         act("reset_server", func(_ *Cloud, m *machine) { m.Boots++ }),
	"POST /servers/{id}/actions/shutdown":      act("shutdown_server", (*Cloud).hear),
	"POST /servers/{id}/actions/enable_backup": act("enable_backup", func(_ *Cloud, m *machine) { m.BackupWindow = ptr("22-02") }),
	"POST /servers/{id}/actions/rebuild":       (*Cloud).rebuildServer,

	"GET /ssh_keys":         (*Cloud).listKeys,
	"POST /ssh_keys":        (*Cloud).createKey,
	"GET /server_types":     (*Cloud).listTypes,
	"GET /images":           (*Cloud).listImages,
	"GET /pricing":          (*Cloud).prices,
	"GET /locations":        (*Cloud).listLocations,
	"GET /primary_ips/{id}": (*Cloud).getIP,
	"PUT /primary_ips/{id}": (*Cloud).updateIP,
	"GET /primary_ips":      (*Cloud).listIPs,
}

// page is a page of a list, and what goes with it.
func page[T any](name string, all []T, q url.Values) (any, error) {
	at, per := 1, 25
	if text := q.Get("page"); text != "" {
		at, _ = strconv.Atoi(text)
	}
	if text := q.Get("per_page"); text != "" {
		per, _ = strconv.Atoi(text)
	}
	if at < 1 || per < 1 || per > 50 {
		return nil, fail("invalid_input", "page %d of %d", at, per)
	}
	last := max(1, (len(all)+per-1)/per)
	from, to := min(len(all), (at-1)*per), min(len(all), at*per)
	some := all[from:to]
	if some == nil {
		some = []T{}
	}
	info := map[string]any{"page": at, "per_page": per, "previous_page": nil, "next_page": nil, "last_page": last, "total_entries": len(all)}
	if at > 1 {
		info["previous_page"] = at - 1
	}
	if at < last {
		info["next_page"] = at + 1
	}
	return map[string]any{name: some, "meta": map[string]any{"pagination": info}}, nil
}

// selects reports whether labels match a selector: keys, and keys with a value.
func selects(selector string, labels map[string]string) bool {
	for _, part := range strings.FieldsFunc(selector, func(r rune) bool { return r == ',' }) {
		key, value, valued := strings.Cut(part, "==")
		got, has := labels[key]
		if !has || valued && got != value {
			return false
		}
	}
	return true
}

// filter keeps what a list was asked for by name and by labels.
func filter[T any](all []T, q url.Values, name func(T) string, labels func(T) map[string]string) []T {
	return slices.DeleteFunc(slices.Clone(all), func(one T) bool {
		return q.Has("name") && name(one) != q.Get("name") || !selects(q.Get("label_selector"), labels(one))
	})
}

func (c *Cloud) listKeys(r request) (any, error) {
	keys := filter(c.keys, r.query, func(k schema.SSHKey) string { return k.Name }, func(k schema.SSHKey) map[string]string { return k.Labels })
	if r.query.Has("fingerprint") {
		keys = slices.DeleteFunc(keys, func(k schema.SSHKey) bool { return k.Fingerprint != r.query.Get("fingerprint") })
	}
	return page("ssh_keys", keys, r.query)
}

func (c *Cloud) createKey(r request) (any, error) {
	var in schema.SSHKeyCreateRequest
	if err := r.read(&in); err != nil {
		return nil, err
	}
	fingerprint, err := fingerprintOf(in.PublicKey)
	if err != nil {
		return nil, fail("invalid_input", "invalid input in field 'public_key'")
	}
	if slices.ContainsFunc(c.keys, func(k schema.SSHKey) bool { return k.Name == in.Name || k.Fingerprint == fingerprint }) {
		return nil, fail("uniqueness_error", "SSH key not unique")
	}
	key := schema.SSHKey{ID: c.number(), Name: in.Name, PublicKey: in.PublicKey, Fingerprint: fingerprint, Labels: labelsOf(in.Labels), Created: c.Now()}
	c.keys = append(c.keys, key)
	return schema.SSHKeyCreateResponse{SSHKey: key}, nil
}

func labelsOf(labels *map[string]string) map[string]string {
	if labels == nil {
		return map[string]string{}
	}
	return *labels
}

func (c *Cloud) findIP(number int64) (*schema.PrimaryIP, error) {
	for _, ip := range c.ips {
		if ip.ID == number {
			return ip, nil
		}
	}
	return nil, fail("not_found", "primary IP not found")
}

// wireIP is an address with what the library has no type for any more.
type wireIP struct {
	schema.PrimaryIP
	Datacenter any `json:"datacenter"`
}

func (c *Cloud) getIP(r request) (any, error) {
	ip, err := c.findIP(r.number)
	if err != nil {
		return nil, err
	}
	return map[string]any{"primary_ip": wireIP{*ip, datacenter(ip.Location)}}, nil
}

func (c *Cloud) listIPs(r request) (any, error) {
	all := make([]wireIP, len(c.ips))
	for i, ip := range c.ips {
		all[i] = wireIP{*ip, datacenter(ip.Location)}
	}
	return page("primary_ips", all, r.query)
}

func (c *Cloud) updateIP(r request) (any, error) {
	ip, err := c.findIP(r.number)
	if err != nil {
		return nil, err
	}
	var in schema.PrimaryIPUpdateRequest
	if err := r.read(&in); err != nil {
		return nil, err
	}
	if in.AutoDelete != nil {
		ip.AutoDelete = *in.AutoDelete
	}
	return c.getIP(r)
}
