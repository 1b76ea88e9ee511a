package shop

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
)

// ActionCancel is the end of a service that somebody asks for. It is no action of a
// product, but a service can be protected against it.
const ActionCancel ActionName = "cancel"

// CancelWhen says when a service ends that is cancelled.
type CancelWhen string

// The moments. At the end of the term nothing is refunded, because nothing is unused.
const (
	CancelNow       CancelWhen = "now"
	CancelEndOfTerm CancelWhen = "end_of_term"
)

// Cancellation is what a cancellation comes to.
type Cancellation struct {
	Service Service
	When    CancelWhen
	// EndsAt is when the service is deleted.
	EndsAt time.Time
	// Lost names what ends with it, besides its data.
	Lost []string
	// Refund is for what is unused at the moment of the preview.
	Refund money.Money
	// Token asks for exactly this, until TokenUntil.
	Token      string
	TokenUntil time.Time
}

// cancelTokenLifetime is how long what a preview says can be asked for.
const cancelTokenLifetime = 15 * time.Minute

// PreviewCancel says what a cancellation of a service would come to now. It returns
// not_found, action_in_progress and service_not_ready.
func (s *Shop) PreviewCancel(ctx context.Context, caller Caller, serviceID id.Service, when CancelWhen) (Cancellation, error) {
	service, err := s.Service(ctx, caller, serviceID)
	if err != nil {
		return Cancellation{}, err
	}
	return s.CancellationOf(service, when)
}

// CancellationOf is PreviewCancel of a service as it was read.
func (s *Shop) CancellationOf(service Service, when CancelWhen) (Cancellation, error) {
	if err := cancellable(service); err != nil {
		return Cancellation{}, err
	}
	product, err := s.Products.Find(service.ServiceType)
	if err != nil {
		return Cancellation{}, err
	}
	c := cancellation(service, when, s.Now().UTC().Truncate(time.Second))
	c.Lost, err = product.Lost(service.State)
	return c, err
}

// cancellation is what a cancellation comes to that is previewed at a moment.
func cancellation(service Service, when CancelWhen, at time.Time) Cancellation {
	c := Cancellation{
		Service: service, When: when, EndsAt: at, Refund: money.Money{Currency: service.Bill.Renewal.Currency},
		Token: cancelToken(service, when, at), TokenUntil: at.Add(cancelTokenLifetime),
	}
	if when == CancelEndOfTerm {
		c.EndsAt = service.Lease.within(service.Bill.PaidUntil)
	} else {
		c.Refund.Minor = service.Bill.unused(at)
	}
	return c
}

// cancellable refuses to cancel what cannot end now.
func cancellable(service Service) error {
	switch {
	case service.Status == ServiceProvisioning:
		return inProgress(service, "is still being created")
	case !service.Status.Lives():
		return fault.New(fault.ServiceNotReady, "The service %s has ended already: it is %s.", service.ID, service.Status).
			Fix("Read the service with service_get: nothing is charged for it any more.")
	case service.Current != nil:
		return inProgress(service, "is busy with the "+string(service.Current.Intent.Action))
	}
	return nil
}

// cancelToken names the moment of a preview, and what it was about. It is no secret: it
// holds a caller to what they have seen.
func cancelToken(s Service, when CancelWhen, at time.Time) string {
	text, _ := json.Marshal([]any{s.ID, when, s.Bill.PaidUntil.Unix(), s.Bill.Paid, at.Unix()}) // texts and numbers always encode
	hash := sha256.Sum256(text)
	token := binary.BigEndian.AppendUint64(nil, uint64(at.Unix()))
	return "cancel_" + base64.RawURLEncoding.EncodeToString(append(token, hash[:10]...))
}

// previewedAt is the moment of the preview that a token is from. It refuses a token of
// something else, and one that is too old: what it said holds no more.
func previewedAt(s Service, when CancelWhen, token string, now time.Time) (time.Time, error) {
	if at, ok := momentOf(token, now, func(at time.Time) string { return cancelToken(s, when, at) }); ok {
		return at, nil
	}
	return time.Time{}, fault.InvalidParam("$.token", "must be the token of a preview of the same cancellation, of the last %d minutes", int(cancelTokenLifetime.Minutes())).
		Fix("Call service_cancel_preview with the same serviceId and ends, see what it says, and send its token.")
}

