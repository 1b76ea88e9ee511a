package shop

import "time"

const (
	// payCheck is how often a service that is not paid looks whether it can be paid now,
	// besides the charges of its schedule: so a payment is noticed without anybody saying so.
	payCheck = time.Hour
	// busyCheck is when a service is looked at again that is busy with an action, or whose
	// suspension or resumption has failed.
	busyCheck = time.Minute
)

// scheduled is the service with the next moment at which something happens with it that
// nobody asks for.
func (s Service) scheduled(now time.Time) Service {
	s.DueAt = s.moment(now)
	return s
}

// changed is the next version of a service, with its next moment.
func (s Service) changed(now time.Time) Service {
	s.Version++
	s.UpdatedAt = now
	return s.scheduled(now)
}

// moment is when the next thing happens; zero for never.
func (s Service) moment(now time.Time) time.Time {
	if s.Status.Ended() && s.Personal != "" {
		return now // to be forgotten; see forget
	}
	if !s.Status.Lives() {
		return time.Time{}
	}
	if s.Current == nil && s.mismatched(now) {
		return now.Add(busyCheck)
	}
	_, next, more := s.Bill.next()
	switch {
	case s.Bill.overdue(now) && (!more || next.After(now.Add(payCheck))):
		next = now.Add(payCheck)
	case s.Bill.Ends && (!more || next.After(s.Bill.PaidUntil)):
		next = s.Bill.PaidUntil
	}
	if l := s.Lease; l != nil && !l.Expired && l.ExpiresAt.Before(next) {
		return l.ExpiresAt
	}
	return next
}

// toSuspend reports whether the service should be stopped: its lease has ended and left
// it, or it is not paid and its grace is over.
func (s Service) toSuspend(now time.Time) bool {
	return s.Lease.IsExpired() || s.Bill.overdue(now) && s.Bill.graceOver()
}

// mismatched reports whether the service runs and should not, or the other way round. One
// that is stopped does not go on while its grace is over by the clock, though the step that
// says so is still to be taken: it would be stopped again at once.
func (s Service) mismatched(now time.Time) bool {
	if s.Status == ServiceSuspended {
		return !s.toSuspend(now) && now.Before(s.Bill.graceUntil())
	}
	return s.toSuspend(now)
}

// graceUntil is when a service is stopped that is not paid.
func (b Bill) graceUntil() time.Time {
	for _, step := range b.steps() {
		if step.kind == stepSuspend {
			return b.PaidUntil.Add(step.after)
		}
	}
	return b.PaidUntil
}

// graceOver reports whether the step that suspends was taken.
func (b Bill) graceOver() bool {
	for _, step := range b.steps()[:b.Step] {
		if step.kind == stepSuspend {
			return true
		}
	}
	return false
}

// BillStatus says how the service stands with its bill.
func (s Service) BillStatus(now time.Time) BillStatus {
	switch {
	case s.Status.Ended():
		return BillEnded
	case !s.Bill.overdue(now):
		return BillActive
	case s.Bill.graceOver():
		return BillSuspended
	default:
		return BillPastDue
	}
}

// RenewsAt is when the service is charged next; zero for never.
func (s Service) RenewsAt() time.Time {
	if s.Status.Ended() || s.Bill.Ends || s.Lease != nil && !s.Lease.ExpiresAt.After(s.Bill.PaidUntil) {
		return time.Time{}
	}
	return s.Bill.PaidUntil
}
