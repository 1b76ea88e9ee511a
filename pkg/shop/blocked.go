package shop

import (
	"errors"
	"time"

	"agentstore/pkg/fault"
)

// Blocked is an action that a service has and that cannot begin now, with the code and
// the words in which it would be refused.
type Blocked struct {
	Action string // a capability
	Code   fault.Code
	Detail string
	// From is when it can probably begin; zero where nobody knows.
	From time.Time
}

// AllowedActions names what can be done with a service now.
func (p Products) AllowedActions(s Service) ([]string, error) {
	if _, err := p.Find(s.ServiceType); err != nil {
		return nil, err
	}
	names := []string{}
	err := p.eachAction(s, func(capability string, refusal *fault.Error) {
		if refusal == nil {
			names = append(names, capability)
		}
	})
	return names, err
}

// BlockedActions are the others that it has. There are none once it has ended.
func (p Products) BlockedActions(s Service, now time.Time) ([]Blocked, error) {
	blocked := []Blocked{}
	if s.Status.Ended() {
		return blocked, nil
	}
	err := p.eachAction(s, func(capability string, refusal *fault.Error) {
		if refusal == nil {
			return
		}
		b := Blocked{Action: capability, Code: refusal.Code, Detail: refusal.Detail}
		if s.Current != nil && s.Current.Until.After(now) {
			b.From = s.Current.Until
		}
		blocked = append(blocked, b)
	})
	return blocked, err
}

// eachAction shows every action that a service has, and why it cannot begin.
func (p Products) eachAction(s Service, see func(capability string, refusal *fault.Error)) error {
	for _, action := range p.provided(s.ServiceType, s.Resource.Provider) {
		var refusal *fault.Error
		if err := ready(s, action); err != nil && !errors.As(err, &refusal) {
			return err
		}
		see(Capability(s.ServiceType, action.Name), refusal)
	}
	return nil
}
