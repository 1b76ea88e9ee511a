package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
	"agentstore/pkg/strictjson"
)

const sessions = account + "/sessions"

// SessionList lists the member's own sessions.
func SessionList() Operation {
	return Operation{
		Name: "session_list", Title: "List your sessions",
		Summary:     "List where you are logged in, the most recently used first.",
		Description: "End one that you do not recognize with session_end. The device of a session is what its browser claims to be.",
		Method:      get, Path: sessions,
		Role: shop.RoleViewer, Effect: Reads, Status: http.StatusOK,
		Input: schema.Object(), answers: output[sessionsAnswer],
		call: plain(func(ctx context.Context, s *shop.Shop, caller shop.Caller, _ struct{}) (sessionsAnswer, error) {
			sessions, err := s.People.Sessions(ctx, caller)
			return sessionsAnswer{each(sessions, func(one shop.Session) sessionWire { return wireSession(one, caller) })}, err
		}),
	}
}

// SessionEnd ends one of the member's own sessions.
func SessionEnd() Operation {
	return Operation{
		Name: "session_end", Title: "End a session",
		Summary:     "End one of your sessions at once.",
		Description: "The very next request of that browser is refused. You may end the session that you ask with.",
		Method:      remove, Path: sessions + "/{sessionId}",
		Role: shop.RoleViewer, Effect: Acts, Status: http.StatusOK,
		Input:   schema.Object(schema.Required("sessionId", idSchema("The id of one of your sessions."))),
		answers: output[removedAnswer], Errors: []fault.Code{fault.NotFound},
		call: keeps(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in sessionArguments) (id.Session, error) {
			return in.Session, s.People.EndSession(ctx, caller, in.Session)
		}, wireRemoved),
	}
}

// SessionEndAll ends all of the member's own sessions.
func SessionEndAll() Operation {
	return Operation{
		Name: "session_end_all", Title: "End your sessions",
		Summary:     "End all of your other sessions at once, or this one too.",
		Description: "Use it when somebody else may have one of them.",
		Method:      post, Path: sessions + "/end-all",
		Role: shop.RoleViewer, Effect: Acts, Status: http.StatusOK,
		Input:   schema.Object(schema.Optional("thisToo", schema.Default(schema.Boolean("Ends the session that you ask with, too."), "false"))),
		answers: output[endedAnswer],
		call: keeps(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in endAllArguments) (int, error) {
			return s.People.EndSessions(ctx, caller, in.ThisToo)
		}, func(ended int, _ view) endedAnswer { return endedAnswer{ended} }),
	}
}

// AccountSecuritySet sets what the account requires of its members' logins.
func AccountSecuritySet() Operation {
	return Operation{
		Name: "account_security_set", Title: "Set the security of the account",
		Summary:     "Set whether members must log in with a second factor.",
		Description: "From then on, members who logged in without one get mfa_required for everything in the account. So that you do not lock yourself out, your own login must have used one.",
		Method:      put, Path: account + "/security",
		Role: shop.RoleOwner, FreshLogin: true, Effect: Acts, Status: http.StatusOK,
		Input:   schema.Object(schema.Required("requireMfa", schema.Boolean("Whether a second factor is required."))),
		answers: output[securityAnswer], Replaces: "account_get",
		call: replaces(wireMine, keeps(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in securityWire) (shop.Account, error) {
			return s.People.SetSecurity(ctx, caller, in.RequireMFA, encodeSecurity)
		}, func(a shop.Account, _ view) securityAnswer { return securityAnswer{wireAccount(a)} })),
	}
}

// encodeSecurity encodes the security of an account for the audit trail.
func encodeSecurity(a shop.Account) json.RawMessage {
	text, _ := strictjson.Encode(securityWire{a.RequireMFA}) // a boolean always encodes
	return text
}

type securityWire struct {
	RequireMFA bool `json:"requireMfa"`
}

type securityAnswer struct {
	Account accountWire `json:"account"`
}

type sessionArguments struct {
	Session id.Session `json:"sessionId"`
}

type endAllArguments struct {
	ThisToo bool `json:"thisToo"`
}

type endedAnswer struct {
	Ended int `json:"ended" jsonschema:"how many sessions were ended"`
}

type sessionsAnswer struct {
	Sessions []sessionWire `json:"sessions"`
}

type sessionWire struct {
	ID         string    `json:"id"`
	Current    bool      `json:"current" jsonschema:"whether it is the session that you ask with"`
	Device     string    `json:"device" jsonschema:"what the browser calls itself, as Firefox on Linux"`
	Source     string    `json:"source" jsonschema:"the address that it was used from last"`
	CreatedAt  time.Time `json:"createdAt"`
	LastUsedAt time.Time `json:"lastUsedAt" jsonschema:"to within ten minutes"`
	ExpiresAt  time.Time `json:"expiresAt"`
}

func wireSession(s shop.Session, caller shop.Caller) sessionWire {
	return sessionWire{string(s.ID), s.Hash == caller.Session, s.Device, s.Source, s.CreatedAt, s.SeenAt, s.ExpiresAt}
}
