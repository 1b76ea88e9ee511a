package dashboard

import (
	"fmt"
	"strings"

	"agentstore/pkg/money"
	"agentstore/pkg/shop"
	"agentstore/pkg/strictjson"
	"agentstore/pkg/web"
)

// signedDown writes money, with its sign where it is negative.
func signedDown(m money.Money) string { return strings.Replace(m.String(), "-", "−", 1) }

// after is what is left of an amount; in another currency nothing is taken from it.
func after(have, price money.Money) money.Money {
	if have.Currency == "" {
		have.Currency = price.Currency
	}
	if have.Currency != price.Currency {
		return have
	}
	have.Minor -= price.Minor
	return have
}

// missing says that the wallet does not suffice; empty where it does.
func missing(f *frame, price money.Money) string {
	left := after(f.free, price)
	if left.Minor >= 0 && (f.free.Currency == price.Currency || f.free.Currency == "") {
		return ""
	}
	if left.Currency != price.Currency {
		return "The wallet holds another currency"
	}
	left.Minor = -left.Minor
	return left.String() + " more is needed in the wallet"
}

// every is how often a term is paid.
func every(t shop.Term) string {
	switch {
	case t.Hours > 0:
		return "every hour"
	case t.Months > 1:
		return fmt.Sprintf("every %d months", t.Months)
	default:
		return "every month"
	}
}

// limitWords says how a rule stands in the way.
func limitWords(c shop.Check) string {
	of := "of the " + string(c.Layer)
	switch m := c.Money; {
	case m != nil && (c.Rule == shop.RuleConfirmAbove || c.Rule == shop.RuleApprovalAbove):
		return fmt.Sprintf("Above %s the policy %s has a person asked.", m.Limit, of)
	case m != nil:
		return fmt.Sprintf("The limit %s (%s) is %s, and %s is left.", of, strings.ToLower(sentence(c.Rule)), m.Limit, signedDown(m.Left))
	case c.Services != nil:
		return fmt.Sprintf("The limit %s is %d live services, and %d is left.", of, c.Services.Limit, c.Services.Left)
	case c.Rule == shop.RuleFrozen:
		return "The " + string(c.Layer) + " is frozen: it may not buy."
	case c.Rule == shop.RuleLease && len(c.Allowed) > 0:
		return fmt.Sprintf("The policy %s demands an end within %s.", of, leaseWords(c.Allowed[0]))
	case len(c.Allowed) > 0:
		return fmt.Sprintf("The policy %s allows only: %s.", of, strings.Join(c.Allowed, ", "))
	default:
		return fmt.Sprintf("The policy %s does not allow it (%s).", of, strings.ToLower(sentence(c.Rule)))
	}
}

// curl is the line by which a script with the session of a browser does the same.
func curl(f *frame, method, path string, body map[string]any) string {
	line := "curl -X " + method + " " + f.caller.Origin + path + ` \
  -H "Cookie: ` + web.CookieName(f.caller.Origin, web.SessionCookie) + `=$SESSION" -H "Sec-Fetch-Site: same-origin"`
	if body == nil {
		return line
	}
	text, err := strictjson.Encode(body)
	if err != nil {
		return line
	}
	return line + ` \
  -H "Content-Type: application/json" -d '` + strings.ReplaceAll(string(text), "'", `'\''`) + "'"
}
