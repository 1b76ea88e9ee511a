package schemathesis

import (
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"agentstore/internal/release"
)

var (
	each = flag.Duration("each", 0, "how long TestAPIs tries each API")
	seed = flag.Int("seed", 1, "what its requests are made from; 0 is another one each time")
)

const root = "../../.."

// TestAPIs: no request that the OpenAPI document allows, and none that it forbids, gets
// an answer that it does not promise; and the store is sound afterwards.
func TestAPIs(t *testing.T) {
	if *each == 0 {
		t.Skip("make fuzz-api runs this: it says for how long")
	}
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	p := release.Program{Binary: filepath.Join(dir, "agentstore"), Env: []string{"DEMO_CREDIT_MINOR=1000000000"}}
	if err := release.Build(t.Context(), root, p.Binary); err != nil {
		t.Fatal(err)
	}
	s, err := p.Start(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	furnish(t, s)
	alarms := readAlarms(t)
	t.Run("of", func(t *testing.T) {
		for api, parts := range apis {
			t.Run(api, func(t *testing.T) {
				t.Parallel()
				for _, p := range parts {
					t.Run(p.name, func(t *testing.T) { p.try(t, s, alarms) })
				}
			})
		}
	})
	printed, err := s.Stop()
	if err != nil || strings.Contains(printed, `"level":"ERROR"`) {
		t.Errorf("the store ended with %v:\n%s", err, printed)
	}
	if printed, err := p.Run(t.Context(), data, "verify"); err != nil {
		t.Errorf("the store is not sound: %v\n%s", err, printed)
	}
}

// part of an api is what one run of schemathesis tries, with a session of its own.
type part struct {
	name    string
	share   float64 // of the time
	options []string
}

// apis are tried beside each other, and the parts of each in turn: the later ones end
// what the earlier ones use.
var apis = map[string][]part{
	"agents": {
		{"purchases", 0.3, []string{"--include-path-regex=^/v1/agent/(quotes|purchases)"}},
		{"everything", 0.8, []string{"--include-path-regex=^/v1/agent/"}},
	},
	"members": {
		{"services", 0.2, []string{"--include-path-regex=^/v1/account/services"}},
		{"what agents did", 0.3, []string{"--include-path-regex=^/v1/account/(approvals|personal|purchases)"}},
		{"what they may do", 0.6, []string{
			"--include-path-regex=^/v1/account",
			"--exclude-path-regex=^/v1/account/(approvals|personal|purchases|services)|/(members|sessions)/|/approvals/deny$",
		}},
		{"denials", 0.05, []string{"--include-operation-id=agent_list", "--include-operation-id=approval_deny_all"}},
		{"sessions", 0.05, []string{"--include-operation-id=session_list", "--include-operation-id=session_end"}},
		{"all sessions", 0.05, []string{"--include-operation-id=session_end_all"}},
		{"who leaves", 0.05, []string{"--include-path-regex=^/v1/account/members"}},
	},
}

func (p part) try(t *testing.T, s *release.Store, alarms []alarm) {
	dir := t.TempDir() // where it also leaves files that nobody has asked for
	recording := filepath.Join(dir, "recording.ndjson")
	words := append([]string{
		"--no-color", "--config-file=" + absolute(t, "schemathesis.toml"), "run", s.URL + "/openapi.json",
		"--max-time=" + strconv.Itoa(int(each.Seconds()*p.share)),
		"--report-ndjson-path=" + recording, "--output-sanitize=false",
	}, p.options...)
	if *seed != 0 {
		words = append(words, "--seed="+strconv.Itoa(*seed))
	}
	c := exec.CommandContext(t.Context(), absolute(t, root+"/scripts/schemathesis"), words...)
	c.Dir = dir
	c.Env = append(os.Environ(), "AGENT_KEY="+s.Key, "SESSION="+session(t, s))
	printed, err := c.CombinedOutput()
	// It ends with 1 for complaints.
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		t.Fatalf("%v\n%s", err, printed)
	}
	r := readRun(t, recording)
	if err != nil && len(r.complaints) == 0 {
		t.Errorf("%v without a complaint:\n%s", err, printed)
	}
	faults, all := r.faults(alarms)
	for _, c := range faults {
		t.Error(c)
	}
	r.expectCarriedOut(t)
	t.Logf("%d requests by seed %s: %d false alarms, %d others", r.requests, r.seed, len(r.complaints)-all, all)
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}
