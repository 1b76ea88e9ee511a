// Package dashboard has the pages for people: they see what their agents do, quote, buy
// and operate services, answer approvals, and say what each agent may spend.
//
// Every page works without scripts, which only keep it up to date. Everything that
// changes something is a form, is accepted only from the store's own pages, and is
// carried out by the operation of the API for members that does the same.
package dashboard

//go:generate go tool templ generate -log-level error
//go:generate sh shorten

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"agentstore/pkg/product"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// Site is the store as people see it.
type Site struct {
	web.Sessions
	Shop *shop.Shop
	// Shelf is what the shop sells, with the texts of its products.
	Shelf product.Shelf
	Login Login

	words func() map[string]product.Words
	// forms are the pages that have a form, by their patterns.
	forms map[string]web.Handler
}

// Login is how people prove who they are, at an issuer elsewhere. Begin is nil
// where the store has none.
type Login struct {
	// Begin starts a login that ends at the redirect address. With a maxAge the issuer
	// must have checked recently who it is. The browser opens the address that it
	// returns, and keeps the attempt until then, for Lifetime at most.
	Begin func(ctx context.Context, redirect, target string, maxAge time.Duration) (address, attempt string, err error)
	// Finish reads the issuer's answer, and tells who it is and where they were going.
	// It also tells who it is with reauthentication_required, which refuses a login
	// that is older than was asked for.
	Finish   func(ctx context.Context, redirect, attempt string, answer url.Values) (shop.Identity, string, error)
	Lifetime time.Duration
}

// Routes are all pages, and the actions of their forms.
func Routes(s Site) []web.Route {
	s.words, s.forms = wordsOnce(s.Shelf), make(map[string]web.Handler)
	get := func(path, name string, h web.Handler) web.Route {
		s.forms[path] = h
		return web.Route{Method: http.MethodGet, Path: path, Handler: s.page(name, h)}
	}
	post := func(path, name string, h web.Handler) web.Route {
		return web.Route{Method: http.MethodPost, Path: path, Handler: s.page(name, h)}
	}
	return []web.Route{
		get(web.HomePattern, "home", s.home),
		get(web.LoginPath, "login", s.login),
		get(web.CallbackPath, "login_callback", s.callback),
		post(web.LogoutPath, "logout", s.logout),
		post(web.SwitchPath, "account_switch", s.switchAccount),
		get(web.SessionsPath, "sessions", s.sessions),
		post(web.SessionsPath, "session_end_all", s.endSessions),
		post(web.SessionPath, "session_end", s.endSession),
		get(web.InvitationPath, "invitation", s.invitation),
		post(web.InvitationPath, "invitation_accept", s.accept),
		get(web.AssetPath, "asset", s.asset),
		post(web.ThemePath, "theme", s.setTheme),

		get(web.ApprovalsPath, "approvals", s.approvals),
		get(web.ApprovalPath, "approval", s.approval),
		post(web.ApprovalPath, "approval_decide", s.decide),

		get(web.CatalogPath, "catalog", s.catalog),
		get(web.ItemPath, "item", s.item),
		post(web.ItemPath, "item_quote", s.quote),
		post(web.PricePath, "item_price", s.price),
		get(web.QuotePath, "quote", s.offer),
		post(web.QuotePath, "quote_buy", s.buy),
		get(web.PurchasesPath, "purchases", s.purchases),
		get(web.PurchasePath, "purchase", s.purchase),

		get(web.ServicesPath, "services", s.services),
		get(web.ServicePath, "service", s.service),
		get(web.ActPath, "action", s.act),
		post(web.ActPath, "action_begin", s.begin),
		get(web.SeePath, "see", s.sight),
		get(web.CancelPath, "cancel", s.cancel),
		post(web.CancelPath, "cancel_service", s.end),
		post(web.RenewalPath, "renewal", s.renew),
		post(web.LabelsPath, "labels", s.relabel),
		post(web.ExtendPath, "extend", s.extend),
		get(web.ManyPath, "cancellations", s.many),
		post(web.ManyPath, "cancel_many", s.endMany),
		get(web.EndedPath, "cancellation", s.ended),
		get(web.ProtectionPath, "protection", s.guard),
		post(web.ProtectionPath, "protection_change", s.setGuard),

		get(web.AgentsPath, "agents", s.agents),
		post(web.AgentsPath, "agent_make", s.makeAgent),
		get(web.AgentPath, "agent", s.agent),
		post(web.AgentPath, "agent_rename", s.renameAgent),
		get(web.LimitsPath, "limits", s.limits),
		post(web.LimitsPath, "limits_set", s.setLimits),
		post(web.FreezePath, "agent_freeze", s.freeze),
		get(web.AllLimitsPath, "account_limits", s.limits),
		post(web.AllLimitsPath, "account_limits_set", s.setLimits),
		get(web.KeysPath, "key_form", s.keyForm),
		post(web.KeysPath, "key_make", s.makeKey),
		get(web.KeyPath, "key", s.key),
		post(web.RotatePath, "key_rotation", s.rotateKey),
		post(web.RevokePath, "key_end", s.revokeKey),
		get(web.ConnectPath, "connect", s.connect),

		get(web.WalletPath, "wallet", s.wallet),
		get(web.UsagePath, "usage", s.usage),
		get(web.AuditPath, "audit", s.audit),
		get(web.MembersPath, "members", s.members),
		post(web.MemberPath, "member_change", s.changeMember),
		post(web.InvitePath, "invite", s.invite),
		get(web.SSHKeysPath, "ssh_keys", s.sshKeys),
		post(web.SSHKeysPath, "ssh_key_add", s.addSSHKey),
		post(web.SSHKeyEndPath, "ssh_key_end", s.deleteSSHKey),
		post(web.UninvitePath, "uninvite", s.uninvite),
		get(web.SettingsPath, "settings", s.settings),
		post(web.SettingsPath, "settings_set", s.setSettings),
		get(web.TokensPath, "tokens", s.tokens),
		post(web.TokensPath, "token_make", s.makeToken),
		post(web.UntokenPath, "token_end", s.revokeToken),
	}
}
