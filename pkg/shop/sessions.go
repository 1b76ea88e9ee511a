package shop

import (
	"context"
	"slices"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/sorting"
)

// MaxSessions is how many sessions of a person a login leaves alive: it ends those
// unused for the longest time. That many fit into one transaction, with both of
// their rows.
const MaxSessions = 40

// Sessions lists the live sessions of the caller, the most recently used first.
func (p *People) Sessions(ctx context.Context, caller Caller) ([]Session, error) {
	return p.alive(ctx, caller.Person)
}

func (p *People) alive(ctx context.Context, person id.Person) ([]Session, error) {
	sessions, err := p.Store.Sessions(ctx, person)
	now := p.Now()
	sessions = slices.DeleteFunc(sessions, func(s Session) bool { return !s.Alive(now) })
	sorting.By(sessions, func(a, b Session) int { return b.SeenAt.Compare(a.SeenAt) })
	return sessions, err
}

// EndSession ends a session of the caller, at once. It returns not_found.
func (p *People) EndSession(ctx context.Context, caller Caller, session id.Session) error {
	return p.update(ctx, answering(caller.unbound(), &session), func(caller Caller) error {
		sessions, err := p.alive(ctx, caller.Person)
		if err != nil {
			return err
		}
		for _, s := range sessions {
			if s.ID == session {
				return p.end(ctx, caller, []Session{s}, &Event{Operation: "session_end", Subject: string(s.ID)})
			}
		}
		return fault.New(fault.NotFound, "You have no such session, or it has ended.").
			Fix("List your sessions, and use one of their ids.")
	})
}

// EndSessions ends all sessions of the caller, including the one that asks only if
// thisToo is set, and returns how many. It looks again until there are none left, so
// that it also ends those begun in the meantime.
func (p *People) EndSessions(ctx context.Context, caller Caller, thisToo bool) (ended int, err error) {
	own := caller.Session
	err = p.update(ctx, answering(caller.unbound(), &ended), func(caller Caller) error {
		sessions, err := p.alive(ctx, caller.Person)
		if !thisToo {
			sessions = slices.DeleteFunc(sessions, func(s Session) bool { return s.Hash == own })
		}
		if err != nil || len(sessions) == 0 {
			return err
		}
		sessions = sessions[:min(len(sessions), MaxSessions)]
		event := &Event{Operation: "session_end_all", Subject: string(caller.Person)}
		before := ended
		ended += len(sessions)
		if err := p.end(ctx, caller, sessions, event); err != nil {
			ended = before
			return err
		}
		return ErrConflict // to look again
	})
	return ended, err
}

// end ends sessions, all or none. It returns ErrConflict where one of them was used
// or ended meanwhile.
func (p *People) end(ctx context.Context, caller Caller, sessions []Session, event *Event) error {
	change := Change{Event: event}
	for _, s := range sessions {
		s.Version++
		s.EndedAt = p.Now()
		change.Sessions = append(change.Sessions, s)
	}
	return p.commit(ctx, caller, change)
}

// tidy ends the sessions of a person beyond MaxSessions. If one of them is used at
// the same moment, nothing is written, and the next login tidies up.
func (p *People) tidy(ctx context.Context, person id.Person) {
	sessions, err := p.alive(ctx, person)
	if err == nil && len(sessions) > MaxSessions {
		sessions = sessions[MaxSessions:]
		_ = p.end(ctx, Caller{}, sessions[:min(len(sessions), MaxSessions)], nil)
	}
}
