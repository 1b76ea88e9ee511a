package dynamo

import (
	"context"
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/period"
	"agentstore/pkg/shop"
)

type budgetRow struct {
	head
	Account   string     `dynamodbav:"account"`
	Agent     string     `dynamodbav:"agent,omitempty"`
	Policy    policyRow  `dynamodbav:"policy"`
	Sums      []sumRow   `dynamodbav:"sums,omitempty"`
	Live      int        `dynamodbav:"live"`
	Epoch     int        `dynamodbav:"epoch,omitempty"`
	Ended     []endedRow `dynamodbav:"ended,omitempty"`
	UpdatedAt millis     `dynamodbav:"updatedAt"`
	// HoldAsked is of the policy. In it an older version would not leave it alone.
	HoldAsked bool `dynamodbav:"holdAsked,omitempty"`
	// LowMinor is of the policy too, and stands here for the same reason.
	LowMinor *int64 `dynamodbav:"lowMinor,omitempty"`
	// RenewMinor is of the policy as well.
	RenewMinor *int64 `dynamodbav:"renewMinor,omitempty"`
	heldSumRow
}

// heldSumRow is there while a budget holds. The sum of its currency stands here instead
// of among the sums, because single updates add to it.
type heldSumRow struct {
	IndexPK        string           `dynamodbav:"GSI1PK,omitempty"`
	IndexSK        string           `dynamodbav:"GSI1SK,omitempty"`
	Begun          *int             `dynamodbav:"begun,omitempty"` // how many holds were opened
	HeldCurrency   string           `dynamodbav:"heldCurrency,omitempty"`
	HeldDay        string           `dynamodbav:"heldDay,omitempty"`
	HeldDayMinor   *int64           `dynamodbav:"heldDayMinor,omitempty"`
	HeldMonth      string           `dynamodbav:"heldMonth,omitempty"`
	HeldMonthMinor *int64           `dynamodbav:"heldMonthMinor,omitempty"`
	HeldTotalMinor *int64           `dynamodbav:"heldTotalMinor,omitempty"`
	ContendedAt    millis           `dynamodbav:"contendedAt,omitempty"`
	Holds          map[string]int64 `dynamodbav:"h_,prefix"` // each 1, by budgetHold
}

type endedRow struct {
	Key string `dynamodbav:"key"`
	At  millis `dynamodbav:"at"`
}

type policyRow struct {
	Limits     []limitRow  `dynamodbav:"limits,omitempty"`
	Categories []string    `dynamodbav:"categories,omitempty"`
	Items      []string    `dynamodbav:"items,omitempty"`
	Months     []int       `dynamodbav:"months,omitempty"`
	Choices    []choiceRow `dynamodbav:"choices,omitempty"`
	MaxLive    *int        `dynamodbav:"maxLive,omitempty"`
	Hours      *hoursRow   `dynamodbav:"hours,omitempty"`
	Frozen     bool        `dynamodbav:"frozen,omitempty"`
	MaxLease   string      `dynamodbav:"maxLease,omitempty"` // a duration of ISO 8601
}

type choiceRow struct {
	Name    string   `dynamodbav:"name"`
	Allowed []string `dynamodbav:"allowed,omitempty"`
}

type limitRow struct {
	Currency      string `dynamodbav:"currency"`
	PerPurchase   *int64 `dynamodbav:"perPurchase,omitempty"`
	PerDay        *int64 `dynamodbav:"perDay,omitempty"`
	PerMonth      *int64 `dynamodbav:"perMonth,omitempty"`
	Total         *int64 `dynamodbav:"total,omitempty"`
	ConfirmAbove  *int64 `dynamodbav:"confirmAbove,omitempty"`
	ApprovalAbove *int64 `dynamodbav:"approvalAbove,omitempty"`
}

type hoursRow struct {
	Days   []int `dynamodbav:"days,omitempty"`
	From   int   `dynamodbav:"from"`
	To     int   `dynamodbav:"to"`
	Offset int   `dynamodbav:"offset"`
}

type sumRow struct {
	Currency   string `dynamodbav:"currency"`
	Day        string `dynamodbav:"day"`
	DayMinor   int64  `dynamodbav:"dayMinor"`
	Month      string `dynamodbav:"month"`
	MonthMinor int64  `dynamodbav:"monthMinor"`
	TotalMinor int64  `dynamodbav:"totalMinor"`
}

