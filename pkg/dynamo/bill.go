package dynamo

import (
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/period"
	"agentstore/pkg/shop"
)

// billRow is the bill of a service, as short as can be, because whatever is done with a
// service writes it: without what its row has had from the beginning, the price of a
// renewal and until when it is paid, and without what the first term says by itself.
type billRow struct {
	Months     int          `dynamodbav:"m,omitempty"`
	Discount   int          `dynamodbav:"d,omitempty"`
	Hours      int          `dynamodbav:"h,omitempty"`
	PaidFrom   millis       `dynamodbav:"from,omitempty"` // absent: when the service was made
	PaidAt     millis       `dynamodbav:"at,omitempty"`   // the same
	Paid       *int64       `dynamodbav:"paid,omitempty"` // absent: the price of a renewal
	Ceiling    int64        `dynamodbav:"most,omitempty"`
	Month      millis       `dynamodbav:"month,omitempty"`
	MonthMinor int64        `dynamodbav:"monthPaid,omitempty"`
	Ends       bool         `dynamodbav:"ends,omitempty"`
	Schedule   *scheduleRow `dynamodbav:"plan,omitempty"`
	Step       int          `dynamodbav:"step,omitempty"`
	Declined   string       `dynamodbav:"declined,omitempty"`
	Asked      *askedRow    `dynamodbav:"asked,omitempty"`
}

type askedRow struct {
	Approval string `dynamodbav:"approval"`
	Minor    int64  `dynamodbav:"minor"`
	Denied   bool   `dynamodbav:"denied,omitempty"`
}

func storedBill(s shop.Service) *billRow {
	b := s.Bill
	if b.Term == (shop.Term{}) {
		return nil
	}
	row := &billRow{
		Months: b.Term.Months, Discount: b.Term.DiscountPercent, Hours: b.Term.Hours, Ceiling: b.Ceiling,
		Ends: b.Ends, Schedule: storedSchedule(b.Schedule), Step: b.Step, Declined: string(b.Declined),
	}
	if !b.PaidFrom.Equal(period.AddMonths(s.CreatedAt, 0)) {
		row.PaidFrom = toMillis(b.PaidFrom)
	}
	if !b.PaidAt.Equal(s.CreatedAt) {
		row.PaidAt = toMillis(b.PaidAt)
	}
	if b.Paid != b.Renewal.Minor {
		row.Paid = &b.Paid
	}
	if a := b.Asked; a != nil {
		row.Asked = &askedRow{string(a.Approval), a.Minor, a.Denied}
	}
	if b.Ceiling > 0 {
		row.Month, row.MonthMinor = toMillis(b.Month), b.MonthPaid
	}
	return row
}

// bill reads the bill of a service.
func (r serviceRow) bill() shop.Bill {
	bill := shop.Bill{Renewal: moneyOf(r.RenewalMinor, r.Currency), PaidUntil: r.RenewsAt.time()}
	row := r.Bill
	if row == nil {
		return bill
	}
	bill.Term = shop.Term{Months: row.Months, DiscountPercent: row.Discount, Hours: row.Hours}
	bill.PaidFrom, bill.PaidAt, bill.Paid = period.AddMonths(r.CreatedAt.time(), 0), r.CreatedAt.time(), r.RenewalMinor
	if row.PaidFrom != 0 {
		bill.PaidFrom = row.PaidFrom.time()
	}
	if row.PaidAt != 0 {
		bill.PaidAt = row.PaidAt.time()
	}
	if row.Paid != nil {
		bill.Paid = *row.Paid
	}
	bill.Ceiling, bill.Month, bill.MonthPaid = row.Ceiling, row.Month.time(), row.MonthMinor
	bill.Ends, bill.Schedule, bill.Step, bill.Declined = row.Ends, row.Schedule.domain(), row.Step, fault.Code(row.Declined)
	if a := row.Asked; a != nil {
		bill.Asked = &shop.RenewalAsked{Approval: id.Approval(a.Approval), Minor: a.Minor, Denied: a.Denied}
	}
	return bill
}

// scheduleRow is in seconds.
type scheduleRow struct {
	Warn      []int64 `dynamodbav:"warn,omitempty"`
	Retry     []int64 `dynamodbav:"retry,omitempty"`
	Grace     int64   `dynamodbav:"grace"`
	Suspended int64   `dynamodbav:"suspended"`
}

func storedSchedule(s *shop.Schedule) *scheduleRow {
	if s == nil {
		return nil
	}
	seconds := func(list []time.Duration) (out []int64) {
		for _, d := range list {
			out = append(out, int64(d/time.Second))
		}
		return out
	}
	return &scheduleRow{seconds(s.Warn), seconds(s.Retry), int64(s.Grace / time.Second), int64(s.Suspended / time.Second)}
}

func (r *scheduleRow) domain() *shop.Schedule {
	if r == nil {
		return nil
	}
	durations := func(list []int64) (out []time.Duration) {
		for _, n := range list {
			out = append(out, time.Duration(n)*time.Second)
		}
		return out
	}
	return &shop.Schedule{
		Warn: durations(r.Warn), Retry: durations(r.Retry),
		Grace: time.Duration(r.Grace) * time.Second, Suspended: time.Duration(r.Suspended) * time.Second,
	}
}

type leaseRow struct {
	ExpiresAt millis `dynamodbav:"expiresAt"`
	OnExpiry  string `dynamodbav:"onExpiry"`
	Expired   bool   `dynamodbav:"expired,omitempty"`
}

func storedLease(l *shop.Lease) *leaseRow {
	if l == nil {
		return nil
	}
	return &leaseRow{toMillis(l.ExpiresAt), string(l.OnExpiry), l.Expired}
}

func (r *leaseRow) domain() *shop.Lease {
	if r == nil {
		return nil
	}
	return &shop.Lease{ExpiresAt: r.ExpiresAt.time(), OnExpiry: shop.OnExpiry(r.OnExpiry), Expired: r.Expired}
}

// leaseOrderRow is the lease in an offer.
type leaseOrderRow struct {
	Months   int    `dynamodbav:"months,omitempty"`
	Seconds  int64  `dynamodbav:"seconds,omitempty"`
	At       millis `dynamodbav:"at,omitempty"`
	OnExpiry string `dynamodbav:"onExpiry"`
}

func storedLeaseOrder(o *shop.LeaseOrder) *leaseOrderRow {
	if o == nil {
		return nil
	}
	return &leaseOrderRow{o.After.Months, o.After.Seconds, toMillis(o.At), string(o.OnExpiry)}
}

func (r *leaseOrderRow) domain() *shop.LeaseOrder {
	if r == nil {
		return nil
	}
	return &shop.LeaseOrder{After: period.Period{Months: r.Months, Seconds: r.Seconds}, At: r.At.time(), OnExpiry: shop.OnExpiry(r.OnExpiry)}
}

type endRow struct {
	Reason      string `dynamodbav:"reason"`
	At          millis `dynamodbav:"at"`
	RefundMinor int64  `dynamodbav:"refund,omitempty"`
}

func storedEnd(e *shop.End) *endRow {
	if e == nil {
		return nil
	}
	return &endRow{string(e.Reason), toMillis(e.At), e.Refund}
}

func (r *endRow) domain() *shop.End {
	if r == nil {
		return nil
	}
	return &shop.End{Reason: shop.EndReason(r.Reason), At: r.At.time(), Refund: r.RefundMinor}
}
