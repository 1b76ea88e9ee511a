package api

import (
	"time"

	"agentstore/pkg/money"
	"agentstore/pkg/shop"
)

type spendCheckWire struct {
	Allowed          bool        `json:"allowed" jsonschema:"false if purchase_create would be refused"`
	ApprovalRequired bool        `json:"approvalRequired" jsonschema:"true if a person would be asked"`
	Checks           []checkWire `json:"checks" jsonschema:"one for each rule that limits the purchase"`
}

type checkWire struct {
	Layer  shop.Layer `json:"layer" jsonschema:"whose policy it is"`
	Rule   shop.Rule  `json:"rule"`
	Passed bool       `json:"passed"`
	// The figures of a limit of money.
	LimitMinor *int64         `json:"limitMinor,omitempty" jsonschema:"what the rule allows"`
	SpentMinor *int64         `json:"spentMinor,omitempty" jsonschema:"without this purchase"`
	LeftMinor  *int64         `json:"leftMinor,omitempty"`
	Currency   money.Currency `json:"currency,omitempty"`
	// The figures of a limit of services.
	Limit    *int64    `json:"limit,omitempty" jsonschema:"in services, as spent and left"`
	Spent    *int64    `json:"spent,omitempty"`
	Left     *int64    `json:"left,omitempty"`
	ResetsAt time.Time `json:"resetsAt,omitzero" jsonschema:"when the rule will allow more by itself"`
	Allowed  []string  `json:"allowed,omitempty" jsonschema:"the only ones that may be bought"`
}

func wireSpendCheck(c shop.SpendCheck) spendCheckWire {
	return spendCheckWire{c.Allowed(), c.NeedsConsent(), each(c.Checks, wireCheck)}
}

func wireCheck(c shop.Check) checkWire {
	w := checkWire{Layer: c.Layer, Rule: c.Rule, Passed: c.Passed, ResetsAt: c.ResetsAt, Allowed: c.Allowed}
	if m := c.Money; m != nil {
		w.LimitMinor, w.SpentMinor, w.LeftMinor, w.Currency = &m.Limit.Minor, &m.Spent.Minor, &m.Left.Minor, m.Limit.Currency
	}
	if n := c.Services; n != nil {
		w.Limit, w.Spent, w.Left = &n.Limit, &n.Spent, &n.Left
	}
	return w
}
