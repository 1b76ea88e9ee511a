package e2e

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/api"
	"agentstore/pkg/app"
	"agentstore/pkg/catalog"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/product/server"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// newer is the version of the store to come, which has added an attribute to every
// item, at work on the table of a store of this version.
type newer struct {
	*storetest.Store
	table     map[string]item // as it has left it
	rewritten map[string]bool // by the kind of item
}

type item = map[string]types.AttributeValue

const added = "addedLater"

func addition() types.AttributeValue {
	return &types.AttributeValueMemberM{Value: item{"since": text("2.0"), "of": &types.AttributeValueMemberL{Value: []types.AttributeValue{text("all")}}}}
}

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

// look expects every item to have what was added to it, and adds it to the new ones.
func (n *newer) look(t *testing.T, after string) {
	t.Helper()
	for key, now := range n.items(t) {
		kind := textOf(now["kind"])
		if shape, _ := now["shape"].(*types.AttributeValueMemberN); shape == nil {
			t.Errorf("after %s: a %s has no shape: %v", after, kind, now)
		}
		before, known := n.table[key]
		switch {
		case !known:
			n.add(t, now)
			now[added] = addition()
		case !reflect.DeepEqual(now[added], before[added]):
			t.Errorf("after %s: a %s has lost its attribute", after, kind)
			n.add(t, now)
			now[added] = addition()
		case !reflect.DeepEqual(now, before):
			n.rewritten[kind] = true
		}
		n.table[key] = now
	}
}

func (n *newer) items(t *testing.T) map[string]item {
	t.Helper()
	items := make(map[string]item)
	pages := dynamodb.NewScanPaginator(n.Engine.Client, &dynamodb.ScanInput{TableName: &n.Name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		must(t, err)
		for _, found := range page.Items {
			items[textOf(found["PK"])+" "+textOf(found["SK"])] = found
		}
	}
	return items
}

func (n *newer) add(t *testing.T, to item) {
	t.Helper()
	_, err := n.Engine.Client.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
		TableName: &n.Name, Key: item{"PK": to["PK"], "SK": to["SK"]},
		UpdateExpression:          new("SET " + added + " = :added"),
		ExpressionAttributeValues: item{":added": addition()},
	})
	must(t, err)
}

// neverRewritten are the kinds of items of which each is written once.
var neverRewritten = []string{"cause", "entry", "identity", "record", "secret"}

// TestAttributesOfANewerVersionSurvive has every kind of item rewritten, by every
// operation and by whatever else writes, beside a newer version that has an
// attribute more.
func TestAttributesOfANewerVersionSurvive(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s := storetest.New(t, engine, storetest.Options{DemoCredit: money.Money{Minor: 1_000_000, Currency: "usd"}, KeyUse: time.Minute})
		n := &newer{s, make(map[string]item), make(map[string]bool)}
		h := everythingOf(t, s, "owner", shop.SeesOwn)
		s.Key = h.key
		n.look(t, "one of everything")

		n.buys(t, h)
		n.acts(t, h)
		n.refuses(t)
		n.logsIn(t, &h)
		n.joins(t, h)
		n.confirms(t, h)
		n.restocks(t)
		for _, o := range api.All(app.Shelf()) {
			storetest.Do(t, &h.browser.Client, h.request(t, s, o, arguments(o, h)))
			n.look(t, o.Name)
			h.browser = s.LogIn(t, "owner", "owner@example.com") // some end the session
			n.look(t, "a login")
		}
		n.expectAll(t)
	})
}

// expectAll expects that every kind of item was rewritten that ever is.
func (n *newer) expectAll(t *testing.T) {
	t.Helper()
	kinds := make(map[string]bool)
	for _, found := range n.table {
		kinds[textOf(found["kind"])] = true
	}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		if never := slices.Contains(neverRewritten, kind); n.rewritten[kind] == never {
			t.Errorf("a %s was rewritten: %t, want %t", kind, n.rewritten[kind], !never)
		}
	}
}

// buys has purchases made that wait, and are approved, denied and given back.
func (n *newer) buys(t *testing.T, h household) {
	t.Helper()
	policy := "/agents/" + h.ids["agentId"] + "/policy"
	member(t, h.browser, http.MethodPut, policy, object{"limits": []any{object{"currency": "usd", "approvalAboveMinor": 0}}}, 200)
	for _, answer := range []string{"approve", "deny"} {
		quote := n.Quote(t)
		n.look(t, "a quote")
		parked := n.Buy(t, quote, answer)
		n.look(t, "a purchase that waits")
		member(t, h.browser, http.MethodPost, "/approvals/"+parked.Text("purchase", "approvalId")+"/"+answer, nil, 200)
		n.look(t, answer)
	}
	member(t, h.browser, http.MethodPut, policy, object{"limits": []any{}}, 200)
	n.look(t, "a policy")

	n.later(t, func() { n.Service(t) })
	n.look(t, "a purchase")
	fulfilments := n.Worker.Fulfilments
	n.Worker.Fulfilments = map[string]shop.Fulfilment{server.ServiceType: perform(func(_ context.Context, service shop.Service, _ shop.Job) (shop.Outcome, error) {
		return shop.Outcome{Service: service}, &shop.Refusal{Reason: "It is not to be had."}
	})}
	n.Work(t)
	n.Worker.Fulfilments = fulfilments
	n.look(t, "a refund")
}

