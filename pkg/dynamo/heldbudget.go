package dynamo

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"agentstore/pkg/money"
	"agentstore/pkg/shop"
	"agentstore/pkg/sorting"
)

// HoldBudget has a budget hold from now on, for a currency. It returns
// shop.ErrConflict where the budget has changed since it was read.
func (t *Table) HoldBudget(ctx context.Context, before shop.Budget, c money.Currency, at time.Time) error {
	after := before
	after.Version++
	sum := before.Spending.On(c, at)
	after.Held = &shop.Held{Currency: c, Day: sum.Day, Month: sum.Month, ContendedAt: at}
	row := storedBudget(after)
	row.Sums = slices.DeleteFunc(row.Sums, func(s sumRow) bool { return s.Currency == string(c) })
	row.Shape = shapes["budget"]
	row.heldSumRow = heldSumRow{
		IndexPK: shardOf(holdIndexPrefix, string(after.Account)+string(after.Agent)), IndexSK: string(after.Account) + "#" + string(after.Agent),
		Begun: new(int), HeldCurrency: string(c), HeldDay: sum.Day, HeldDayMinor: &sum.DayMinor,
		HeldMonth: sum.Month, HeldMonthMinor: &sum.MonthMinor, HeldTotalMinor: &sum.TotalMinor, ContendedAt: toMillis(at),
	}
	b := t.builder()
	b.direct(row, after.Version)
	return t.write(ctx, b)
}

// FreeBudget has a budget hold no longer of which nothing was open when it was read. It
// returns shop.ErrConflict where it has changed since, or a hold has been opened.
func (t *Table) FreeBudget(ctx context.Context, held shop.Budget) error {
	direct := held
	direct.Version++
	direct.Held = nil
	sum := held.Spending.Sum(held.Held.Currency)
	b := t.builder()
	b.replace(storedBudget(direct),
		ifVersion+" AND begun = :begun AND live = :live AND heldDay = :day AND heldTotalMinor = :total AND heldMonthMinor = :monthMinor AND heldDayMinor = :dayMinor",
		item{
			":before": number(int64(held.Version)), ":begun": number(int64(held.Held.Begun)), ":live": number(int64(held.Spending.LiveServices)),
			":day": text(held.Held.Day), ":total": number(sum.TotalMinor), ":monthMinor": number(sum.MonthMinor), ":dayMinor": number(sum.DayMinor),
		})
	return t.write(ctx, b)
}

// RollBudget begins another day or month of a budget that holds. It returns
// shop.ErrConflict where that has been done.
func (t *Table) RollBudget(ctx context.Context, b shop.Budget, day, month string) error {
	s := t.step(budgetKey(b.Account, b.Agent))
	if day != b.Held.Day {
		s.put("heldDay", text(day))
		s.put("heldDayMinor", number(0))
	}
	if month != b.Held.Month {
		s.put("heldMonth", text(month))
		s.put("heldMonthMinor", number(0))
	}
	s.when("heldDay = :fromDay", ":fromDay", text(b.Held.Day))
	s.when("heldMonth = :fromMonth", ":fromMonth", text(b.Held.Month))
	_, err := s.update(ctx, t, "")
	return classify(err)
}

// StepBudget updates a budget that holds. It returns shop.ErrConflict where it does
// not, where its policy is another one than was read, or a limit would be passed.
func (t *Table) StepBudget(ctx context.Context, b shop.BudgetStep) error {
	s := t.step(budgetKey(b.Budget.Account, b.Budget.Agent))
	if h := b.Begin; h != nil {
		s.spend(b.Budget, *h)
		s.put("updatedAt", number(int64(toMillis(b.At))))
		s.add("begun", 1)
		s.open(budgetHold(*h), ":begun")
	}
	if h := b.End; h != nil {
		s.end(budgetHold(*h))
		if b.Undo {
			s.unspend(b.Budget, *h)
		}
	}
	s.drop(namesOf(b.Committed, budgetHold))
	if b.Contended {
		s.put("contendedAt", number(int64(toMillis(b.At))))
	}
	s.when(holds, "", nil)
	_, err := s.update(ctx, t, "")
	return classify(err)
}

// spend adds what a hold counts, within the limits of the policy.
func (s *step) spend(b shop.Budget, h shop.Hold) {
	sum := b.Spending.Sum(b.Held.Currency)
	s.when(ifVersion, ":before", number(int64(b.Version)))
	s.when("heldCurrency = :currency", ":currency", text(string(b.Held.Currency)))
	s.when("heldDay = :day", ":day", text(sum.Day))
	s.when("heldMonth = :month", ":month", text(sum.Month))
	s.count(h.Minor, h.Services, true, true)
	if h.Minor == 0 && h.Services == 0 {
		return // it is counted already
	}
	limit := b.Policy.LimitOf(b.Held.Currency)
	s.most("heldTotalMinor", limit.Total, h.Minor)
	if limit.PerDay != nil {
		s.most("heldDayMinor", limit.PerDay, h.Minor)
	}
	if limit.PerMonth != nil {
		s.most("heldMonthMinor", limit.PerMonth, h.Minor)
	}
	if most := b.Policy.MaxLiveServices; most != nil && h.Services > 0 {
		s.when("live <= :mostLive", ":mostLive", number(int64(*most-h.Services)))
	}
}

