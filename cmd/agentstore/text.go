package main

import (
	"fmt"

	"agentstore/pkg/text"
)

// readable is what an option says that people will see; see package text.
func readable(option, s string, characters int) (string, error) {
	s, flaw := text.Rule{Characters: characters}.Check(s)
	switch {
	case flaw.Detail != "":
		return "", fmt.Errorf("%s %s. %s", option, flaw.Detail, flaw.Fix)
	case s == "":
		return "", fmt.Errorf("%s must not be blank", option)
	}
	return s, nil
}
