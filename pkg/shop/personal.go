package shop

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// Personal is what an order says about people. It has an item of its own, so that it
// can be erased: the quote, the purchase, its services and every answer that is kept
// hold its identifier instead, and stay as they are.
type Personal struct {
	ID          id.Personal
	Account     id.Account
	Agent       id.Agent // whose order it was
	Version     int
	ServiceType string
	// Data is a JSON object that only the product reads; empty once it is erased.
	Data      json.RawMessage
	CreatedAt time.Time
	ErasedAt  time.Time // zero: it is there
	// ExpiresAt is when the quote expires that it belongs to; zero once that is bought,
	// or the data erased.
	ExpiresAt time.Time
}

// PersonalStatus tells whether personal data is there.
type PersonalStatus string

// The statuses of personal data. What is erased stays so.
const (
	PersonalPresent PersonalStatus = "present"
	PersonalErased  PersonalStatus = "erased"
)

// Status tells whether the data is there.
func (p Personal) Status() PersonalStatus {
	if p.ErasedAt.IsZero() {
		return PersonalPresent
	}
	return PersonalErased
}

// erase is the next version, without the data. It says so for ever, whatever becomes
// of its quote.
func (p Personal) erase(now time.Time) Personal {
	p.Version++
	p.Data = nil
	p.ErasedAt, p.ExpiresAt = now, time.Time{}
	return p
}

// Configured is a checked configuration with the defaults filled in. In the place of
// what is about people it has the reference that Configure was given.
type Configured struct {
	JSON json.RawMessage
	// Personal is a JSON object of what the reference stands for; empty for nothing.
	Personal json.RawMessage
}

// PersonalReader reads personal data.
type PersonalReader interface {
	// Personal returns ErrNotFound.
	Personal(context.Context, id.Account, id.Personal) (Personal, error)
}

// newPersonal is what a configuration says about people, of a caller's order; nil
// where that is nothing.
func newPersonal(caller Caller, reference func() id.Personal, serviceType string, data json.RawMessage, now time.Time) *Personal {
	if len(data) == 0 {
		return nil
	}
	return &Personal{
		ID: reference(), Account: caller.Account, Agent: caller.Agent, Version: 1,
		ServiceType: serviceType, Data: data, CreatedAt: now,
	}
}

// until is the personal data of a quote that expires at that time.
func (p *Personal) until(expiry time.Time) *Personal {
	if p != nil {
		p.ExpiresAt = expiry
	}
	return p
}

// Personal reads the personal data of an order that the caller sees. It returns
// not_found.
func (s *Shop) Personal(ctx context.Context, caller Caller, reference id.Personal) (Personal, error) {
	p, err := s.Store.Personal(ctx, caller.Account, reference)
	if errors.Is(err, ErrNotFound) || err == nil && !caller.sees(p.Agent) {
		return Personal{}, fault.New(fault.NotFound, "There is no personal data %+q %s.", reference, caller.reach()).
			Fix("Use the personalId of a quote, a purchase or a service.")
	}
	return p, err
}

// ErasePersonal erases the personal data of an order that the caller sees, for ever:
// whatever refers to it stays, and so does its identifier. What is erased already
// stays as it is. It returns not_found and idempotency_conflict.
func (s *Shop) ErasePersonal(ctx context.Context, caller Caller, reference id.Personal, request Request[Personal]) (Response, error) {
	return write(ctx, s, caller, request, func() (d decision[Personal], err error) {
		err = parallel(
			func() (err error) { d.seat, err = s.seat(ctx, caller); return err },
			func() (err error) { d.result, err = s.Personal(ctx, caller, reference); return err },
		)
		d.subject, d.keepFor = string(reference), RecordLifetime
		if err == nil && d.result.Status() == PersonalPresent {
			d.result = d.result.erase(s.Now())
			d.change.Personal = &d.result
		}
		return d, err
	})
}

// personal is what a service's order says about people, for its fulfilment; empty
// where that is nothing, or erased.
func (w *Worker) personal(ctx context.Context, service Service) (json.RawMessage, error) {
	if service.Personal == "" {
		return nil, nil
	}
	p, err := w.Store.Personal(ctx, service.Account, service.Personal)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	return p.Data, err
}
