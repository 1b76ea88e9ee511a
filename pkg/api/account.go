package api

import (
	"context"
	"net/http"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/product"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
)

const (
	put     = http.MethodPut
	remove  = http.MethodDelete
	account = "/v1/account"
)

// AccountOperations is the table of what members do in a store that sells what is on
// the shelf. They show a session instead of a key, and need a role instead of a scope.
func AccountOperations(shelf product.Shelf) []Operation {
	return onShelf(append(members(shelf), AuditList(shelf)), shelf)
}

// members are the operations besides audit_list, which names them.
func members(shelf product.Shelf) []Operation {
	table := []Operation{
		AccountGet(), AccountSecuritySet(),
		SessionList(), SessionEnd(), SessionEndAll(),
		TokenList(), TokenRevoke(),
		MemberList(), MemberUpdate(), MemberRemove(),
		InvitationList(), InvitationCreate(), InvitationRevoke(),
		AgentList(), AgentCreate(), AgentUpdate(),
		KeyList(), KeyRequestList(), KeyCreate(shelf), KeyRotate(), KeyRevoke(),
		PolicyGet(shelf), PolicySet(shelf), AgentPolicyGet(shelf), AgentPolicySet(shelf),
		AccountWalletGet(), AccountUsageGet(), LedgerList(),
		ApprovalList(), ApprovalGet(), ApprovalApprove(), ApprovalDeny(), ApprovalDenyAll(),
		AccountServiceList(), AccountServiceGet(), AccountActionList(), AccountActionGet(), ProtectionSet(shelf),
		AccountServiceRenewalSet(), AccountServiceExtend(), AccountServiceCancelPreview(), AccountServiceCancel(), AccountServiceLabelsSet(),
		AccountServiceCancelManyPreview(), AccountServiceCancelMany(), AccountServiceCancelManyGet(),
		AccountQuoteCreate(), AccountQuoteGet(), AccountPurchaseCreate(), AccountPurchaseList(), AccountPurchaseGet(),
		AccountSSHKeyCreate(), AccountSSHKeyList(), AccountSSHKeyDelete(),
	}
	for _, p := range shelf {
		table = append(table, accountProduct(p)...)
	}
	table = append(table, ofPeople(shelf, AccountPersonalGet(), AccountPersonalErase())...)
	return append(table, TokenCreate(tokenScopes(table)))
}

// All is both tables.
func All(shelf product.Shelf) []Operation {
	return append(Operations(shelf), AccountOperations(shelf)...)
}

// AccountGet reads the account, and the member's role in it.
func AccountGet() Operation {
	return Operation{
		Name: "account_get", Title: "Get the account",
		Summary:     "Read the account, and your role in it.",
		Description: "Use it to find out whether somebody is logged in, and with which role.",
		Method:      get, Path: account,
		Role: shop.RoleViewer, TokenScope: shop.ScopeAccountRead, Effect: Reads, Status: http.StatusOK,
		Input: schema.Object(), answers: output[accountAnswer],
		call: plain(func(ctx context.Context, s *shop.Shop, caller shop.Caller, _ struct{}) (accountAnswer, error) {
			a, err := s.People.Store.Account(ctx, caller.Account)
			return wireMine(a, viewBy(s, caller)), err
		}),
	}
}

// MemberList lists the members.
func MemberList() Operation {
	return Operation{
		Name: "member_list", Title: "List members",
		Summary:     "List the members of the account, in the order in which they joined.",
		Description: "Owners decide about money, agents and members; operators buy and run services; viewers see everything.",
		Method:      get, Path: account + "/members",
		Role: shop.RoleViewer, TokenScope: shop.ScopeAccountRead, Effect: Reads, Status: http.StatusOK,
		Input: schema.Object(), answers: output[membersAnswer],
		call: plain(func(ctx context.Context, s *shop.Shop, caller shop.Caller, _ struct{}) (membersAnswer, error) {
			members, err := s.People.Members(ctx, caller)
			return membersAnswer{each(members, wireMember)}, err
		}),
	}
}

// MemberUpdate gives a member another role.
func MemberUpdate() Operation {
	return Operation{
		Name: "member_update", Title: "Change a role",
		Summary:     "Give a member another role.",
		Description: "The last owner of an account remains one.",
		Method:      put, Path: account + "/members/{personId}",
		Role: shop.RoleOwner, TokenScope: shop.ScopeMembersWrite, FreshLogin: true, Effect: Acts, Status: http.StatusOK,
		Input: schema.Object(
			schema.Required("personId", idSchema("The id of a member.")),
			schema.Required("role", roleSchema()),
		),
		answers: output[memberAnswer], Errors: []fault.Code{fault.NotFound, fault.LastOwner},
		call: keeps(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in memberArguments) (shop.Member, error) {
			return s.People.SetRole(ctx, caller, in.Person, in.Role)
		}, func(m shop.Member, _ view) memberAnswer { return memberAnswer{wireMember(m)} }),
	}
}

// MemberRemove ends a membership.
func MemberRemove() Operation {
	return Operation{
		Name: "member_remove", Title: "Remove a member",
		Summary:     "End a membership at once.",
		Description: "The person's very next request is refused. The last owner of an account cannot be removed.",
		Method:      remove, Path: account + "/members/{personId}",
		Role: shop.RoleOwner, TokenScope: shop.ScopeMembersWrite, FreshLogin: true, Effect: Acts, Status: http.StatusOK,
		Input:   schema.Object(schema.Required("personId", idSchema("The id of a member."))),
		answers: output[removedAnswer], Errors: []fault.Code{fault.NotFound, fault.LastOwner},
		call: keeps(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in memberArguments) (id.Person, error) {
			return in.Person, s.People.Remove(ctx, caller, in.Person)
		}, wireRemoved),
	}
}

