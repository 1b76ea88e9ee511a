package api

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/product"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
)

const (
	agents = account + "/agents"
	keys   = agents + "/{agentId}/keys"
)

// AgentList lists the agents.
func AgentList() Operation {
	return Operation{
		Name: "agent_list", Title: "List agents",
		Summary:     "List the agents of the account, the oldest first.",
		Description: "The one marked as system is the agent that members buy with.",
		Method:      get, Path: agents,
		Role: shop.RoleViewer, TokenScope: shop.ScopeAccountRead, Effect: Reads, Status: http.StatusOK,
		Input: schema.Object(), answers: output[agentsAnswer],
		call: plain(func(ctx context.Context, s *shop.Shop, caller shop.Caller, _ struct{}) (agentsAnswer, error) {
			list, err := s.Agents(ctx, caller)
			return agentsAnswer{each(list, wireAgent)}, err
		}),
	}
}

// AgentCreate makes an agent.
func AgentCreate() Operation {
	return Operation{
		Name: "agent_create", Title: "Create an agent",
		Summary:     "Make an agent.",
		Description: "It has no key yet, and only the policy of the account limits it: set its own with agent_policy_set, then give it a key with key_create. What it sees cannot be changed later.",
		Method:      post, Path: agents,
		Role: shop.RoleOwner, TokenScope: shop.ScopeAgentsWrite, FreshLogin: true, Effect: Creates, Status: http.StatusCreated,
		Input: schema.Object(
			schema.Required("name", nameSchema("What you call it.")),
			schema.Optional("sees", seesSchema()),
		),
		answers: output[agentAnswer],
		call: keeps(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in newAgentArguments) (shop.Agent, error) {
			return s.CreateAgent(ctx, caller, in.Name, cmp.Or(in.Sees, shop.SeesAccount))
		}, wireOneAgent),
	}
}

// AgentUpdate renames an agent.
func AgentUpdate() Operation {
	return Operation{
		Name: "agent_update", Title: "Rename an agent",
		Summary:     "Give an agent another name.",
		Description: "It keeps its keys and its policy.",
		Method:      put, Path: agents + "/{agentId}",
		Role: shop.RoleOwner, TokenScope: shop.ScopeAgentsWrite, FreshLogin: true, Effect: Acts, Status: http.StatusOK,
		Input:   schema.Object(agentField(), schema.Required("name", nameSchema("What you call it."))),
		answers: output[agentAnswer], Errors: []fault.Code{fault.NotFound},
		call: keeps(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in agentArguments) (shop.Agent, error) {
			return s.RenameAgent(ctx, caller, in.Agent, in.Name)
		}, wireOneAgent),
	}
}

// KeyList lists the keys of an agent.
func KeyList() Operation {
	return Operation{
		Name: "key_list", Title: "List keys",
		Summary:     "List the keys of an agent, the newest first.",
		Description: "Their secrets are not stored, so nothing can show them.",
		Method:      get, Path: keys,
		Role: shop.RoleViewer, TokenScope: shop.ScopeAccountRead, Effect: Reads, Status: http.StatusOK,
		Input:   schema.Object(agentField()),
		answers: output[keysAnswer], Errors: []fault.Code{fault.NotFound},
		call: plain(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in agentArguments) (keysAnswer, error) {
			list, err := s.Keys(ctx, caller, in.Agent)
			now := s.Now()
			return keysAnswer{each(list, func(c shop.Credential) keyWire { return wireKey(c, now) })}, err
		}),
	}
}

// KeyCreate makes a key, in a store that sells what is on the shelf.
func KeyCreate(shelf product.Shelf) Operation {
	scopes := shelf.Scopes()
	return Operation{
		Name: "key_create", Title: "Create a key",
		Summary:     "Make a key for an agent. Its secret is shown only in this answer.",
		Description: "Without scopes it can only read. Give it the scopes that its agent needs, and no more.",
		Method:      post, Path: keys,
		Role: shop.RoleOwner, TokenScope: shop.ScopeKeysWrite, FreshLogin: true, Effect: Creates, Status: http.StatusCreated,
		Input: schema.Object(
			agentField(),
			schema.Required("name", nameSchema("What it is for.")),
			schema.Optional("scopes", schema.List("What it may be used for. Without any it can only read.", scopeSchema(scopes), len(scopes))),
			schema.Optional("expiresAt", endSchema()),
			schema.Optional("allowedIps", schema.NotEmpty(schema.List(
				"The networks that it may be used from, in CIDR notation. Leave it out to allow any network.",
				schema.String("An address or a network, as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32.", 1, 64), shop.MaxNetworks,
			))),
		),
		answers: output[keyAnswer], Errors: []fault.Code{fault.NotFound, fault.SecretShown},
		call: shows(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in keyArguments) (keyAnswer, error) {
			want, err := in.newKey()
			if err != nil {
				return keyAnswer{}, err
			}
			c, text, err := s.CreateKey(ctx, caller, in.Agent, want)
			return keyAnswer{wireKey(c, s.Now()), text}, err
		}),
	}
}