// later leaves the jobs of what is done to n.Work.
func (n *newer) later(t *testing.T, do func()) {
	t.Helper()
	kick := n.Shop.Kick
	n.Shop.Kick = nil
	defer func() { n.Shop.Kick = kick }()
	do()
}

func (n *newer) acts(t *testing.T, h household) {
	t.Helper()
	n.later(t, func() {
		a := n.Call(t, http.MethodPost, storetest.Services+"/"+h.ids["serviceId"]+"/server/restart", nil)
		expectStatus(t, a, http.StatusAccepted)
	})
	n.look(t, "a restart that begins")
	labels := storetest.Services + "/" + h.ids["serviceId"] + "/labels"
	expectStatus(t, n.Call(t, http.MethodPost, labels, object{"labels": []any{"busy"}}), http.StatusOK)
	beginMany(t, n.Store, "busy")
	n.look(t, "a cancellation of many")
	_, err := n.Worker.RunCancellations(t.Context())
	must(t, err)
	n.look(t, "one that waits for a busy service")
	n.Work(t)
	n.look(t, "a restart that ends")
	for _, labels := range [][]any{{"ci"}, {}} {
		expectStatus(t, n.Call(t, http.MethodPost, storetest.Services+"/"+h.ids["serviceId"]+"/labels", object{"labels": labels}), http.StatusOK)
		n.look(t, "a change of labels")
	}
}

// refuses has more refusals of one kind than have an event of their own.
func (n *newer) refuses(t *testing.T) {
	t.Helper()
	for range 13 {
		n.Call(t, http.MethodPost, storetest.Services+"/svc_none/server/restart", nil)
		n.look(t, "a refusal")
	}
}

// logsIn has the owner come back under another name, at a later time and to another
// account.
func (n *newer) logsIn(t *testing.T, h *household) {
	t.Helper()
	n.Clock.Advance(10 * time.Minute)
	n.Call(t, http.MethodGet, storetest.Services, nil)
	member(t, h.browser, http.MethodGet, "", nil, 200)
	n.look(t, "the use of a key and of a session")
	h.browser = n.LogIn(t, "Owner", "owner@example.com")
	n.look(t, "a login under another name")
	h.browser.Send(t, web.SwitchPath, url.Values{"account": {string(h.owner.Account)}})
	n.look(t, "a switch of account")
}

// joins has somebody become a member twice.
func (n *newer) joins(t *testing.T, h household) {
	t.Helper()
	guest := n.LogIn(t, "Guest", "guest@example.com")
	path := "/members/" + string(guest.Caller(t).Person)
	n.look(t, "a login")
	for range 2 {
		invited := member(t, h.browser, http.MethodPost, "/invitations", object{"email": "guest@example.com", "role": "operator"}, 201)
		n.look(t, "an invitation")
		guest.Send(t, strings.TrimPrefix(invited.Text("link"), n.URL), nil)
		n.look(t, "its acceptance")
		member(t, h.browser, http.MethodPut, path, object{"role": "viewer"}, 200)
		n.look(t, "another role")
		member(t, h.browser, http.MethodDelete, path, nil, 200)
		n.look(t, "the end of a membership")
	}
}

// confirms has a client asked, which declines.
func (n *newer) confirms(t *testing.T, h household) {
	t.Helper()
	agent := id.Agent(h.ids["agentId"])
	caller := shop.Caller{Account: agent.Account(), Agent: agent, Key: id.Key(h.ids["keyId"])}
	token, err := n.Shop.BeginConfirmation(t.Context(), caller, "call")
	must(t, err)
	n.look(t, "a question to a client")
	must(t, n.Shop.DeclineConfirmation(t.Context(), caller, "call", token))
	n.look(t, "its answer")
}

// restocks seeds the catalog with another text for everything.
func (n *newer) restocks(t *testing.T) {
	t.Helper()
	goods, err := catalog.Load(app.Shelf())
	must(t, err)
	for i := range goods.Items {
		goods.Items[i].Description += " Now."
	}
	for i := range goods.Categories {
		goods.Categories[i].Description += " Now."
	}
	_, err = n.Table.Seed(t.Context(), goods)
	must(t, err)
	n.look(t, "a seed")
}
