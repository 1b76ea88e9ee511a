package shop

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/sorting"
)

// MaxMatches is how many services one cancellation can be about.
const MaxMatches = 1000

// Matching says which services are meant: those with a label, those of an agent, or those
// of an agent with a label. One of them is there.
type Matching struct {
	Label string
	Agent id.Agent
}

// ManyCancellation is a cancellation of all services that matched. Each is ended by a
// transaction of its own.
type ManyCancellation struct {
	ID       id.Cancellation
	Account  id.Account
	Version  int
	By       Actor // who asked
	Matching Matching
	// PreviewedAt is what refunds count from.
	PreviewedAt time.Time
	Matches     []Match
	// Heeds: services that are protected against it are kept. Cancellations of agents from
	// before there was this field do so, too.
	Heeds bool
	// Froze is the version of the agent's budget that has frozen it, where that began the
	// cancellation. It is zero once what the agent has bought at the same moment is among
	// the matches.
	Froze     int
	CreatedAt time.Time
	UpdatedAt time.Time
	// DueAt is when it is worked on next; zero where nothing is left to do.
	DueAt time.Time
}

// Match is a service that is to be ended, as the preview has seen it.
type Match struct {
	Service   id.Service
	PaidUntil time.Time
	Paid      int64
	State     MatchState
	// Code is why it was kept.
	Code fault.Code
	// Refund is what came back at its end.
	Refund money.Money
}

// MatchState says what has become of a match.
type MatchState string

// The states of a match.
const (
	MatchOpen  MatchState = "open"
	MatchEnded MatchState = "ended"
	MatchKept  MatchState = "kept"
)

// ManyPreview is what a cancellation of many comes to.
type ManyPreview struct {
	Matching   Matching
	Services   []Service
	Protected  int // which an agent cannot end
	Refunds    []money.Money
	Token      string
	TokenUntil time.Time
}

// PreviewCancelMany says what it would come to to cancel all that matches now. It returns
// invalid_input for nothing to match by, and where too much matches.
func (s *Shop) PreviewCancelMany(ctx context.Context, caller Caller, m Matching) (ManyPreview, error) {
	services, err := s.matching(ctx, caller, m)
	if err != nil {
		return ManyPreview{}, err
	}
	at := s.Now().UTC().Truncate(time.Second)
	p := ManyPreview{Matching: m, Services: services, Token: manyToken(m, services, at), TokenUntil: at.Add(cancelTokenLifetime)}
	for _, service := range services {
		if caller.heeds() && protects(service, Intent{Action: ActionCancel}) {
			p.Protected++
			continue
		}
		p.Refunds = addTo(p.Refunds, money.Money{Minor: service.Bill.unused(at), Currency: service.Bill.Renewal.Currency})
	}
	return p, nil
}

// addTo adds an amount to the sum of its currency.
func addTo(sums []money.Money, amount money.Money) []money.Money {
	for i := range sums {
		if sums[i].Currency == amount.Currency {
			sums[i].Minor += amount.Minor
			return sums
		}
	}
	return append(sums, amount)
}

// matching are the services that have not ended, in the order of their identifiers. It
// returns invalid_input for nothing to match by, and where too much matches.
func (s *Shop) matching(ctx context.Context, caller Caller, m Matching) ([]Service, error) {
	if m.Label == "" && m.Agent == "" {
		return nil, fault.InvalidParam("$.label", "is needed, or agentId: they say which services are meant").
			Fix("Send the label of the services, or the agentId of the agent that has bought them, or both.")
	}
	services, all, err := s.alive(ctx, caller, m)
	if err == nil && !all {
		err = fault.InvalidParam("$.label", "must match at most %d services, those that have ended among them", MaxMatches).
			Fix("Send a narrower label, or label with agentId; labels can be set with service_labels_set.")
	}
	return services, err
}

// alive are the services that match and have not ended, in the order of their
// identifiers. It returns false where too much matches.
func (s *Shop) alive(ctx context.Context, caller Caller, m Matching) (alive []Service, all bool, err error) {
	looked := 0
	for page := (Page{Limit: MaxMatches + 1, Label: m.Label, Agent: m.Agent}); ; {
		services, next, err := s.Services(ctx, caller, page)
		if err != nil {
			return nil, false, err
		}
		looked += len(services)
		for _, service := range services {
			if !service.Status.Ended() {
				alive = append(alive, service)
			}
		}
		switch {
		case looked > MaxMatches || next != "" && Tired(ctx):
			return nil, false, nil
		case next == "":
			sorting.By(alive, func(a, b Service) int { return strings.Compare(string(a.ID), string(b.ID)) })
			return alive, true, nil
		}
		page.After = next
	}
}