// maxOverlap is how long a rotated key may stay good, in hours.
const maxOverlap = 7 * 24

// KeyRotate replaces a key.
func KeyRotate() Operation {
	return Operation{
		Name: "key_rotate", Title: "Rotate a key",
		Summary:     "Replace a key with a new one. Its secret is shown only in this answer.",
		Description: "The new one has the same name, scopes and networks, and the lifetime that the old one was given, counted from now. The old one stays good for the overlap, so that nothing stops in the meantime.",
		Method:      post, Path: keys + "/{keyId}/rotate",
		Role: shop.RoleOwner, TokenScope: shop.ScopeKeysWrite, FreshLogin: true, Effect: Creates, Status: http.StatusCreated,
		Input: schema.Object(
			agentField(), keyIDField(),
			schema.Optional("overlapHours", schema.Default(schema.Integer("How long the old key stays good.", 0, maxOverlap), "24")),
		),
		answers: output[keyAnswer], Errors: []fault.Code{fault.NotFound, fault.SecretShown},
		call: shows(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in keyArguments) (keyAnswer, error) {
			overlap := 24 * time.Hour
			if in.OverlapHours != nil {
				overlap = time.Duration(*in.OverlapHours) * time.Hour
			}
			if err := in.check(); err != nil {
				return keyAnswer{}, err
			}
			c, text, err := s.RotateKey(ctx, caller, in.Key, overlap)
			return keyAnswer{wireKey(c, s.Now()), text}, err
		}),
	}
}

// KeyRevoke ends a key.
func KeyRevoke() Operation {
	return Operation{
		Name: "key_revoke", Title: "Revoke a key",
		Summary:     "End a key at once.",
		Description: "The very next request with it is refused. A revocation cannot be undone.",
		Method:      remove, Path: keys + "/{keyId}",
		Role: shop.RoleOwner, TokenScope: shop.ScopeKeysWrite, FreshLogin: true, Effect: Acts, Status: http.StatusOK,
		Input:   schema.Object(agentField(), keyIDField()),
		answers: output[revokedAnswer], Errors: []fault.Code{fault.NotFound},
		call: keeps(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in keyArguments) (shop.Credential, error) {
			if err := in.check(); err != nil {
				return shop.Credential{}, err
			}
			return s.RevokeKey(ctx, caller, in.Key)
		}, func(c shop.Credential, v view) revokedAnswer { return revokedAnswer{wireKey(c, v.now)} }),
	}
}

func agentField() schema.Field {
	return schema.Required("agentId", idSchema("The id of an agent."))
}

func keyIDField() schema.Field { return schema.Required("keyId", idSchema("The id of a key of it.")) }

func nameSchema(description string) *schema.Schema {
	return schema.Line(description, 1, shop.MaxName)
}

// never is the end of a key that has none.
const never = "never"

// endSchema is a pattern, because client generators handle a choice between a
// format and a word badly.
func endSchema() *schema.Schema {
	return schema.Pattern(
		fmt.Sprintf("When it ends by itself, as 2026-12-31T00:00:00Z, or never. Without it, after %d days.", shop.KeyLifetime/(24*time.Hour)),
		`^(never|\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2}))$`, 64,
	)
}

func seesSchema() *schema.Schema {
	return schema.Default(schema.Enum("What it sees, and may act on: what all agents of the account bought, or its own alone.",
		string(shop.SeesAccount), string(shop.SeesOwn)), `"`+string(shop.SeesAccount)+`"`)
}

func scopeSchema(scopes []shop.Scope) *schema.Schema {
	names := make([]string, len(scopes))
	for i, scope := range scopes {
		names[i] = string(scope)
	}
	return schema.Enum("A scope.", names...)
}

type agentArguments struct {
	Agent id.Agent `json:"agentId"`
	Name  string   `json:"name"`
}

type newAgentArguments struct {
	Name string    `json:"name"`
	Sees shop.Sees `json:"sees"`
}

type keyArguments struct {
	agentArguments
	Key          id.Key       `json:"keyId"`
	Scopes       []shop.Scope `json:"scopes"`
	ExpiresAt    string       `json:"expiresAt"`
	AllowedIPs   []string     `json:"allowedIps"`
	OverlapHours *int         `json:"overlapHours"`
}

