package api

import (
	"time"

	"agentstore/pkg/shop"
)

type spendCheckWire struct {
	Allowed          bool        `json:"allowed" jsonschema:"false if purchase_create would be refused"`
	ApprovalRequired bool        `json:"approvalRequired" jsonschema:"true if a person would be asked"`
	Checks           []checkWire `json:"checks" jsonschema:"one for each rule that limits the purchase"`
}

type checkWire struct {
	Layer    shop.Layer `json:"layer" jsonschema:"whose policy it is"`
	Rule     shop.Rule  `json:"rule"`
	Passed   bool       `json:"passed"`
	Currency string     `json:"currency,omitempty"`
	Limit    *int64     `json:"limit,omitempty" jsonschema:"in the minor unit, or in services"`
	Spent    *int64     `json:"spent,omitempty"`
	Left     *int64     `json:"left,omitempty"`
	ResetsAt time.Time  `json:"resetsAt,omitzero" jsonschema:"when the rule will allow more by itself"`
	Allowed  []string   `json:"allowed,omitempty" jsonschema:"the only ones that may be bought"`
}

func wireSpendCheck(c shop.SpendCheck) spendCheckWire {
	return spendCheckWire{c.Allowed(), c.NeedsConsent(), each(c.Checks, wireCheck)}
}

func wireCheck(c shop.Check) checkWire {
	w := checkWire{Layer: c.Layer, Rule: c.Rule, Passed: c.Passed, Currency: c.Currency, ResetsAt: c.ResetsAt, Allowed: c.Allowed}
	if c.Rule.Counts() {
		w.Limit, w.Spent, w.Left = &c.Limit, &c.Spent, &c.Left
	}
	return w
}
