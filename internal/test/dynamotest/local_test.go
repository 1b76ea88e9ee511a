package dynamotest

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestLocalDiesWithTheTestBinary(t *testing.T) {
	t.Parallel()
	Local(t)
	binary, line := startHelper(t, "local")
	address, isEndpoint := strings.CutPrefix(strings.TrimSuffix(line, " <nil>"), "http://")
	if !isEndpoint {
		t.Fatalf("the helper says %q", line)
	}
	if !accepts(address) {
		t.Fatal("the server does not run")
	}
	if err := binary.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the server is gone", func() bool { return !accepts(address) })
}

func accepts(address string) bool {
	connection, err := net.Dial("tcp", address)
	if err != nil {
		return false
	}
	_ = connection.Close()
	return true
}

func TestLocalIsShared(t *testing.T) {
	t.Parallel()
	tab := newTable(t, Local(t).Client)
	tab.has(key("a", "1"))
	same := table{t: t, client: Local(t).Client, name: tab.name}
	check(t, "the item", same.get(key("a", "1")), key("a", "1"))
}

// What a test does on a machine that lacks something: it is skipped where
// nothing was installed, and fails in CI and where the start fails.
func TestLocalMissing(t *testing.T) {
	t.Parallel()
	empty := t.TempDir()
	withJar := t.TempDir()
	write(t, filepath.Join(withJar, "DynamoDBLocal-0.jar"), 0o600, "not a jar")
	brokenJava := t.TempDir()
	write(t, filepath.Join(brokenJava, "java"), 0o700, "#!/bin/sh\necho it is broken >&2\nexit 1\n")
	path := brokenJava + ":" + os.Getenv("PATH")

	const pass, skip, fail = "--- PASS: TestLocalIsShared", "--- SKIP: TestLocalIsShared", "--- FAIL: TestLocalIsShared"
	tests := map[string]struct {
		environment []string
		want        []string
	}{
		"no jars": {
			[]string{"DYNAMODB_LOCAL_DIR=" + empty, "CI="},
			[]string{skip, "LEFT OUT", empty, "make dynamodb-local"},
		},
		"no jars in the default folder": {
			[]string{"DYNAMODB_LOCAL_DIR=", "XDG_CACHE_HOME=" + empty, "CI="},
			[]string{skip, "LEFT OUT", filepath.Join(empty, "agentstore/dynamodb-local-3.3.1"), "make dynamodb-local"},
		},
		"no jars in CI": {
			[]string{"DYNAMODB_LOCAL_DIR=" + empty, "CI=true"},
			[]string{fail, empty, "make dynamodb-local"},
		},
		"no java": {
			[]string{"DYNAMODB_LOCAL_DIR=" + withJar, "PATH=" + empty, "CI="},
			[]string{skip, "LEFT OUT", "no java", "make dynamodb-local"},
		},
		"no java in CI": {
			[]string{"DYNAMODB_LOCAL_DIR=" + withJar, "PATH=" + empty, "CI=true"},
			[]string{fail, "no java", "make dynamodb-local"},
		},
		"a start that fails": {
			[]string{"DYNAMODB_LOCAL_DIR=" + withJar, "PATH=" + path, "CI="},
			[]string{fail, "it is broken"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run := exec.Command(os.Args[0], "-test.run=^TestLocalIsShared$", "-test.v")
			run.Env = append(os.Environ(), test.environment...)
			output, err := run.CombinedOutput()
			if failed := err != nil; failed != (test.want[0] == fail) {
				t.Errorf("the run ended with %v", err)
			}
			for _, want := range test.want {
				if !strings.Contains(string(output), want) {
					t.Errorf("the output lacks %q:\n%s", want, output)
				}
			}
			if strings.Contains(string(output), pass) {
				t.Errorf("the test passed:\n%s", output)
			}
		})
	}
}

func write(t *testing.T, name string, mode os.FileMode, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
}
