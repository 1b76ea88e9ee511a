package shop_test

import (
	"strings"
	"testing"

	"agentstore/internal/test/dynamotest"
	"agentstore/pkg/fault"
	"agentstore/pkg/shop"
)

// Whoever calls the business with a text that people would read is refused, and
// told where it is at fault; two spellings of a good one are one.
func TestTextsAreHeldToTheRule(t *testing.T) {
	t.Parallel()
	s := newTill(t, dynamotest.Embedded(t))
	caller := shop.Caller{Account: s.account}
	const lie = "Bot\u202e"
	for param, refused := range map[string]func() error{
		"$.name": func() error {
			_, err := s.Shop.CreateAgent(t.Context(), caller, lie, shop.SeesAccount)
			return err
		},
		"$.name ": func() error {
			_, err := s.Shop.RenameAgent(t.Context(), caller, s.Agent, lie)
			return err
		},
		"$.name  ": func() error {
			_, _, err := s.Shop.CreateKey(t.Context(), caller, s.Agent, shop.NewKey{Name: " \u3000"})
			return err
		},
		"$.note": func() error {
			_, err := s.Shop.Approve(t.Context(), caller, "apr_x", lie)
			return err
		},
		"$.note ": func() error {
			_, err := s.Shop.Deny(t.Context(), caller, "apr_x", strings.Repeat("x", shop.MaxNote+1))
			return err
		},
		"$.note  ": func() error {
			_, _, err := s.Shop.Fund(t.Context(), s.account, cents(1), "r", lie)
			return err
		},
		"$.reference": func() error {
			_, _, err := s.Shop.Fund(t.Context(), s.account, cents(1), lie, "")
			return err
		},
		"$.reference ": func() error {
			_, _, err := s.Shop.Adjust(t.Context(), s.account, cents(1), "a\nb", "")
			return err
		},
	} {
		err := refused()
		expectFault(t, param, err, fault.InvalidInput)
		e := fault.From(err)
		if len(e.Problems) != 1 || e.Problems[0].Param != strings.TrimSpace(param) {
			t.Errorf("%s: %v", param, err)
		}
	}

	for _, reference := range []string{"Zo\u00eb", "Zoe\u0308 "} {
		_, _, err := s.Shop.Fund(t.Context(), s.account, cents(7), reference, "")
		expectOK(t, err)
	}
	s.expectLedger(t, 7) // two spellings of a reference are one
}
