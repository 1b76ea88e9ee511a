package server_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// isHostname is RFC 1123, section 2.1, in lower case, with a last label that no program
// takes for a number, read label by label.
func isHostname(name string) bool {
	if len(name) < 1 || len(name) > 253 {
		return false
	}
	labels := strings.Split(name, ".")
	for _, label := range labels {
		if len(label) < 1 || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" ||
			strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
			return false
		}
	}
	return !isNumber(labels[len(labels)-1])
}

// isNumber is what the last part of an IPv4 address can be (the URL Standard, "ends in
// a number").
func isNumber(label string) bool {
	digits, hexadecimal := strings.CutPrefix(label, "0x")
	if hexadecimal {
		return digits == "" || strings.Trim(digits, "0123456789abcdef") == ""
	}
	return strings.Trim(label, "0123456789") == ""
}

// The schema that callers read, the check that binds them and the rule are of one mind
// about any text, and every name that a purchase makes of a good one is good.
func TestHostnamesByTheRule(t *testing.T) {
	t.Parallel()
	schema := published(t, item())
	good := rapid.StringMatching(`[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?`)
	labels := rapid.OneOf(
		good, good, good, good, good, good,
		rapid.StringMatching(`[0-9]{1,10}`), rapid.StringMatching(`0x[0-9a-f]{0,8}`), rapid.StringMatching(`0x[0-9a-h]{1,3}`),
		rapid.StringMatching(`[a-z]{61,64}`), rapid.StringMatching(`[A-Za-z0-9_. -]{0,4}`), rapid.StringN(0, 3, -1),
	)
	verdicts := make(map[bool]int)
	rapid.Check(t, func(r *rapid.T) {
		name := strings.Join(rapid.SliceOfN(labels, 1, 5).Draw(r, "labels"), ".")
		input := with(map[string]any{"hostname": name})
		isGood := isHostname(name)
		_, problems := configure(t, item(), input, 1)
		if refused := schema.Validate(input); (refused == nil) != isGood || (len(problems) == 0) != isGood {
			r.Fatalf("%q: the rule says %t, the schema %v, the check %v", name, isGood, refused, problems)
		}
		if many, problems := configure(t, item(), input, 10); len(problems) == 0 {
			checkUse(t, many, 10)
		}
		verdicts[isGood]++
	})
	if verdicts[true] < 5 || verdicts[false] < 5 {
		t.Errorf("only %d names were good and %d bad", verdicts[true], verdicts[false])
	}
}

// Whoever sends an address is told what a name is.
func TestHostnameFix(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"127.0.0.1": "the last of which is no number",
		"web_1":     "labels of a-z, 0-9 and inner hyphens",
		"Web-1":     `in lower case: "web-1".`,
		"":          "such as web-1",
	} {
		_, problems := configure(t, item(), with(map[string]any{"hostname": name}), 1)
		if len(problems) != 1 || !strings.Contains(problems[0].Fix, want) {
			t.Errorf("%q: %+v, want a fix with %s", name, problems, want)
		}
	}
}
