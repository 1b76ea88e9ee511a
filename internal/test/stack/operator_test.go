package stack

import (
	"path/filepath"
	"regexp"
	"testing"
)

// operator has the commands of the store at hand, for the deployed table.
type operator struct {
	deployment
	program string
	env     []string
}

func (d deployment) operator(tb testing.TB) operator {
	tb.Helper()
	program := filepath.Join(tb.TempDir(), "agentstore")
	d.cloud.run(tb, nil, "go", "build", "-o", program, "./cmd/agentstore")
	return operator{d, program, []string{"TABLE_NAME=" + d.id(tb, "Table"), "KEY_MODE=live", "SPREAD_SINCE=always"}}
}

// run carries a command out, and returns what it says.
func (o operator) run(tb testing.TB, args ...string) string {
	tb.Helper()
	return o.cloud.run(tb, o.env, o.program, args...)
}

// fundedKey is the key of an agent of a new account, which has money.
func (o operator) fundedKey(tb testing.TB) string {
	tb.Helper()
	said := o.run(tb, "key", "create")
	o.run(tb, "fund", "--account", found(tb, said, `--account (\S+)`), "--amount", "50000", "--reference", "first")
	return found(tb, said, `AGENT_STORE_AGENT_API_KEY=(\S+)`)
}

// found is what a pattern finds.
func found(tb testing.TB, text, pattern string) string {
	tb.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if m == nil {
		tb.Fatalf("there is no %s in: %s", pattern, text)
	}
	return m[1]
}
