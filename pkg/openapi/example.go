package openapi

import (
	_ "embed"
	"encoding/json"
	"sync"

	"agentstore/pkg/api"
	"agentstore/pkg/product"
)

// members has the examples of what members do, and of what agents do under their
// policies, by the name of the operation. They are a real run of a store, which a test
// makes and compares.
//
//go:embed examples/members.json
var members []byte

// exampleOf is the example of an operation; empty where there is none.
func exampleOf(o api.Operation) api.Example {
	if o.Role == "" {
		return o.Example
	}
	return memberExamples()[o.Name]
}

var memberExamples = sync.OnceValue(func() map[string]api.Example {
	var texts map[string]struct{ Input, Output json.RawMessage }
	if err := json.Unmarshal(members, &texts); err != nil {
		panic(err) // a file that the program brings
	}
	examples := make(map[string]api.Example)
	for name, e := range texts {
		examples[name] = api.Example{Input: string(e.Input), Output: string(e.Output)}
	}
	return examples
})

// rehearsalOf is the example of a dry run of an operation.
func rehearsalOf(o api.Operation) api.Example { return memberExamples()[o.Name+" dryRun"] }

// learnMore takes examples of components from what agents do under policies.
func (c components) learnMore(shelf product.Shelf) error {
	for _, o := range api.Operations(shelf) {
		for _, e := range []api.Example{memberExamples()[o.Name], rehearsalOf(o)} {
			if e.Output == "" {
				continue
			}
			var answer any
			if err := json.Unmarshal([]byte(e.Output), &answer); err != nil {
				return err
			}
			if err := c.learn(o.Output(), answer); err != nil {
				return err
			}
		}
	}
	return nil
}
