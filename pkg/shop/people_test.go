package shop_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
)

const issuerURL = "https://issuer.example.com"

func identity(name string) shop.Identity {
	return shop.Identity{
		Issuer: issuerURL, Subject: "subject of " + name, Name: name,
		Email: strings.ToLower(name) + "@example.com", EmailVerified: true,
	}
}

// loggedIn is somebody who has just logged in.
func loggedIn(t *testing.T, s *storetest.Store, name string) shop.Caller {
	t.Helper()
	_, token, err := s.People.SignIn(t.Context(), identity(name), shop.Browser{})
	expectOK(t, err)
	return visit(t, s, token)
}

func visit(t *testing.T, s *storetest.Store, token string) shop.Caller {
	t.Helper()
	v, err := s.People.Visit(t.Context(), shop.Browser{Token: token})
	expectOK(t, err)
	v.Origin = s.URL
	return v
}

// joined is somebody who has become a member of the owner's account.
func joined(t *testing.T, s *storetest.Store, owner shop.Caller, name string, role shop.Role) shop.Caller {
	t.Helper()
	_, token, err := s.People.SignIn(t.Context(), identity(name), shop.Browser{})
	expectOK(t, err)
	s.Clock.Advance(time.Millisecond) // so that their own account is the older one
	account, err := s.People.Accept(t.Context(), visit(t, s, token), invite(t, s, owner, identity(name).Email, role))
	expectOK(t, err)
	expectOK(t, s.People.Switch(t.Context(), shop.Browser{Token: token}, account))
	return visit(t, s, token)
}

// invite makes an invitation and returns its token.
func invite(t *testing.T, s *storetest.Store, owner shop.Caller, email string, role shop.Role) string {
	t.Helper()
	_, link, err := s.People.Invite(t.Context(), owner, email, role)
	expectOK(t, err)
	token, found := strings.CutPrefix(link, s.URL+"/invitations/")
	if !found || len(token) < 43 {
		t.Fatalf("the link of the invitation is %q", link)
	}
	return token
}

func expectFault(t *testing.T, what string, err error, code fault.Code) {
	t.Helper()
	if !fault.Is(err, code) {
		t.Errorf("%s: %v, want %s", what, err, code)
	}
}

func owners(t *testing.T, s *storetest.Store, account id.Account) []id.Person {
	t.Helper()
	members, err := s.Table.Members(t.Context(), account)
	expectOK(t, err)
	var owners []id.Person
	for _, m := range members {
		if m.Role == shop.RoleOwner {
			owners = append(owners, m.Person)
		}
	}
	return owners
}

func TestFirstLoginMakesAnAccount(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{DemoCredit: money.Money{Minor: 5000, Currency: "eur"}})
	now := s.Clock.Now()
	v := loggedIn(t, s, "Ada")
	expectSame(t, "role", v.Role, shop.RoleOwner)

	account, err := s.Table.Account(t.Context(), v.Account)
	expectOK(t, err)
	expectSame(t, "account", account, shop.Account{ID: v.Account, Version: 1, Name: "Ada", Checkout: account.Checkout, CreatedAt: now})
	agent, err := s.Table.Agent(t.Context(), account.Checkout)
	expectOK(t, err)
	expectSame(t, "checkout", agent, shop.Agent{
		ID: account.Checkout, Account: v.Account, Version: 1, Name: "Checkout", Sees: shop.SeesAccount, System: true, CreatedAt: now,
	})
	ledger, err := s.Table.Ledger(t.Context(), v.Account)
	expectOK(t, err)
	credit := money.Money{Minor: 5000, Currency: "eur"}
	expectSame(t, "ledger", ledger, []shop.Entry{{
		Account: v.Account, Number: 1, Kind: shop.EntryFunding, Cause: "funding:demo",
		Amount: credit, Balance: credit, Note: "Demo credit", At: now,
	}})
	overview, err := s.People.Overview(t.Context(), v)
	expectOK(t, err)
	expectSame(t, "overview", overview, shop.Overview{
		Account: account, Accounts: []shop.AccountRole{{Account: account, Role: shop.RoleOwner}},
		Wallet: shop.Wallet{Account: v.Account, Version: 1, Balance: credit, UpdatedAt: now},
	})

	again := loggedIn(t, s, "Ada")
	v.Session = again.Session
	expectSame(t, "the second login", again, v)
}