// InvitationList lists the open invitations.
func InvitationList() Operation {
	return Operation{
		Name: "invitation_list", Title: "List invitations",
		Summary:     "List the open invitations of the account, the newest first.",
		Description: "An invitation ends when it is accepted, revoked or seven days old.",
		Method:      get, Path: account + "/invitations",
		Role: shop.RoleOwner, TokenScope: shop.ScopeAccountRead, Effect: Reads, Status: http.StatusOK,
		Input: schema.Object(), answers: output[invitationsAnswer],
		call: plain(func(ctx context.Context, s *shop.Shop, caller shop.Caller, _ struct{}) (invitationsAnswer, error) {
			invitations, err := s.People.Invitations(ctx, caller)
			return invitationsAnswer{each(invitations, wireInvitation)}, err
		}),
	}
}

// InvitationCreate invites somebody.
func InvitationCreate() Operation {
	return Operation{
		Name: "invitation_create", Title: "Invite a member",
		Summary:     "Invite somebody to become a member.",
		Description: "The link is shown only in this answer: send it to them. They must log in with that email address, and it must be verified.",
		Method:      post, Path: account + "/invitations",
		Role: shop.RoleOwner, TokenScope: shop.ScopeMembersWrite, FreshLogin: true, Effect: Creates, Status: http.StatusCreated,
		Input: schema.Object(
			schema.Required("email", schema.Email("The address that they log in with.")),
			schema.Required("role", roleSchema()),
		),
		answers: output[invitedAnswer], Errors: []fault.Code{fault.SecretShown},
		call: shows(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in inviteArguments) (invitedAnswer, error) {
			i, link, err := s.People.Invite(ctx, caller, in.Email, in.Role)
			return invitedAnswer{wireInvitation(i), link}, err
		}),
	}
}

// InvitationRevoke withdraws an invitation.
func InvitationRevoke() Operation {
	return Operation{
		Name: "invitation_revoke", Title: "Revoke an invitation",
		Summary:     "Withdraw an open invitation.",
		Description: "Its link no longer works.",
		Method:      remove, Path: account + "/invitations/{invitationId}",
		Role: shop.RoleOwner, TokenScope: shop.ScopeMembersWrite, FreshLogin: true, Effect: Acts, Status: http.StatusOK,
		Input:   schema.Object(schema.Required("invitationId", idSchema("The id of an invitation."))),
		answers: output[removedAnswer], Errors: []fault.Code{fault.NotFound},
		call: keeps(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in invitationArguments) (id.Invitation, error) {
			return in.Invitation, s.People.Revoke(ctx, caller, in.Invitation)
		}, wireRemoved),
	}
}

func roleSchema() *schema.Schema {
	return schema.Enum("owner, operator or viewer.", string(shop.RoleOwner), string(shop.RoleOperator), string(shop.RoleViewer))
}

type memberArguments struct {
	Person id.Person `json:"personId"`
	Role   shop.Role `json:"role"`
}

type inviteArguments struct {
	Email string    `json:"email"`
	Role  shop.Role `json:"role"`
}

type invitationArguments struct {
	Invitation id.Invitation `json:"invitationId"`
}

type accountAnswer struct {
	Account accountWire `json:"account"`
	Me      meWire      `json:"me"`
}

type accountWire struct {
	ID              string    `json:"id"`
	Name            string    `json:"name"`
	CheckoutAgentID string    `json:"checkoutAgentId" jsonschema:"the agent that members buy with"`
	RequireMFA      bool      `json:"requireMfa" jsonschema:"whether members must log in with a second factor"`
	CreatedAt       time.Time `json:"createdAt"`
}

func wireAccount(a shop.Account) accountWire {
	return accountWire{string(a.ID), a.Name, string(a.Checkout), a.RequireMFA, a.CreatedAt}
}

// wireMine is the account as its caller sees it.
func wireMine(a shop.Account, v view) accountAnswer {
	return accountAnswer{wireAccount(a), meWire{string(v.caller.Person), v.caller.Role}}
}

type meWire struct {
	PersonID string    `json:"personId"`
	Role     shop.Role `json:"role"`
}

type membersAnswer struct {
	Members []memberWire `json:"members"`
}

type memberAnswer struct {
	Member memberWire `json:"member"`
}

type memberWire struct {
	PersonID  string    `json:"personId"`
	Name      string    `json:"name"`
	Email     string    `json:"email"`
	Role      shop.Role `json:"role"`
	CreatedAt time.Time `json:"createdAt"`
}

func wireMember(m shop.Member) memberWire {
	return memberWire{string(m.Person), m.Name, m.Email, m.Role, m.CreatedAt}
}

type removedAnswer struct {
	ID string `json:"id"`
}

func wireRemoved[ID ~string](removed ID, _ view) removedAnswer { return removedAnswer{string(removed)} }

type invitationsAnswer struct {
	Invitations []invitationWire `json:"invitations"`
}

type invitedAnswer struct {
	Invitation invitationWire `json:"invitation"`
	Link       string         `json:"link" jsonschema:"shown only this time"`
}

type invitationWire struct {
	ID        string    `json:"id"`
	Email     string    `json:"email"`
	Role      shop.Role `json:"role"`
	CreatedAt time.Time `json:"createdAt"`
	ExpiresAt time.Time `json:"expiresAt"`
}

func wireInvitation(i shop.Invitation) invitationWire {
	return invitationWire{string(i.ID), i.Email, i.Role, i.CreatedAt, i.ExpiresAt}
}
