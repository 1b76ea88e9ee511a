package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/period"
	"agentstore/pkg/product"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
	"agentstore/pkg/strictjson"
)

const policyPath = "/policy"

// PolicyGet reads the policy of the account, in a store that sells what is on the
// shelf.
func PolicyGet(shelf product.Shelf) Operation {
	return policyGet(shelf, "policy_get", "account", account+policyPath)
}

// AgentPolicyGet reads the policy of an agent, as PolicyGet does.
func AgentPolicyGet(shelf product.Shelf) Operation {
	return policyGet(shelf, "agent_policy_get", "agent", agents+"/{agentId}"+policyPath, agentField())
}

// PolicySet replaces the policy of the account, as PolicyGet reads it.
func PolicySet(shelf product.Shelf) Operation {
	return policySet(shelf, "policy_set", "account", account+policyPath)
}

// AgentPolicySet replaces the policy of an agent.
func AgentPolicySet(shelf product.Shelf) Operation {
	return policySet(shelf, "agent_policy_set", "agent", agents+"/{agentId}"+policyPath, agentField())
}

func policyGet(shelf product.Shelf, name, whose, path string, fields ...schema.Field) Operation {
	return Operation{
		Name: name, Title: "Get the policy of the " + whose,
		Summary:     "Read what limits the purchases of the " + whose + ", and what was spent under it.",
		Description: "A purchase must keep to the policy of the account and to that of its agent: the stricter one wins.",
		Method:      get, Path: path,
		Role: shop.RoleViewer, TokenScope: shop.ScopeAccountRead, Effect: Reads, Status: http.StatusOK,
		Input: schema.Object(fields...), answers: output[budgetAnswer], Errors: []fault.Code{fault.NotFound},
		call: plain(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in agentArguments) (budgetAnswer, error) {
			b, err := s.Budget(ctx, caller, in.Agent)
			return wireBudget(b, shelf), err
		}),
	}
}

func policySet(shelf product.Shelf, name, whose, path string, fields ...schema.Field) Operation {
	return Operation{
		Name: name, Title: "Set the policy of the " + whose,
		Summary:     "Replace what limits the purchases of the " + whose + ".",
		Description: "The whole policy is replaced: what you leave out is no longer limited. It binds at once, even purchases that are under way. An agent that it freezes keeps its services, unless services is cancel.",
		Method:      put, Path: path,
		Role: shop.RoleOwner, TokenScope: shop.ScopePoliciesWrite, FreshLogin: true, Effect: Acts, Status: http.StatusOK,
		Input:   schema.Named("PolicyRequest", schema.Object(append(fields, policyFields(shelf)...)...)),
		answers: output[budgetAnswer], Errors: []fault.Code{fault.NotFound, fault.IdempotencyConflict, fault.IdempotencyInFlight},
		Replaces: strings.TrimSuffix(name, "set") + "get",
		call: replaces(func(b shop.Budget, _ view) budgetAnswer { return wireBudget(b, shelf) }, writes(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in policyArguments, request shop.Request[shop.PolicySet]) (shop.Response, error) {
			policy, err := in.policy(shelf)
			if err != nil {
				return shop.Response{}, err
			}
			// What members write is kept with the agent that the store has made for them.
			return s.SetPolicy(ctx, caller.AtCheckout(), in.Agent, shop.PolicyOrder{Policy: policy, Services: in.wire.Services, Encode: encodePolicy}, request)
		}, func(p shop.PolicySet, _ view) budgetAnswer { return wirePolicySet(p, shelf) })),
	}
}

// encodePolicy encodes a policy for the audit trail.
func encodePolicy(p shop.Policy) json.RawMessage {
	text, _ := strictjson.Encode(wirePolicy(p, nil)) // texts and numbers always encode
	return text
}

const (
	maxAmount = 1 << 53 // what JSON numbers hold exactly in every language (RFC 8259, section 6)
	maxKinds  = 100
	maxLive   = 10_000
)

