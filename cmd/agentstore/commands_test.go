package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// every is the words of each command, those of run left out, which is none as well.
func every(t *testing.T) [][]string {
	t.Helper()
	var all [][]string
	var walk func(*cobra.Command, []string)
	walk = func(cmd *cobra.Command, words []string) {
		for _, sub := range cmd.Commands() {
			path := append(append([]string{}, words...), sub.Name())
			all = append(all, path)
			walk(sub, path)
		}
	}
	walk(commands(invocation{}), nil)
	if len(all) < 17 {
		t.Fatalf("there are %d commands", len(all))
	}
	return append(all, nil)
}

// inEmpty is an environment in which a command that acts leaves something behind,
// and how to see it.
func inEmpty(t *testing.T) (getenv func(string) string, acted func() bool) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	getenv = environ("DATA_DIR="+dir, "ADDR=127.0.0.1:0", "OIDC_ISSUER=http://127.0.0.1:1", "OIDC_CLIENT_ID=x", "PUBLIC_URL=https://store.example.com",
		"AGENT_STORE_API_BASE_URL=http://127.0.0.1:1/v1/agent", "AGENT_STORE_AGENT_API_KEY=x")
	return getenv, func() bool {
		_, err := os.Stat(dir)
		return err == nil
	}
}

// TestHelpNeverActs asks each command for help in each way.
func TestHelpNeverActs(t *testing.T) {
	t.Parallel()
	getenv, acted := inEmpty(t)
	for _, words := range every(t) {
		for _, args := range [][]string{
			append(append([]string{}, words...), "-h"), append(append([]string{}, words...), "--help"),
			append([]string{"--help"}, words...), append([]string{"help"}, words...),
			append(append([]string{}, words...), "more", "--help"),
		} {
			out := &output{}
			err := run(t.Context(), args, out, getenv)
			if err != nil && !strings.Contains(err.Error(), "no command") || err == nil && !strings.Contains(out.String(), "Usage:") || acted() {
				t.Errorf("%q: %v; acted: %v; it prints %q", args, err, acted(), out)
			}
		}
	}
}

// TestStrayWordsAreErrors gives each command a word and an option too many.
func TestStrayWordsAreErrors(t *testing.T) {
	t.Parallel()
	getenv, acted := inEmpty(t)
	for _, words := range every(t) {
		for _, more := range [][]string{{"stray"}, {"one", "two"}, {"--stray"}, {"--stray=1"}, {"-s"}} {
			args := append(append([]string{}, words...), more...)
			takesOne := map[string]bool{"backup": true, "restore": true, "key revoke": true}[strings.Join(words, " ")]
			if takesOne && len(more) == 1 && more[0] == "stray" {
				continue
			}
			out := &output{}
			err := run(t.Context(), args, out, getenv)
			if err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "agentstore") || out.String() != "" || acted() {
				t.Errorf("%q: %v; acted: %v; it prints %q", args, err, acted(), out)
			}
		}
	}
}

func TestHints(t *testing.T) {
	t.Parallel()
	getenv, _ := inEmpty(t)
	for text, want := range map[string]string{
		"fnd":                      `there is no command "fnd": did you mean fund? agentstore help lists them`,
		"purchase":                 `there is no command "purchase": agentstore help lists them`,
		"help purchase":            `there is no command "purchase": agentstore help lists them`,
		"help seed now":            `there is no command "seed now": agentstore help lists them`,
		"seed now":                 `"now" is one word too many: agentstore help seed says what it takes`,
		"key":                      `agentstore key is incomplete: use agentstore key create or agentstore key revoke`,
		"key make":                 `there is no command "agentstore key make": use agentstore key create or agentstore key revoke`,
		"key create x":             `"x" is one word too many: agentstore help key create says what it takes`,
		"key create -agent agt_1":  `-agent: write --agent`,
		"fund -account=acc_1":      `-account=acc_1: write --account`,
		"fund --acount acc_1":      `unknown flag: --acount: agentstore help fund says what it takes`,
		"fund --account":           `flag needs an argument: --account: agentstore help fund says what it takes`,
		"restore":                  `use: agentstore restore FOLDER`,
		"backup one two":           `use: agentstore backup FOLDER`,
		"key revoke --agent agt_1": `unknown flag: --agent: agentstore help key revoke says what it takes`,
	} {
		err := run(t.Context(), strings.Fields(text), &output{}, getenv)
		if err == nil || err.Error() != want {
			t.Errorf("agentstore %s: %v, want %s", text, err, want)
		}
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	out := &output{}
	if err := run(t.Context(), []string{"version"}, out, environ()); err != nil || !strings.HasPrefix(out.String(), "agentstore ") || !strings.Contains(out.String(), "go1.") {
		t.Errorf("%v, it prints %q", err, out)
	}
}
