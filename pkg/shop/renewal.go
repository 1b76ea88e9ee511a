package shop

import (
	"context"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// SetRenewal says whether a service is renewed when its term ends, or ends with it. One
// that is not paid is charged again within the minute where it is to be renewed. It
// returns not_found, service_not_ready and idempotency_conflict.
func (s *Shop) SetRenewal(ctx context.Context, caller Caller, serviceID id.Service, renews bool, request Request[Service]) (Response, error) {
	return write(ctx, s, caller, request, func() (decision[Service], error) {
		var seat *Budget
		var service Service
		err := parallel(
			func() (err error) { seat, err = s.seat(ctx, caller); return err },
			func() (err error) { service, err = s.Service(ctx, caller, serviceID); return err },
		)
		if err == nil && service.Status.Ended() {
			err = fault.New(fault.ServiceNotReady, "The service %s is %s, and is renewed no more.", service.ID, service.Status).
				Fix("Buy another one with quote_create and purchase_create.")
		}
		if err != nil {
			return decision[Service]{}, err
		}
		now := s.Now()
		service.Bill.Ends = !renews
		if a := service.Bill.Asked; a != nil && a.Denied && renews && !caller.IsAgent() {
			service.Bill.Asked = nil // a member thinks better of it: they are asked once more
		}
		service = service.changed(now)
		if renews && service.Bill.overdue(now) && !service.DueAt.IsZero() {
			service.DueAt = now
		}
		return decision[Service]{
			result: service, change: Change{Services: []Service{service}}, subject: string(service.ID), keepFor: RecordLifetime, seat: seat,
		}, nil
	})
}