// manyToken names the moment of a preview, and what it was about: whatever begins to
// match, ends or is renewed makes it another one.
func manyToken(m Matching, services []Service, at time.Time) string {
	hash := sha256.New()
	write := func(v any) {
		text, _ := json.Marshal(v) // texts and numbers always encode
		hash.Write(append(text, '\n'))
	}
	write([]any{m.Label, m.Agent, at.Unix()})
	for _, s := range services {
		write([]any{s.ID, s.Bill.PaidUntil.Unix(), s.Bill.Paid})
	}
	token := binary.BigEndian.AppendUint64(nil, uint64(at.Unix()))
	return "cancel_" + base64.RawURLEncoding.EncodeToString(append(token, hash.Sum(nil)[:10]...))
}

// CancelMany begins to cancel all that matches, at once. What is refunded is what the
// preview has said, but for what is charged in between. It returns invalid_input for a
// token that is not of this, and idempotency_conflict.
func (s *Shop) CancelMany(ctx context.Context, caller Caller, m Matching, token string, request Request[ManyCancellation]) (Response, error) {
	return write(ctx, s, caller, request, func() (decision[ManyCancellation], error) {
		var seat *Budget
		var services []Service
		err := parallel(
			func() (err error) { seat, err = s.seat(ctx, caller); return err },
			func() (err error) { services, err = s.matching(ctx, caller, m); return err },
		)
		if err != nil {
			return decision[ManyCancellation]{}, err
		}
		now := s.Now()
		at, ok := momentOf(token, now, func(at time.Time) string { return manyToken(m, services, at) })
		if !ok {
			return decision[ManyCancellation]{}, fault.InvalidParam("$.token", "must be the token of a preview of the last %d minutes, since which nothing that matches has changed", int(cancelTokenLifetime.Minutes())).
				Fix("Call service_cancel_many_preview with the same label and agentId, see what it says, and send its token.")
		}
		c := s.cancellationOf(caller, m, services, at, now)
		if len(c.Matches) == 0 {
			c.DueAt = time.Time{}
		}
		return decision[ManyCancellation]{
			result: c, change: Change{Cancellation: &c}, subject: string(c.ID), keepFor: RecordLifetime, seat: seat,
		}, nil
	})
}

// cancellationOf is a new cancellation of some services.
func (s *Shop) cancellationOf(caller Caller, m Matching, services []Service, at, now time.Time) ManyCancellation {
	c := ManyCancellation{
		ID: s.IDs.Cancellation(), Account: caller.Account, Version: 1, By: caller.actor(), Heeds: caller.heeds(), Matching: m,
		PreviewedAt: at, CreatedAt: now, UpdatedAt: now, DueAt: now,
	}
	for _, service := range services {
		c.Matches = append(c.Matches, matchOf(service))
	}
	return c
}

// matchOf is a service that is to be ended.
func matchOf(s Service) Match {
	return Match{Service: s.ID, PaidUntil: s.Bill.PaidUntil, Paid: s.Bill.Paid, State: MatchOpen}
}

// ManyCancellation reads how far a cancellation is. It returns not_found.
func (s *Shop) ManyCancellation(ctx context.Context, caller Caller, cancellation id.Cancellation) (ManyCancellation, error) {
	c, err := s.Store.ManyCancellation(ctx, caller.Account, cancellation)
	if errors.Is(err, ErrNotFound) || err == nil && !caller.sees(c.By.Agent) {
		return ManyCancellation{}, fault.New(fault.NotFound, "There is no cancellation %+q %s.", cancellation, caller.reach()).
			Fix("Use the cancellationId that service_cancel_many has answered.")
	}
	return c, err
}

// Done reports whether nothing is left to do.
func (c ManyCancellation) Done() bool { return c.Count(MatchOpen) == 0 && c.Froze == 0 }

// Count is how many matches have that state.
func (c ManyCancellation) Count(state MatchState) (n int) {
	for _, m := range c.Matches {
		if m.State == state {
			n++
		}
	}
	return n
}

// Refunds is what came back so far.
func (c ManyCancellation) Refunds() (sums []money.Money) {
	for _, m := range c.Matches {
		if m.Refund.Currency != "" {
			sums = addTo(sums, m.Refund)
		}
	}
	return sums
}
