package shop

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// Repeated is what the purchase of a quote says once more of what the quote says
// already. What it leaves out is empty or nil.
type Repeated struct {
	Item          id.Item
	Quantity      *int
	Configuration map[string]any
}

// agrees refuses what contradicts the quote, with a problem for each field: the caller
// means something else than it would get. It returns invalid_input.
func (s *Shop) agrees(quote Quote, said Repeated) error {
	offer := quote.Offer
	var problems []fault.Problem
	if said.Item != "" && said.Item != offer.Item.ID {
		problems = append(problems, contradiction("$.catalogItemId", string(offer.Item.ID)))
	}
	if said.Quantity != nil && *said.Quantity != offer.Quantity {
		problems = append(problems, contradiction("$.quantity", fmt.Sprint(offer.Quantity)))
	}
	differences, err := s.differences(offer, said.Configuration)
	if err != nil {
		return err
	}
	problems = append(problems, differences...)
	if len(problems) == 0 {
		return nil
	}
	return fault.Invalid(problems...).
		Fix("Create another quote with quote_create if you mean to buy something else.")
}

// differences are the members of a configuration that are not those of the offer. They
// are compared in the form in which the product keeps them: a default that was left out
// is no difference, nor is the comment of a key for which a reference stands.
func (s *Shop) differences(offer Offer, said map[string]any) (problems []fault.Problem, err error) {
	if len(said) == 0 {
		return nil, nil
	}
	product, err := s.Products.Find(offer.Item.ServiceType)
	if err != nil {
		return nil, err
	}
	var quoted map[string]any
	if err := json.Unmarshal(offer.Configuration, &quoted); err != nil {
		return nil, err
	}
	configure := func(more map[string]any) (bool, []fault.Problem, error) {
		whole := maps.Clone(quoted)
		maps.Copy(whole, more)
		reference := func() id.Personal { return offer.Personal }
		configured, wrong, err := product.Configure(offer.Item, whole, offer.Quantity, reference)
		return bytes.Equal(configured.JSON, offer.Configuration), wrong, err
	}
	same, wrong, err := configure(said)
	if same || err != nil {
		return nil, err
	}
	for _, w := range wrong {
		problems = append(problems, contradiction(w.Param, "read it with quote_get"))
	}
	if len(wrong) > 0 {
		return problems, nil
	}
	for _, name := range slices.Sorted(maps.Keys(said)) {
		same, _, err := configure(map[string]any{name: said[name]})
		if err != nil {
			return nil, err
		}
		if !same {
			problems = append(problems, contradiction("$.configuration."+name, shown(quoted[name])))
		}
	}
	return problems, nil
}

func contradiction(param, quoted string) fault.Problem {
	return fault.Problem{
		Code: fault.InvalidInput, Param: param, Detail: "must be left out, or be what the quote says: " + quoted,
		Fix: "Leave out " + param + " to buy what the quote says.",
	}
}

// shown is a member of a configuration in a sentence, unless it is long.
func shown(quoted any) string {
	text, err := json.Marshal(quoted)
	switch {
	case err != nil, len(text) > 100:
		return "read it with quote_get"
	case quoted == nil:
		return "nothing"
	default:
		return string(text)
	}
}