// The days of a week, as policies write them.
var days = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func policyFields(shelf product.Shelf) []schema.Field {
	kinds := func(name, description string) schema.Field {
		return schema.Optional(name, schema.List(description+" Empty or absent allows all.", schema.Identifier("One of them.", 64), maxKinds))
	}
	fields := []schema.Field{
		schema.Optional("limits", schema.List("Amounts in the minor unit, one entry for each currency.", limitSchema(), 10)),
		kinds("categories", "The categories that may be bought from."),
		kinds("catalogItemIds", "The items that may be bought."),
		schema.Optional("billingTermMonths", schema.List("The billing terms that may be bought. Empty or absent allows all.", schema.Integer("Months.", 1, 120), maxKinds)),
		schema.Optional("maxLiveServices", schema.Integer("How many services may run at once.", 0, maxLive)),
		schema.Optional("maxLease", schema.Pattern("What is bought must have a lease that deletes it after this at the latest, as PT24H (ISO 8601).", leasePattern, 40)),
		schema.Optional("hours", hoursSchema()),
		schema.Optional("frozen", schema.Default(schema.Boolean("Stops all purchases at once."), "false")),
		schema.Optional("holdForApproval", schema.Default(schema.Boolean("A purchase that waits for an approval is paid for meanwhile, and counts against the limits: the money comes back unless it is approved."), "false")),
	}
	fields = append(fields, schema.Optional("lowBalanceMinor", schema.Integer("Of the account alone: the entry of the audit trail that takes the balance of the wallet below it says so.", 0, maxAmount)))
	fields = append(fields, schema.Optional("renewalApprovalAboveMinor", schema.Integer("Of the account alone: a renewal that costs more, in the currency of the wallet, waits until a member approves it.", 0, maxAmount)))
	for _, c := range shelf.Choices() {
		fields = append(fields, kinds(c.Name, c.Description))
	}
	return append(fields, servicesChoiceField(), keyField())
}

// servicesChoiceField is no part of the policy, but of the act of freezing.
func servicesChoiceField() schema.Field {
	return schema.Optional("services", schema.Enum(
		"With frozen, of an agent alone: what becomes of its services. keep, as where it is absent: they go on, and are renewed. cancel: they are ended now, with all their data, and unused time is refunded.",
		string(shop.KeepServices), string(shop.CancelServices),
	))
}

func limitSchema() *schema.Schema {
	amount := func(name, description string) schema.Field {
		return schema.Optional(name, schema.Integer(description, 0, maxAmount))
	}
	return schema.Named("SpendLimitRequest", schema.Object(
		schema.Required("currency", schema.Pattern("Lower-case ISO 4217 code.", "^[a-z]{3}$", 3)),
		amount("perPurchaseMinor", "The most that one purchase may cost."),
		amount("perDayMinor", "The most a day of UTC."),
		amount("perMonthMinor", "The most a calendar month of UTC."),
		amount("totalMinor", "The most in total."),
		amount("confirmAboveMinor", "A purchase above it needs a second look: the agent's own client is asked where it can be, else a member must approve. It is no protection."),
		amount("approvalAboveMinor", "A purchase above it waits for the approval of a member."),
	))
}

func hoursSchema() *schema.Schema {
	clock := schema.Pattern("As 08:00.", "^([01][0-9]|2[0-3]):[0-5][0-9]$", 5)
	hours := schema.Object(
		schema.Optional("days", schema.List("The days, by the clock below. Empty or absent is every day.", schema.Enum("A day.", days...), 7)),
		schema.Required("from", clock),
		schema.Required("to", clock),
		schema.Optional("utcOffset", schema.Default(schema.Pattern("How far the clock is ahead of UTC, as +02:00.", "^[+-](0[0-9]|1[0-4]):[0-5][0-9]$", 6), `"+00:00"`)),
	)
	hours.Description = "When purchases may be made. Hours whose end is not after their start go on past midnight."
	return schema.Named("PurchaseHoursRequest", hours)
}

type policyArguments struct {
	agentArguments
	wire policyWire
	// choices are the limits of choices, which are members of their own.
	choices map[string]json.RawMessage
}

// UnmarshalJSON implements json.Unmarshaler.
func (a *policyArguments) UnmarshalJSON(text []byte) error {
	return errors.Join(json.Unmarshal(text, &a.agentArguments), json.Unmarshal(text, &a.wire), json.Unmarshal(text, &a.choices))
}

