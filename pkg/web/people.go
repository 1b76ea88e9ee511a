package web

import (
	"net/http"

	"agentstore/pkg/api"
	"agentstore/pkg/fault"
	"agentstore/pkg/shop"
)

// The paths that people open. They stand here because not everything that names
// them may link the pages.
const (
	HomePath       = "/"
	HomePattern    = "/{$}" // of net/http, which takes / for every path
	LoginPath      = shop.LoginPath
	CallbackPath   = "/login/callback"
	LogoutPath     = "/logout"
	SwitchPath     = "/accounts/switch"
	SessionsPath   = "/sessions"
	SessionPath    = "/sessions/{sessionId}"
	InvitationPath = shop.InvitationPath + "{token}"
	ApprovalPath   = shop.ApprovalPath + "{approvalId}"
)

// The pages of an account.
const (
	AssetPath      = "/assets/{file}"
	ThemePath      = "/theme"
	ApprovalsPath  = "/approvals"
	CatalogPath    = "/catalog"
	ItemPath       = "/catalog/{catalogItemId}"
	PricePath      = "/catalog/{catalogItemId}/price"
	QuotePath      = "/quotes/{quoteId}"
	PurchasesPath  = "/purchases"
	PurchasePath   = "/purchases/{purchaseId}"
	ServicesPath   = "/services"
	ServicePath    = "/services/{serviceId}"
	ActPath        = "/services/{serviceId}/do/{action}"
	SeePath        = "/services/{serviceId}/see/{read}"
	CancelPath     = "/services/{serviceId}/cancel"
	RenewalPath    = "/services/{serviceId}/renewal"
	ProtectionPath = "/services/{serviceId}/protection"
	LabelsPath     = "/services/{serviceId}/labels"
	ExtendPath     = "/services/{serviceId}/extend"
	ManyPath       = "/cancellations"
	EndedPath      = "/cancellations/{cancellationId}"
	AgentsPath     = "/agents"
	AgentPath      = "/agents/{agentId}"
	LimitsPath     = "/agents/{agentId}/limits"
	FreezePath     = "/agents/{agentId}/freeze"
	KeysPath       = "/agents/{agentId}/keys"
	KeyPath        = "/agents/{agentId}/keys/{keyId}"
	RotatePath     = "/agents/{agentId}/keys/{keyId}/rotate"
	RevokePath     = "/agents/{agentId}/keys/{keyId}/revoke"
	AllLimitsPath  = "/limits"
	ConnectPath    = "/connect"
	WalletPath     = "/wallet"
	UsagePath      = "/wallet/usage"
	AuditPath      = "/audit"
	MembersPath    = "/members"
	MemberPath     = "/members/{personId}"
	InvitePath     = "/members/invitations"
	UninvitePath   = "/members/invitations/{invitationId}/revoke"
	SettingsPath   = "/settings"
	SSHKeysPath    = "/settings/ssh-keys"
	SSHKeyEndPath  = "/settings/ssh-keys/{sshKeyId}/delete"
	TokensPath     = "/settings/tokens"
	UntokenPath    = "/settings/tokens/{tokenId}/revoke"
)

// PeoplePaths lists the methods that each of them takes, by pattern.
func PeoplePaths() map[string][]string {
	read, write, both := []string{http.MethodGet}, []string{http.MethodPost}, []string{http.MethodGet, http.MethodPost}
	return map[string][]string{
		HomePattern: read, LoginPath: read, CallbackPath: read, LogoutPath: write, SwitchPath: write,
		SessionsPath: both, SessionPath: write, InvitationPath: both, AssetPath: read, ThemePath: write,
		ApprovalsPath: read, ApprovalPath: both,
		CatalogPath: read, ItemPath: both, PricePath: write, QuotePath: both, PurchasesPath: read, PurchasePath: read,
		ServicesPath: read, ServicePath: read, ActPath: both, SeePath: read, CancelPath: both, RenewalPath: write, ProtectionPath: both,
		LabelsPath: write, ExtendPath: write, ManyPath: both, EndedPath: read,
		AgentsPath: both, AgentPath: both, LimitsPath: both, FreezePath: write, KeysPath: both, KeyPath: read, RotatePath: write, RevokePath: write, AllLimitsPath: both,
		ConnectPath: read, WalletPath: read, UsagePath: read, AuditPath: read,
		MembersPath: read, MemberPath: write, InvitePath: write, UninvitePath: write, SettingsPath: both, TokensPath: both, UntokenPath: write, SSHKeysPath: both, SSHKeyEndPath: write,
	}
}

// Sessions tells who comes to the store with a browser.
type Sessions struct {
	Frame
	People *shop.People
}

// Caller is the person who makes a request, by the session in its cookie. It returns
// unauthenticated. Require of the caller checks whether they are a member of an
// account.
func (s Sessions) Caller(r *http.Request, entry *Entry) (shop.Caller, error) {
	caller, err := s.People.Visit(r.Context(), s.Browser(r, entry))
	caller.Origin = s.Origin(r)
	return caller, err
}

// Member is the person as the caller of an operation of members: the one place where
// role, second factor and the age of the login are checked, whether a page asks or
// the API. If they do not suffice, the caller that was refused is returned too. It
// returns unauthenticated, insufficient_role, mfa_required and
// reauthentication_required.
func (s Sessions) Member(r *http.Request, entry *Entry, o api.Operation) (shop.Caller, error) {
	caller, err := s.Caller(r, entry)
	if err != nil {
		return shop.Caller{}, err
	}
	return may(caller, o)
}

// may is the person as the caller of an operation, if they may carry it out.
func may(caller shop.Caller, o api.Operation) (shop.Caller, error) {
	caller, err := caller.For(o.Role)
	if err == nil && o.FreshLogin {
		err = caller.RequireFresh()
	}
	return caller, err
}

// Browser is what a request says about the browser that makes it.
func (s Sessions) Browser(r *http.Request, entry *Entry) shop.Browser {
	return shop.Browser{Token: s.Session(r), UserAgent: r.UserAgent(), RequestID: entry.RequestID, Source: Source(r)}
}

// Session is the token of the session that a request carries.
func (s Sessions) Session(r *http.Request) string { return s.Cookie(r, SessionCookie) }

// SameOrigin returns origin_not_allowed if a page of another site has made a request
// that may change something (net/http.CrossOriginProtection). The cookie would come
// with it, so every route that relies on one calls this.
func (f Frame) SameOrigin(r *http.Request) error {
	protection := http.NewCrossOriginProtection()
	if f.PublicURL != "" {
		// Behind a proxy the store's own pages have a different origin than the Host says.
		if err := protection.AddTrustedOrigin(f.PublicURL); err != nil {
			return err
		}
	}
	if err := protection.Check(r); err != nil {
		return fault.Wrap(fault.OriginNotAllowed, err, "Another site's page has sent this request.").
			Fix("Open the store itself, and try again there.")
	}
	return nil
}
