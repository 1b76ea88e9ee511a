package app

import (
	"time"

	"agentstore/pkg/dynamo"
)

// spread is since when accounts are spread over the partitions of a table; nil is
// nothing said.
func (e *environment) spread(name string) *dynamo.Spread {
	switch value := e.getenv(name); value {
	case "":
		return nil
	case "always":
		return new(dynamo.Always())
	case "never":
		return new(dynamo.Spread{})
	default:
		at, err := time.Parse(time.RFC3339, value)
		if err != nil {
			e.fail("%s is %q: use always, never, or a time such as 2027-01-31T12:00:00Z", name, value)
		}
		return new(dynamo.Since(at))
	}
}

// spread is that of the table of functions. A template from before there was the
// variable deploys a table from before.
func (c Config) spread() dynamo.Spread {
	if c.Spread == nil {
		return dynamo.Spread{}
	}
	return *c.Spread
}