func TestNoCreditWithoutTheOperator(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	v := loggedIn(t, s, "Ada")
	ledger, err := s.Table.Ledger(t.Context(), v.Account)
	expectOK(t, err)
	expectSame(t, "entries", len(ledger), 0)
}

// However many first logins of one identity happen at once, they are one person
// with one account and one credit.
func TestFirstLoginRace(t *testing.T) {
	t.Parallel()
	const logins = 64
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s := storetest.New(t, engine, storetest.Options{DemoCredit: money.Money{Minor: 100, Currency: "usd"}})
		var people [logins]shop.Person
		var done sync.WaitGroup
		for i := range logins {
			done.Go(func() {
				var err error
				people[i], _, err = s.People.SignIn(t.Context(), identity("Ada"), shop.Browser{})
				if err != nil {
					t.Error(err)
				}
			})
		}
		done.Wait()
		for _, person := range people {
			expectSame(t, "person", person.ID, people[0].ID)
		}
		memberships, err := s.Table.Memberships(t.Context(), people[0].ID)
		expectOK(t, err)
		expectSame(t, "memberships", len(memberships), 1)
		w, err := s.Table.Wallet(t.Context(), memberships[0].Account)
		expectOK(t, err)
		expectSame(t, "balance", w.Balance.Minor, 100)
		accounts, err := s.Table.Accounts(t.Context())
		expectOK(t, err)
		expectSame(t, "accounts with a wallet", len(accounts), 2) // and the one of the store's agent
	})
}

// An address is nobody's identity: who has the address of another at another
// issuer is another person.
func TestIdentityIsIssuerAndSubject(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	ada := loggedIn(t, s, "Ada")
	for _, who := range []shop.Identity{
		{Issuer: "https://other.example.com", Subject: identity("Ada").Subject, Email: ada.Email, EmailVerified: true},
		{Issuer: issuerURL, Subject: "another", Email: ada.Email, EmailVerified: true},
	} {
		other, _, err := s.People.SignIn(t.Context(), who, shop.Browser{})
		expectOK(t, err)
		if other.ID == ada.Person {
			t.Errorf("%+v is taken for Ada", who)
		}
	}
	for _, nobody := range []shop.Identity{{Issuer: issuerURL}, {Subject: "x"}} {
		if _, _, err := s.People.SignIn(t.Context(), nobody, shop.Browser{}); err == nil {
			t.Errorf("%+v has logged in", nobody)
		}
	}
}

// What the issuer says at the last login is what everybody sees.
func TestLoginBringsNews(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	owner := loggedIn(t, s, "Ada")
	bob := joined(t, s, owner, "Bob", shop.RoleViewer)
	tests := []struct{ who, want shop.Identity }{
		{shop.Identity{Name: "Robert", Email: "Rob@Example.COM", EmailVerified: true}, shop.Identity{Name: "Robert", Email: "rob@example.com"}},
		{shop.Identity{Name: "Robert", Email: "rob@example.com"}, shop.Identity{Name: "Robert"}},
		{shop.Identity{Email: "no address", EmailVerified: true}, shop.Identity{Name: "Somebody"}},
		{shop.Identity{Name: strings.Repeat("ü", 150)}, shop.Identity{Name: strings.Repeat("ü", 100)}},
		{shop.Identity{Name: " A\x00da\u202e\nLovelace\u2066 "}, shop.Identity{Name: "Ada Lovelace"}},
		{shop.Identity{Name: "\u202e\u200b", Email: "bob@example.com", EmailVerified: true}, shop.Identity{Name: "bob@example.com", Email: "bob@example.com"}},
		{shop.Identity{Name: "Zoe\u0308", Email: "zoe\u0308@example.com", EmailVerified: true}, shop.Identity{Name: "Zo\u00eb"}}, // might be another's address
		{shop.Identity{Name: "Bob", Email: "bob\u202e@example.com", EmailVerified: true}, shop.Identity{Name: "Bob"}},
	}
	for _, test := range tests {
		test.who.Issuer, test.who.Subject = issuerURL, identity("Bob").Subject
		_, token, err := s.People.SignIn(t.Context(), test.who, shop.Browser{})
		expectOK(t, err)
		v := visit(t, s, token)
		expectSame(t, "caller", shop.Identity{Name: v.Name, Email: v.Email}, test.want)
		expectSame(t, "person", v.Person, bob.Person)
		m, err := s.Table.Member(t.Context(), owner.Account, bob.Person)
		expectOK(t, err)
		expectSame(t, "member", shop.Identity{Name: m.Name, Email: m.Email}, test.want)
	}
}