// most has a sum stay within a limit; nil is that of the numbers.
func (s *step) most(sum string, limit *int64, more int64) {
	most := int64(math.MaxInt64)
	if limit != nil {
		most = *limit
	}
	s.when(sum+" <= :most_"+sum, ":most_"+sum, number(most-more))
}

// unspend takes off what a hold has counted. On another day than its own the day's sum
// no longer has it.
func (s *step) unspend(b shop.Budget, h shop.Hold) {
	s.when("heldDay = :day", ":day", text(b.Held.Day))
	s.when("heldMonth = :month", ":month", text(b.Held.Month))
	s.count(-h.Minor, -h.Services, h.Day == b.Held.Day, len(h.Day) >= 7 && h.Day[:7] == b.Held.Month)
}

func (s *step) count(minor int64, services int, ofDay, ofMonth bool) {
	s.add("heldTotalMinor", minor)
	if ofDay {
		s.add("heldDayMinor", minor)
	}
	if ofMonth {
		s.add("heldMonthMinor", minor)
	}
	s.add("live", int64(services))
}

// budget adds a budget to a transaction: as a whole or, where it holds, only what the
// change is about.
func (b *builder) budget(budget shop.Budget) {
	switch {
	case budget.Held == nil:
		b.direct(storedBudget(budget), budget.Version)
	case budget.Move == nil:
		b.rewrite(heldPolicyRow{
			head:   newHead(budgetKey(budget.Account, budget.Agent), "budget", budget.Version),
			Policy: storedPolicy(budget.Policy), HoldAsked: budget.Policy.HoldForApproval, LowMinor: budget.Policy.LowBalance, RenewMinor: budget.Policy.RenewalAbove, Epoch: budget.Epoch, Ended: storedEnded(budget.Ended), UpdatedAt: toMillis(budget.UpdatedAt),
		}, ifVersion+" AND "+holds, item{":before": number(int64(budget.Version - 1))})
	default:
		b.giveBack(budget)
	}
}

// heldPolicyRow is what a change of the policy or the epoch writes of a budget that
// holds.
type heldPolicyRow struct {
	head
	Policy    policyRow  `dynamodbav:"policy"`
	Epoch     int        `dynamodbav:"epoch,omitempty"`
	Ended     []endedRow `dynamodbav:"ended,omitempty"`
	UpdatedAt millis     `dynamodbav:"updatedAt"`
	HoldAsked bool       `dynamodbav:"holdAsked,omitempty"`
	LowMinor  *int64     `dynamodbav:"lowMinor,omitempty"`

	RenewMinor *int64 `dynamodbav:"renewMinor,omitempty"`
}

// giveBack lowers the sums of a budget that holds.
func (b *builder) giveBack(budget shop.Budget) {
	s := (&Table{name: *b.table, spread: b.spread}).step(budgetKey(budget.Account, budget.Agent))
	s.count(-budget.Move.Minor, -budget.Move.Services, budget.Move.OfDay, budget.Move.OfMonth)
	s.put("updatedAt", number(int64(toMillis(budget.UpdatedAt))))
	s.when("heldDay = :day", ":day", text(budget.Held.Day))
	s.when("heldMonth = :month", ":month", text(budget.Held.Month))
	s.when(holds, "", nil)
	b.entries = append(b.entries, s.entry())
}

// into puts the sum among the others, as the shop knows them.
func (r heldSumRow) into(b *shop.Budget) {
	if r.Begun == nil || r.HeldDayMinor == nil || r.HeldMonthMinor == nil || r.HeldTotalMinor == nil {
		return
	}
	b.Held = &shop.Held{Currency: money.Currency(r.HeldCurrency), Day: r.HeldDay, Month: r.HeldMonth, Begun: *r.Begun, ContendedAt: r.ContendedAt.time()}
	for name := range r.Holds {
		b.Held.Open = append(b.Held.Open, parseBudgetHold(name))
	}
	sorting.By(b.Held.Open, func(x, y shop.Hold) int { return cmp.Compare(x.ID, y.ID) })
	b.Spending.Sums = append(b.Spending.Sums, shop.Sum{
		Currency: b.Held.Currency, Day: r.HeldDay, DayMinor: *r.HeldDayMinor,
		Month: r.HeldMonth, MonthMinor: *r.HeldMonthMinor, TotalMinor: *r.HeldTotalMinor,
	})
}
