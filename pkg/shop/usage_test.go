package shop_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"pgregory.net/rapid"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
)

// users are two agents of an account who buy, and see it renewed, cancelled and refunded.
type users struct {
	life
	t      *testing.T
	agents []id.Agent
	begun  time.Time
	n      int
}

// TestUsageIsTheLedger does anything that moves money, and adds up any period of it: what
// usage says is to the minor unit what the ledger has, and of whom each entry is follows
// from what was bought.
func TestUsageIsTheLedger(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{NoKick: true, Funds: 1_000_000})
		u := users{life: life{s}, t: t, agents: []id.Agent{s.Agent, s.Shop.IDs.OwnAgent(s.Agent.Account())}, begun: s.Clock.Now()}
		u.Worker.Fulfilments = map[string]shop.Fulfilment{storetest.ServiceType: fulfil(func(_ context.Context, service shop.Service, _ shop.Job) (shop.Outcome, error) {
			if isDoomed(service) {
				return shop.Outcome{}, &shop.Refusal{Reason: "no capacity"}
			}
			return shop.Outcome{Service: service}, nil
		})}
		for range rapid.IntRange(3, 12).Draw(r, "steps") {
			rapid.SampledFrom([]func(*rapid.T){u.purchase, u.purchase, u.wait, u.end, u.adjust, u.contend, u.lose}).Draw(r, "step")(r)
		}
		expectOK(t, u.Worker.SettleHolds(t.Context()))
		u.check(r)
	})
}

func (u *users) purchase(r *rapid.T) {
	agent := rapid.SampledFrom(u.agents).Draw(r, "agent")
	u.n++
	order := shop.Order{
		Item: rapid.SampledFrom([]id.Item{"cat_vps_micro", "cat_vps_small"}).Draw(r, "item"), Quantity: rapid.IntRange(1, 3).Draw(r, "quantity"),
		Configuration: storetest.Configuration(fmt.Sprint("doomed-", rapid.IntRange(0, 1).Draw(r, "doomed")), 1),
	}
	_, err := u.Shop.BuyItem(u.t.Context(), callerOf(agent), order, once(fmt.Sprint("k", u.n), func(b shop.Bought) string { return string(b.Purchase.ID) }))
	expectOK(u.t, err)
	_, err = u.Worker.RunDue(u.t.Context())
	expectOK(u.t, err)
}

func (u *users) wait(r *rapid.T) {
	u.pass(u.t, time.Duration(rapid.IntRange(1, 40).Draw(r, "days"))*days, 5*days)
}

// end cancels a service that lives, at once.
func (u *users) end(*rapid.T) {
	services, _, err := u.Table.Services(u.t.Context(), u.Agent.Account(), shop.Page{Limit: 100})
	expectOK(u.t, err)
	i := slices.IndexFunc(services, func(s shop.Service) bool { return s.Status == shop.ServiceActive && s.Current == nil })
	if i < 0 {
		return
	}
	by := callerOf(services[i].Agent)
	preview, err := u.Shop.PreviewCancel(u.t.Context(), by, services[i].ID, shop.CancelNow)
	expectOK(u.t, err)
	u.n++
	_, err = u.Shop.Cancel(u.t.Context(), by, services[i].ID, shop.CancelOrder{When: shop.CancelNow, Token: preview.Token},
		once(fmt.Sprint("k", u.n), func(s shop.Service) string { return string(s.ID) }))
	expectOK(u.t, err)
}

func (u *users) adjust(r *rapid.T) {
	minor := rapid.Int64Range(-500, 500).Draw(r, "adjustment")
	u.n++
	_, _, err := u.Shop.Adjust(u.t.Context(), u.Agent.Account(), money.Money{Minor: cmp.Or(minor, 1), Currency: "usd"}, fmt.Sprint(u.n), "a correction")
	expectOK(u.t, err)
}

func (u *users) contend(r *rapid.T) {
	u.Hold(u.t, rapid.SampledFrom(u.agents).Draw(r, "contended for"))
}