func TestRoles(t *testing.T) {
	t.Parallel()
	order := []shop.Role{shop.RoleOwner, shop.RoleOperator, shop.RoleViewer}
	expectSame(t, "roles", shop.Roles(), order)
	for i, have := range order {
		for j, need := range order {
			v := shop.Caller{Role: have}
			if got := have.AtLeast(need); got != (i <= j) || (v.Require(need) == nil) != got {
				t.Errorf("%s is at least %s: %t", have, need, got)
			}
		}
		for _, none := range []shop.Role{"", "admin"} {
			if none.AtLeast(have) || have.AtLeast(none) {
				t.Errorf("%q and %s compare", none, have)
			}
		}
	}
	err := fault.From(shop.Caller{Role: shop.RoleViewer}.Require(shop.RoleOwner))
	expectFault(t, "a viewer", err, fault.InsufficientRole)
	expectSame(t, "needed", fmt.Sprint(err.Extra["neededRole"]), "owner")
}

// Each change needs its role, when it is written and not only when it is asked for.
func TestMembersNeedRoles(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	owner := loggedIn(t, s, "Ada")
	operator := joined(t, s, owner, "Bob", shop.RoleOperator)
	viewer := joined(t, s, owner, "Eve", shop.RoleViewer)
	pending, _, err := s.People.Invite(t.Context(), owner, "dan@example.com", shop.RoleViewer)
	expectOK(t, err)
	stranger := loggedIn(t, s, "Mallory")
	stranger.Account = owner.Account // as a stale session would have it

	changes := map[string]func(shop.Caller) error{
		"set a role": func(v shop.Caller) error {
			_, err := s.People.SetRole(t.Context(), v, viewer.Person, shop.RoleOperator)
			return err
		},
		"remove": func(v shop.Caller) error { return s.People.Remove(t.Context(), v, viewer.Person) },
		"invite": func(v shop.Caller) error {
			_, _, err := s.People.Invite(t.Context(), v, "x@example.com", shop.RoleViewer)
			return err
		},
		"revoke": func(v shop.Caller) error { return s.People.Revoke(t.Context(), v, pending.ID) },
	}
	for name, change := range changes {
		for _, v := range []shop.Caller{operator, viewer, stranger, {}} {
			expectFault(t, name, change(v), fault.InsufficientRole)
			v.Role, v.Account = shop.RoleOwner, owner.Account // as it was before a demotion
			expectFault(t, name+" with an old role", change(v), fault.InsufficientRole)
		}
	}
	for _, v := range []shop.Caller{operator, viewer} {
		members, err := s.People.Members(t.Context(), v)
		expectOK(t, err)
		expectSame(t, "members", len(members), 3)
		_, err = s.People.Invitations(t.Context(), v)
		expectFault(t, "invitations", err, fault.InsufficientRole)
	}
	_, err = s.People.Members(t.Context(), shop.Caller{Account: owner.Account})
	expectFault(t, "members", err, fault.InsufficientRole)
	for name, change := range changes {
		if err := change(owner); err != nil && name != "set a role" { // who may be removed by then
			t.Errorf("%s by the owner: %v", name, err)
		}
	}
}

