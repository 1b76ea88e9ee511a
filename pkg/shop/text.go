package shop

import (
	"agentstore/pkg/fault"
	"agentstore/pkg/text"
)

// The most characters of what people write; package text has the other rules.
// Whatever accepts such a text names the same limits.
const (
	MaxName      = 64  // of an agent or a key
	maxPerson    = 100 // of what an issuer calls somebody
	MaxNote      = 500 // of who decides about an approval
	MaxReference = 100 // of money that the operator moves
)

// Name is a name, normalized. It returns invalid_input for $.name.
func Name(name string) (string, error) {
	name, err := readable("$.name", name, text.Rule{Characters: MaxName})
	if err == nil && name == "" {
		err = fault.InvalidParam("$.name", "must not be blank").Fix("Write at least one letter, number, punctuation mark or symbol in $.name.")
	}
	return name, err
}

func note(note string) (string, error) {
	return readable("$.note", note, text.Rule{Characters: MaxNote, Lines: true})
}

// readable is a text that people will see, normalized. It returns invalid_input.
func readable(param, s string, rule text.Rule) (string, error) {
	s, flaw := rule.Check(s)
	if flaw.Detail != "" {
		return "", fault.Invalid(fault.Problem{Code: fault.InvalidInput, Param: param, Detail: flaw.Detail, Fix: flaw.Fix})
	}
	return s, nil
}