type policyWire struct {
	Limits         []limitWire `json:"limits"`
	Categories     []string    `json:"categories"`
	CatalogItemIDs []id.Item   `json:"catalogItemIds"`
	Months         []int       `json:"billingTermMonths"`
	MaxLive        *int        `json:"maxLiveServices,omitempty"`
	Hours          *hoursWire  `json:"hours,omitempty"`
	MaxLease       string      `json:"maxLease,omitempty"`
	Frozen         bool        `json:"frozen"`
	HoldAsked      bool        `json:"holdForApproval,omitempty"`
	LowBalance     *int64      `json:"lowBalanceMinor,omitempty"`
	RenewalAbove   *int64      `json:"renewalApprovalAboveMinor,omitempty"`
	choices        []shop.ChoiceLimit

	// Services is what is asked with the policy.
	Services shop.FrozenServices `json:"services,omitempty"`
}

// MarshalJSON implements json.Marshaler. The limits of choices are members named
// after them.
func (p policyWire) MarshalJSON() ([]byte, error) {
	type own policyWire
	limits := make(map[string][]string, len(p.choices))
	for _, c := range p.choices {
		limits[c.Name] = append([]string{}, c.Allowed...)
	}
	more, err := json.Marshal(limits)
	if err != nil {
		return nil, err
	}
	return extend(own(p), more)
}

type limitWire struct {
	Currency      money.Currency `json:"currency"`
	PerPurchase   *int64         `json:"perPurchaseMinor,omitempty"`
	PerDay        *int64         `json:"perDayMinor,omitempty"`
	PerMonth      *int64         `json:"perMonthMinor,omitempty"`
	Total         *int64         `json:"totalMinor,omitempty"`
	ConfirmAbove  *int64         `json:"confirmAboveMinor,omitempty"`
	ApprovalAbove *int64         `json:"approvalAboveMinor,omitempty"`
}

type hoursWire struct {
	Days      []string `json:"days"`
	From      string   `json:"from"`
	To        string   `json:"to"`
	UTCOffset string   `json:"utcOffset,omitempty"`
}

// policy reads what the schema has let through.
func (a policyArguments) policy(shelf product.Shelf) (shop.Policy, error) {
	w := a.wire
	p := shop.Policy{
		Categories: w.Categories, Items: w.CatalogItemIDs, Months: w.Months, MaxLiveServices: w.MaxLive, Frozen: w.Frozen, HoldForApproval: w.HoldAsked, LowBalance: w.LowBalance,
		RenewalAbove: w.RenewalAbove,
	}
	if w.LowBalance != nil && a.Agent != "" {
		return shop.Policy{}, fault.InvalidParam("$.lowBalanceMinor", "must be left out of the policy of an agent: the wallet is the account's").
			Fix("Send $.lowBalanceMinor with policy_set.")
	}
	if w.RenewalAbove != nil && a.Agent != "" {
		return shop.Policy{}, fault.InvalidParam("$.renewalApprovalAboveMinor", "must be left out of the policy of an agent: renewals are the account's").
			Fix("Send $.renewalApprovalAboveMinor with policy_set.")
	}
	if w.Services != "" && (a.Agent == "" || !w.Frozen) {
		return shop.Policy{}, fault.InvalidParam("$.services", "must be left out where no agent is frozen").
			Fix("Send $.services with agent_policy_set and frozen true, or leave it out: what was bought goes on.")
	}
	if w.MaxLease != "" {
		longest, err := period.Parse(w.MaxLease)
		if err != nil || !longest.After(time.Unix(0, 0)).After(time.Unix(0, 0)) {
			return shop.Policy{}, fault.InvalidParam("$.maxLease", "must be a duration of ISO 8601 in whole numbers, as PT24H or P1M").
				Fix("Send $.maxLease as PT24H for a day, or leave it out.")
		}
		p.MaxLease = longest
	}
	for _, c := range shelf.Choices() {
		var allowed []string
		if text := a.choices[c.Name]; text != nil {
			if err := json.Unmarshal(text, &allowed); err != nil {
				return shop.Policy{}, err
			}
		}
		if len(allowed) > 0 {
			p.Choices = append(p.Choices, shop.ChoiceLimit{Name: c.Name, Allowed: allowed})
		}
	}
	for i, l := range w.Limits {
		if slices.ContainsFunc(p.Limits, func(other shop.Limit) bool { return other.Currency == l.Currency }) {
			return shop.Policy{}, fault.InvalidParam(fmt.Sprintf("$.limits[%d].currency", i), "has an entry before").
				Fix("Send one entry of $.limits for each currency.")
		}
		p.Limits = append(p.Limits, shop.Limit(l))
	}
	if w.Hours != nil {
		hours := w.Hours.hours()
		p.Hours = &hours
	}
	return p, nil
}