// momentOf is the moment that a token names, if it is the token of that moment and good.
func momentOf(token string, now time.Time, tokenAt func(time.Time) string) (time.Time, bool) {
	const prefix = len("cancel_")
	if len(token) <= prefix {
		return time.Time{}, false
	}
	raw, err := base64.RawURLEncoding.DecodeString(token[prefix:])
	if err != nil || len(raw) != 18 {
		return time.Time{}, false
	}
	at := time.Unix(int64(binary.BigEndian.Uint64(raw)), 0).UTC()
	current := !at.After(now) && now.Before(at.Add(cancelTokenLifetime))
	return at, current && token == tokenAt(at)
}

// CancelOrder is a cancellation that is asked for.
type CancelOrder struct {
	When  CancelWhen `json:"ends"`
	Token string     `json:"token"`
}

// Cancel ends a service, at once or with its term. What is refunded is what the preview
// has said. It returns not_found, action_in_progress, service_not_ready, invalid_input
// for a token that is not of this, approval_required, approval_limit_reached and
// idempotency_conflict.
func (s *Shop) Cancel(ctx context.Context, caller Caller, serviceID id.Service, order CancelOrder, request Request[Service]) (Response, error) {
	input, err := json.Marshal(order)
	if err != nil {
		return Response{}, err
	}
	intent := Intent{Action: ActionCancel, Input: input}
	var service Service
	var asked Waiting
	response, err := write(ctx, s, caller, request, func() (decision[Service], error) {
		var c closing
		var seat *Budget
		err := parallel(
			func() (err error) { seat, err = s.seat(ctx, caller); return err },
			func() (err error) { asked, err = s.askedBy(ctx, caller); return err },
			func() (err error) { c.funds, err = wallet(ctx, s.Store, caller.Account); return err },
			func() (err error) { c.bounds.Account, err = budget(ctx, s.Store, caller.Account, ""); return err },
			func() (err error) { service, err = s.Service(ctx, caller, serviceID); return err },
		)
		if err != nil {
			return decision[Service]{}, err
		}
		if seat != nil && service.Agent == caller.Agent {
			c.bounds.Agent = *seat
		} else if c.bounds.Agent, err = budget(ctx, s.Store, caller.Account, service.Agent); err != nil {
			return decision[Service]{}, err
		}
		if c.question, err = questionOf(ctx, s.Store, service); err != nil {
			return decision[Service]{}, err
		}
		c.service = service
		d, err := s.cancel(c, order)
		if err == nil {
			err = caller.passes(service, intent)
		}
		d.seat = seat
		return d, err
	})
	return response, s.orAsk(ctx, caller, asked, service, intent, request.Fingerprint, request.Key, err)
}

// cancel decides a cancellation. What is refunded counts from the preview on.
func (s *Shop) cancel(c closing, order CancelOrder) (d decision[Service], err error) {
	service := c.service
	if err := cancellable(service); err != nil {
		return d, err
	}
	now := s.Now()
	at, err := previewedAt(service, order.When, order.Token, now)
	if err != nil {
		return d, err
	}
	d = decision[Service]{subject: string(service.ID), keepFor: RecordLifetime}
	if order.When == CancelEndOfTerm {
		service.Bill.Ends = true
		d.change.Services = []Service{service.changed(now)}
	} else {
		c.reason, c.until = EndCanceled, at
		change, err := c.change(now)
		if err != nil {
			return d, err
		}
		d.change = *change
	}
	d.result = d.change.Services[0]
	return d, nil
}

// cancelApproved ends the service that a member has agreed to end.
func (s *Shop) cancelApproved(ctx context.Context, service Service, a Approval, change *Change) error {
	var order CancelOrder
	if err := json.Unmarshal(a.Intent.Input, &order); err != nil {
		return err
	}
	// The answer may come long after the preview: what is refunded counts from now on.
	order.Token = cancelToken(service, order.When, change.At.UTC().Truncate(time.Second))
	c := closing{service: service}
	if err := c.read(ctx, s.Store); err != nil {
		return err
	}
	d, err := s.cancel(c, order)
	if err != nil {
		return err
	}
	change.Services, change.Actions, change.Jobs = d.change.Services, d.change.Actions, d.change.Jobs
	change.Booking, change.Budgets, change.Also = d.change.Booking, d.change.Budgets, d.change.Also
	return nil
}