// newKey is the key that the arguments ask for.
func (a keyArguments) newKey() (shop.NewKey, error) {
	want := shop.NewKey{Name: a.Name, Scopes: a.Scopes, Endless: a.ExpiresAt == never}
	if a.ExpiresAt != "" && !want.Endless {
		end, err := time.Parse(time.RFC3339, a.ExpiresAt)
		if err != nil || end.UTC().Year() > 9999 { // which RFC 3339 cannot write
			return want, fault.InvalidParam("$.expiresAt", "must be a time, as 2026-12-31T00:00:00Z (RFC 3339), or never").
				Fix("Send $.expiresAt as a time that exists, such as 2026-12-31T00:00:00Z, or as never.")
		}
		want.ExpiresAt = end.UTC().Truncate(time.Millisecond)
	}
	if a.AllowedIPs != nil && len(a.AllowedIPs) == 0 {
		return want, fault.InvalidParam("$.allowedIps", "is empty, and so the key could be used from nowhere").
			Fix("Leave allowedIps out for a key that may be used from anywhere.")
	}
	var err error
	want.AllowedIPs, err = shop.ParseNetworks("$.allowedIps", a.AllowedIPs)
	return want, err
}

// check requires the key to belong to the agent in the path.
func (a keyArguments) check() error {
	if _, ok := id.ParseKey(string(a.Key)); ok && a.Key.Agent() == a.Agent {
		return nil
	}
	return fault.New(fault.NotFound, "The agent %+q has no key %+q in this account.", a.Agent, a.Key).
		Fix("List the keys of the agent with key_list.")
}

type agentsAnswer struct {
	Agents []agentWire `json:"agents"`
}

type agentAnswer struct {
	Agent agentWire `json:"agent"`
}

type agentWire struct {
	ID        string    `json:"id" jsonschema:"pass it as agentId"`
	Name      string    `json:"name"`
	Sees      shop.Sees `json:"sees" jsonschema:"account: what all agents of the account bought; own: what it bought itself"`
	System    bool      `json:"system" jsonschema:"true for the agent that members buy with"`
	CreatedAt time.Time `json:"createdAt"`
}

func wireOneAgent(a shop.Agent, _ view) agentAnswer { return agentAnswer{wireAgent(a)} }

func wireAgent(a shop.Agent) agentWire {
	return agentWire{string(a.ID), a.Name, a.Sees, a.System, a.CreatedAt}
}

type keysAnswer struct {
	Keys []keyWire `json:"keys"`
}

type revokedAnswer struct {
	Key keyWire `json:"key"`
}

type keyAnswer struct {
	Key    keyWire `json:"key"`
	Secret string  `json:"secret" jsonschema:"the whole key, as ask_live_…; shown only this time"`
}

type keyWire struct {
	ID         string       `json:"id" jsonschema:"pass it as keyId"`
	AgentID    string       `json:"agentId"`
	Name       string       `json:"name"`
	Scopes     []shop.Scope `json:"scopes"`
	AllowedIPs []string     `json:"allowedIps,omitempty" jsonschema:"the networks that it may be used from; absent if it may be used from anywhere"`
	Status     keyStatus    `json:"status"`
	CreatedBy  string       `json:"createdBy,omitempty" jsonschema:"the member who made it; absent for the operator of the store"`
	CreatedAt  time.Time    `json:"createdAt"`
	ExpiresAt  time.Time    `json:"expiresAt,omitzero" jsonschema:"absent for a key that does not end"`
	RevokedAt  time.Time    `json:"revokedAt,omitzero"`
	// The last use is coarse: to the hour, unless the operator says otherwise.
	LastUsedAt   time.Time `json:"lastUsedAt,omitzero" jsonschema:"to the hour; absent if it was never used"`
	LastUsedFrom string    `json:"lastUsedFrom,omitempty" jsonschema:"the address that this use came from"`
	LastUsedFor  string    `json:"lastUsedFor,omitempty" jsonschema:"the operation of this use"`
}

type keyStatus string

const (
	keyGood    keyStatus = "good"
	keyExpired keyStatus = "expired"
	keyRevoked keyStatus = "revoked"
)

func wireKey(c shop.Credential, now time.Time) keyWire {
	status := keyGood
	switch {
	case !c.RevokedAt.IsZero():
		status = keyRevoked
	case !c.Good(now):
		status = keyExpired
	}
	return keyWire{
		string(c.ID), string(c.Agent), c.Name, append([]shop.Scope{}, c.Scopes...), each(c.AllowedIPs, netip.Prefix.String), status,
		string(c.CreatedBy), c.CreatedAt, c.EndsAt(), c.RevokedAt, c.LastUse.At, c.LastUse.Source, c.LastUse.Operation,
	}
}
