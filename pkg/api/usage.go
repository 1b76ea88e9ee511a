package api

import (
	"context"
	"net/http"
	"time"

	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
)

// UsageGet adds up what an agent has spent.
func UsageGet() Operation {
	return Operation{
		Name: "usage_get", Title: "Get the usage",
		Summary:     "Add up what you spent in a period, from the ledger.",
		Description: "Use it to report costs. Not for what is left: use wallet_get.",
		Method:      get, Path: "/v1/agent/wallet/usage",
		Scope: shop.ScopeWalletRead, Effect: Reads, Status: http.StatusOK,
		Input: schema.Object(usageFields()...), answers: output[usageAnswer],
		Example: Example{Input: `{"groupBy":"product"}`, Output: exampleUsage},
		call: plain(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in usageArguments) (usageAnswer, error) {
			order := in.order()
			if caller.IsAgent() {
				order.Agent = caller.Agent
			}
			u, err := s.Usage(ctx, caller, order)
			return wireUsage(u), err
		}),
	}
}

// AccountUsageGet adds up what the account has spent.
func AccountUsageGet() Operation {
	return forMembers(UsageGet(), "account_usage_get", account+"/wallet/usage")
}

func usageFields() []schema.Field {
	moment := func(description string) *schema.Schema { return schema.Format(description, "date-time", 64) }
	return []schema.Field{
		schema.Optional("from", moment("30 days back if absent, 92 at most.")),
		schema.Optional("to", moment("Before this; now if absent.")),
		schema.Optional("groupBy", schema.Default(schema.Enum("Parts.", string(shop.UsageByDay), string(shop.UsageByAgent), string(shop.UsageByProduct)), `"day"`)),
	}
}

type usageArguments struct {
	From time.Time    `json:"from"`
	To   time.Time    `json:"to"`
	By   shop.UsageBy `json:"groupBy"`
}

func (a usageArguments) order() shop.UsageOrder {
	return shop.UsageOrder{From: a.From, To: a.To, By: a.By}
}

type usageAnswer struct {
	From       time.Time    `json:"from"`
	To         time.Time    `json:"to"`
	GroupBy    shop.UsageBy `json:"groupBy"`
	Currency   string       `json:"currency" jsonschema:"empty where there is no entry"`
	OtherMinor int64        `json:"otherMinor,omitempty" jsonschema:"what was funded and adjusted, which is not spent"`
	usageSumWire
	Groups []usageGroupWire `json:"groups"`
}

type usageSumWire struct {
	SpentMinor    int64 `json:"spentMinor" jsonschema:"charged without what was refunded"`
	ChargedMinor  int64 `json:"chargedMinor"`
	RefundedMinor int64 `json:"refundedMinor"`
	Entries       int   `json:"entries" jsonschema:"how many entries of the ledger these are"`
}

type usageGroupWire struct {
	Key string `json:"key" jsonschema:"a day of UTC, an agentId or a catalogItemId; unknown for entries that do not say it"`
	usageSumWire
}

func wireUsageSum(s shop.UsageSum) usageSumWire {
	return usageSumWire{s.Spent(), s.Charged, s.Refunded, s.Entries}
}

func wireUsage(u shop.Usage) usageAnswer {
	return usageAnswer{u.From, u.To, u.By, string(u.Currency), u.Other, wireUsageSum(u.Sum), each(u.Groups, func(g shop.UsageGroup) usageGroupWire {
		return usageGroupWire{g.Key, wireUsageSum(g.UsageSum)}
	})}
}