// A member who is removed is out at once, and can come back by an invitation.
func TestRemovedMemberIsOut(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	owner := loggedIn(t, s, "Ada")
	bob := joined(t, s, owner, "Bob", shop.RoleOwner)
	_, token, err := s.People.SignIn(t.Context(), identity("Bob"), shop.Browser{})
	expectOK(t, err)
	expectOK(t, s.People.Switch(t.Context(), shop.Browser{Token: token}, owner.Account))

	expectOK(t, s.People.Remove(t.Context(), owner, bob.Person))
	v := visit(t, s, token)
	expectSame(t, "account and role", v.Account+id.Account(v.Role), "")
	expectFault(t, "require", v.Require(shop.RoleViewer), fault.InsufficientRole)
	expectFault(t, "switch back", s.People.Switch(t.Context(), shop.Browser{Token: token}, owner.Account), fault.NotFound)
	expectFault(t, "remove again", s.People.Remove(t.Context(), owner, bob.Person), fault.NotFound)
	m, err := s.Table.Member(t.Context(), owner.Account, bob.Person)
	expectOK(t, err)
	expectSame(t, "what is left", shop.Identity{Name: m.Name, Email: m.Email}, shop.Identity{})

	_, err = s.People.Accept(t.Context(), v, invite(t, s, owner, bob.Email, shop.RoleViewer))
	expectOK(t, err)
	expectSame(t, "role", visit(t, s, token).Role, shop.RoleViewer)
	expectSame(t, "owners", owners(t, s, owner.Account), []id.Person{owner.Person})
}

// An account always has an owner, whatever its owners do to it and each other.
func TestLastOwnerStays(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	owner := loggedIn(t, s, "Ada")
	viewer := joined(t, s, owner, "Eve", shop.RoleViewer)
	demote := func(v shop.Caller) error {
		_, err := s.People.SetRole(t.Context(), v, v.Person, shop.RoleViewer)
		return err
	}
	expectFault(t, "leave", s.People.Leave(t.Context(), owner), fault.LastOwner)
	expectFault(t, "remove", s.People.Remove(t.Context(), owner, owner.Person), fault.LastOwner)
	expectFault(t, "demote", demote(owner), fault.LastOwner)
	_, err := s.People.SetRole(t.Context(), owner, viewer.Person, "king")
	expectFault(t, "no role", err, fault.InvalidInput)
	_, err = s.People.SetRole(t.Context(), owner, viewer.Person, "")
	expectFault(t, "an empty role", err, fault.InvalidInput)

	m, err := s.People.SetRole(t.Context(), owner, viewer.Person, shop.RoleOwner)
	expectOK(t, err)
	expectSame(t, "role", m.Role, shop.RoleOwner)
	expectOK(t, s.People.Leave(t.Context(), owner))
	expectSame(t, "owners", owners(t, s, owner.Account), []id.Person{viewer.Person})
}

// The other owner leaves just before the account is read: whoever had read the
// members before that would count an owner who is none.
func TestLastOwnerIsCountedAfterTheAccount(t *testing.T) {
	t.Parallel()
	faults := &dynamotest.Faults{}
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{Client: []func(*dynamodb.Options){faults.Inject}})
	owner := loggedIn(t, s, "Ada")
	other := joined(t, s, owner, "Bob", shop.RoleOwner)
	beside := *s.People
	beside.Store = s.Table
	var once sync.Once
	var err error
	faults.Before = func(_ string, input any) error {
		if sortKey(input) == "ACCOUNT" {
			once.Do(func() { err = beside.Leave(t.Context(), other) })
		}
		return err
	}
	expectFault(t, "leave", s.People.Leave(t.Context(), owner), fault.LastOwner)
	expectSame(t, "owners", owners(t, s, owner.Account), []id.Person{owner.Person})
}