// lose has a purchase hold its money, and come to nothing.
func (u *users) lose(r *rapid.T) {
	u.contend(r)
	faults := dynamotest.Faults{Before: func(_ string, input any) error {
		if in, ok := input.(*dynamodb.TransactWriteItemsInput); ok && len(in.TransactItems) > 4 {
			return errOutage
		}
		return nil
	}}
	far := *u.Shop
	far.Store = dynamo.New(u.Engine.With(faults.Inject), u.Name)
	u.n++
	order := shop.Order{Item: "cat_vps_micro", Quantity: 1, Configuration: storetest.Configuration("lost", 1)}
	_, err := far.BuyItem(u.t.Context(), callerOf(u.agents[0]), order, once(fmt.Sprint("k", u.n), func(b shop.Bought) string { return string(b.Purchase.ID) }))
	expectFailure(u.t, err)
}

// buyers are who bought what, by the causes of the ledger.
func (u *users) buyers() map[string]shop.Purchase {
	books, err := u.Table.Books(u.t.Context(), u.Agent.Account())
	expectOK(u.t, err)
	by := make(map[id.Purchase]shop.Purchase)
	of := make(map[string]shop.Purchase)
	for _, p := range books.Purchases {
		by[p.ID] = p
		of[shop.PurchaseCause(p.ID)] = p
	}
	for _, s := range books.Services {
		of[shop.RefundCause(s.ID)], of[shop.EndCause(s.ID)] = by[s.Purchase], by[s.Purchase]
		of[string(s.ID)] = by[s.Purchase] // the middle of the cause of a renewal
	}
	return of
}

// check compares usage with the ledger, for a period and for whoever asks.
func (u *users) check(r *rapid.T) {
	ledger, err := u.Table.Ledger(u.t.Context(), u.Agent.Account())
	expectOK(u.t, err)
	whole := int(u.Clock.Now().Sub(u.begun)/time.Hour) + 2
	from := u.begun.Add(time.Duration(rapid.IntRange(-1, whole).Draw(r, "from")) * time.Hour)
	to := from.Add(time.Duration(rapid.IntRange(1, 92*24).Draw(r, "hours")) * time.Hour)
	buyers := u.buyers()
	for _, by := range []shop.UsageBy{shop.UsageByDay, shop.UsageByAgent, shop.UsageByProduct} {
		for _, agent := range append(u.agents, "") {
			got, err := u.Shop.Usage(u.t.Context(), callerOf(u.Agent), shop.UsageOrder{From: from, To: to, By: by, Agent: agent})
			expectOK(u.t, err)
			groups := make(map[string]int64)
			var sum, other int64
			for _, e := range ledger {
				if e.At.Before(from) || !e.At.Before(to) {
					continue
				}
				cause := e.Cause
				if e.Kind == shop.EntryRenewal {
					cause = strings.Split(cause, ":")[1]
				}
				p, bought := buyers[cause]
				if strings.HasPrefix(cause, "hold:") || strings.HasPrefix(cause, "release:") {
					p.Agent, p.Offer.Item.ID, bought = "unknown", "unknown", true
				}
				switch {
				case agent != "" && p.Agent != agent:
				case !bought:
					other += e.Amount.Minor
				default:
					sum -= e.Amount.Minor
					groups[map[shop.UsageBy]string{
						shop.UsageByDay: e.At.UTC().Format("2006-01-02"), shop.UsageByAgent: string(p.Agent), shop.UsageByProduct: string(p.Offer.Item.ID),
					}[by]] -= e.Amount.Minor
				}
			}
			told := make(map[string]int64)
			for _, g := range got.Groups {
				told[g.Key] = g.Spent()
			}
			expectSame(u.t, fmt.Sprintf("%s of %q", by, agent), told, groups)
			expectSame(u.t, "the sum", got.Sum.Spent(), sum)
			expectSame(u.t, "the rest", got.Other, other)
			if u.t.Failed() {
				r.Fatal("they differ")
			}
		}
	}
}