// Budget reads the budget of an account, or of one of its agents.
func (t *Table) Budget(ctx context.Context, account id.Account, agent id.Agent) (shop.Budget, error) {
	row, err := get[budgetRow](ctx, t, budgetKey(account, agent))
	return row.domain(), err
}

func storedBudget(b shop.Budget) budgetRow {
	row := budgetRow{
		head:    directHead(budgetKey(b.Account, b.Agent), "budget", b.Version),
		Account: string(b.Account), Agent: string(b.Agent), Policy: storedPolicy(b.Policy),
		Live: b.Spending.LiveServices, Epoch: b.Epoch, Ended: storedEnded(b.Ended), UpdatedAt: toMillis(b.UpdatedAt),
		HoldAsked: b.Policy.HoldForApproval, LowMinor: b.Policy.LowBalance, RenewMinor: b.Policy.RenewalAbove,
	}
	for _, s := range b.Spending.Sums {
		row.Sums = append(row.Sums, sumRow{string(s.Currency), s.Day, s.DayMinor, s.Month, s.MonthMinor, s.TotalMinor})
	}
	return row
}

func storedEnded(ended []shop.EndedKey) (rows []endedRow) {
	for _, e := range ended {
		rows = append(rows, endedRow{string(e.Key), toMillis(e.At)})
	}
	return rows
}

func storedPolicy(p shop.Policy) policyRow {
	row := policyRow{
		Categories: p.Categories, Items: texts[string](p.Items), Months: p.Months,
		MaxLive: p.MaxLiveServices, Frozen: p.Frozen,
	}
	if p.MaxLease != (period.Period{}) {
		row.MaxLease = p.MaxLease.String()
	}
	for _, c := range p.Choices {
		row.Choices = append(row.Choices, choiceRow(c))
	}
	for _, l := range p.Limits {
		row.Limits = append(row.Limits, limitRow{
			string(l.Currency), l.PerPurchase, l.PerDay, l.PerMonth, l.Total, l.ConfirmAbove, l.ApprovalAbove,
		})
	}
	if h := p.Hours; h != nil {
		row.Hours = &hoursRow{From: h.From, To: h.To, Offset: h.Offset}
		for _, d := range h.Days {
			row.Hours.Days = append(row.Hours.Days, int(d))
		}
	}
	return row
}

func (r budgetRow) domain() shop.Budget {
	b := shop.Budget{
		Account: id.Account(r.Account), Agent: id.Agent(r.Agent), Version: r.Version, Policy: r.Policy.domain(),
		Spending: shop.Spending{LiveServices: r.Live}, Epoch: r.Epoch, UpdatedAt: r.UpdatedAt.time(),
	}
	for _, e := range r.Ended {
		b.Ended = append(b.Ended, shop.EndedKey{Key: id.Key(e.Key), At: e.At.time()})
	}
	for _, s := range r.Sums {
		b.Spending.Sums = append(b.Spending.Sums, shop.Sum{
			Currency: money.Currency(s.Currency), Day: s.Day, DayMinor: s.DayMinor,
			Month: s.Month, MonthMinor: s.MonthMinor, TotalMinor: s.TotalMinor,
		})
	}
	b.Policy.HoldForApproval, b.Policy.LowBalance, b.Policy.RenewalAbove = r.HoldAsked, r.LowMinor, r.RenewMinor
	r.heldSumRow.into(&b)
	return b
}

func (r policyRow) domain() shop.Policy {
	p := shop.Policy{
		Categories: r.Categories, Items: texts[id.Item](r.Items), Months: r.Months,
		MaxLiveServices: r.MaxLive, Frozen: r.Frozen,
	}
	if r.MaxLease != "" {
		p.MaxLease, _ = period.Parse(r.MaxLease) // as it was written
	}
	for _, c := range r.Choices {
		p.Choices = append(p.Choices, shop.ChoiceLimit(c))
	}
	for _, l := range r.Limits {
		p.Limits = append(p.Limits, shop.Limit{
			Currency: money.Currency(l.Currency), PerPurchase: l.PerPurchase, PerDay: l.PerDay, PerMonth: l.PerMonth,
			Total: l.Total, ConfirmAbove: l.ConfirmAbove, ApprovalAbove: l.ApprovalAbove,
		})
	}
	if h := r.Hours; h != nil {
		p.Hours = &shop.Hours{From: h.From, To: h.To, Offset: h.Offset}
		for _, d := range h.Days {
			p.Hours.Days = append(p.Hours.Days, time.Weekday(d))
		}
	}
	return p
}