// All owners go at once, in all ways there are: one stays.
func TestLastOwnerRace(t *testing.T) {
	t.Parallel()
	ways := map[string]func(*testing.T, *shop.People, shop.Caller, shop.Caller) error{
		"each leaves": func(t *testing.T, p *shop.People, v, _ shop.Caller) error { return p.Leave(t.Context(), v) },
		"each removes the next": func(t *testing.T, p *shop.People, v, next shop.Caller) error {
			return p.Remove(t.Context(), v, next.Person)
		},
		"each demotes the next": func(t *testing.T, p *shop.People, v, next shop.Caller) error {
			_, err := p.SetRole(t.Context(), v, next.Person, shop.RoleOperator)
			return err
		},
	}
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s := storetest.New(t, engine, storetest.Options{})
		for name, way := range ways {
			for _, n := range []int{2, 2, 2, 5} {
				all := []shop.Caller{loggedIn(t, s, fmt.Sprint("Ada", s.Shop.IDs.ULID()))}
				for len(all) < n {
					all = append(all, joined(t, s, all[0], fmt.Sprint("Bob", s.Shop.IDs.ULID()), shop.RoleOwner))
				}
				var done sync.WaitGroup
				for i, v := range all {
					done.Go(func() {
						err := way(t, s.People, v, all[(i+1)%n])
						if err != nil && !fault.Is(err, fault.LastOwner) && !fault.Is(err, fault.InsufficientRole) && !fault.Is(err, fault.NotFound) {
							t.Errorf("%s: %v", name, err)
						}
					})
				}
				done.Wait()
				if left := owners(t, s, all[0].Account); len(left) == 0 || len(left) == n {
					t.Errorf("%s: of %d owners %d are left", name, n, len(left))
				}
			}
		}
	})
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	owner := loggedIn(t, s, "Ada")
	for _, bad := range []string{"", "bob", "@example.com", "bob@", "a@b@c", "bob @example.com", "Bob <bob@example.com>", "a,b@example.com", "bob\u202e@example.com", "bob\u3000@example.com", "zoe\u0308@example.com", "bob.\u212a@example.com", strings.Repeat("x", 250) + "@x.de"} {
		_, _, err := s.People.Invite(t.Context(), owner, bad, shop.RoleViewer)
		expectFault(t, bad, err, fault.InvalidInput)
	}
	_, _, err := s.People.Invite(t.Context(), owner, "bob@example.com", "king")
	expectFault(t, "no role", err, fault.InvalidInput)
	i, _, err := s.People.Invite(t.Context(), owner, " Bob.\u0130@Example.COM ", shop.RoleViewer) // the dotted I is no i
	expectOK(t, err)
	expectSame(t, "address", i.Email, "bob.\u0130@example.com")
	open, err := s.People.Invitations(t.Context(), owner)
	expectOK(t, err)
	expectSame(t, "invitations", slices.Collect(func(yield func(id.Invitation) bool) {
		for _, i := range open {
			yield(i.ID)
		}
	}), []id.Invitation{i.ID})
}

// Of those who log in first at a store for trying out, one owns the account of the agent
// that is there already, with what it holds, and the others own accounts of their own.
func TestFirstOwnsTheDemo(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	s.People.Demo, s.People.DemoCredit = s.Agent, money.Money{Minor: 500, Currency: "usd"}
	before, err := s.Table.Wallet(t.Context(), s.Agent.Account())
	if err != nil {
		t.Fatal(err)
	}
	const crowd = 4
	accounts := make([]id.Account, crowd)
	var together sync.WaitGroup
	for i := range crowd {
		together.Go(func() {
			_, token, err := s.People.SignIn(t.Context(), identity(fmt.Sprint("person ", i)), shop.Browser{})
			if err != nil {
				t.Error(err)
				return
			}
			caller, err := s.People.Visit(t.Context(), shop.Browser{Token: token})
			if err != nil || caller.Role != shop.RoleOwner {
				t.Errorf("%+v, %v", caller, err)
			}
			accounts[i] = caller.Account
		})
	}
	together.Wait()
	owners := 0
	for _, account := range accounts {
		if account == s.Agent.Account() {
			owners++
		}
	}
	if owners != 1 {
		t.Errorf("%d own the account: %v", owners, accounts)
	}
	agent, err := s.Table.Agent(t.Context(), s.Agent)
	if err != nil || agent.Name != "demo" || agent.System {
		t.Errorf("the agent is %+v, %v", agent, err)
	}
	if after, err := s.Table.Wallet(t.Context(), s.Agent.Account()); err != nil || after.Balance != before.Balance {
		t.Errorf("the wallet holds %v, %v; before %v", after.Balance, err, before.Balance)
	}
}