func (h hoursWire) hours() shop.Hours {
	out := shop.Hours{From: minutes(h.From), To: minutes(h.To)}
	for _, day := range h.Days {
		out.Days = append(out.Days, time.Weekday(slices.Index(days, day)))
	}
	if h.UTCOffset != "" {
		out.Offset = minutes(h.UTCOffset[1:])
		if h.UTCOffset[0] == '-' {
			out.Offset = -out.Offset
		}
	}
	return out
}

// minutes reads hours and minutes, as 08:30.
func minutes(clock string) int {
	var hour, minute int
	_, _ = fmt.Sscanf(clock, "%d:%d", &hour, &minute) // its form was checked
	return hour*60 + minute
}

// wirePolicy also names the choices that are not limited.
func wirePolicy(p shop.Policy, shelf product.Shelf) policyWire {
	w := policyWire{
		Limits:     each(p.Limits, func(l shop.Limit) limitWire { return limitWire(l) }),
		Categories: append([]string{}, p.Categories...), CatalogItemIDs: append([]id.Item{}, p.Items...),
		Months:  append([]int{}, p.Months...),
		MaxLive: p.MaxLiveServices, Frozen: p.Frozen, HoldAsked: p.HoldForApproval, LowBalance: p.LowBalance,
		RenewalAbove: p.RenewalAbove,
	}
	if p.MaxLease != (period.Period{}) {
		w.MaxLease = p.MaxLease.String()
	}
	for _, c := range shelf.Choices() {
		w.choices = append(w.choices, shop.ChoiceLimit{Name: c.Name})
	}
	w.choices = append(w.choices, p.Choices...)
	if h := p.Hours; h != nil {
		w.Hours = &hoursWire{
			Days: each(h.Days, func(d time.Weekday) string { return days[d] }),
			From: clock(h.From), To: clock(h.To), UTCOffset: offset(h.Offset),
		}
	}
	return w
}

func clock(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

func offset(minutes int) string {
	if minutes < 0 {
		return "-" + clock(-minutes)
	}
	return "+" + clock(minutes)
}

type budgetAnswer struct {
	Policy   policyWire   `json:"policy"`
	Spending spendingWire `json:"spending"`
	// Services is there where an agent was frozen.
	Services *frozenServicesWire `json:"services,omitempty" jsonschema:"to agent_policy_set of a frozen agent: what becomes of its services"`
}

type frozenServicesWire struct {
	Choice       shop.FrozenServices `json:"choice" jsonschema:"keep: they go on, and are renewed; cancel: they are ended"`
	Count        int                 `json:"count" jsonschema:"how many there are"`
	Cancellation id.Cancellation     `json:"cancellationId,omitempty" jsonschema:"of cancel: pass it to account_service_cancel_many_get"`
}

// wirePolicySet also says what becomes of the services of an agent that is frozen.
func wirePolicySet(p shop.PolicySet, shelf product.Shelf) budgetAnswer {
	answer := wireBudget(p.Budget, shelf)
	if p.Services != "" {
		answer.Services = &frozenServicesWire{Choice: p.Services, Count: p.Budget.Spending.LiveServices}
	}
	if c := p.Cancellation; c != nil {
		answer.Services.Count, answer.Services.Cancellation = len(c.Matches), c.ID
	}
	return answer
}

type spendingWire struct {
	Sums         []sumWire `json:"sums" jsonschema:"one for each currency that was spent"`
	LiveServices int       `json:"liveServices"`
}

type sumWire struct {
	Currency   money.Currency `json:"currency"`
	Day        string         `json:"day" jsonschema:"of UTC, as 2026-01-31"`
	DayMinor   int64          `json:"dayMinor" jsonschema:"what was spent on that day"`
	Month      string         `json:"month" jsonschema:"of UTC, as 2026-01"`
	MonthMinor int64          `json:"monthMinor"`
	TotalMinor int64          `json:"totalMinor"`
}

func wireBudget(b shop.Budget, shelf product.Shelf) budgetAnswer {
	return budgetAnswer{Policy: wirePolicy(b.Policy, shelf), Spending: spendingWire{
		each(b.Spending.Sums, func(s shop.Sum) sumWire { return sumWire(s) }), b.Spending.LiveServices,
	}}
}
