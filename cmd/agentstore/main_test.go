package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/internal/test/storetest/contract"
	"agentstore/internal/test/storetest/documented"
)

// TestMain lets tests run this program as a process: the test binary itself,
// told by a variable.
func TestMain(m *testing.M) {
	if os.Getenv("AGENTSTORE_TEST_MAIN") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// environ is an environment for run.
func environ(values ...string) func(string) string {
	return func(name string) string {
		for _, v := range values {
			if key, value, _ := strings.Cut(v, "="); key == name {
				return value
			}
		}
		return ""
	}
}

// output is what a command prints, read while it runs.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

var exports = regexp.MustCompile(`export AGENT_STORE_API_BASE_URL=(http://127\.0\.0\.1:\d+)/v1/agent\n\s+export AGENT_STORE_AGENT_API_KEY=(\S+)`)

// startStore runs the store until the test ends and returns its URL and key.
func startStore(t *testing.T, values ...string) (url, key string, stop func() string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out := &output{}
	ended := make(chan error, 1)
	go func() {
		defer close(ended) // for whoever waits after it did not start
		ended <- run(ctx, nil, out, environ(append(values, "ADDR=127.0.0.1:0", "LOG_LEVEL=error", "DATA_DIR=memory")...))
	}()
	stop = sync.OnceValue(func() string {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
		return out.String()
	})
	t.Cleanup(func() { stop() })
	for {
		if m := exports.FindStringSubmatch(out.String()); m != nil {
			return m[1], m[2], stop
		}
		select {
		case err := <-ended:
			t.Fatalf("the store did not start: %v", err)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func TestRunInMemory(t *testing.T) {
	t.Parallel()
	url, key, stop := startStore(t)
	contract.Replay(t, contract.REST(documented.Client(t), url, key))
	if printed := stop(); !strings.Contains(printed, "Its data is gone") {
		t.Errorf("it does not say that the data is gone: %s", printed)
	}
}

func TestRunWithSlowProvider(t *testing.T) {
	t.Parallel()
	url, key, _ := startStore(t, "MOCK_LATENCY=300ms")
	call := contract.REST(http.DefaultClient, url, key)
	bought := call(t, "purchase_create", withKey(storetest.Order()))
	service := bought["service"].(map[string]any)
	id := service["id"].(string)
	settle(t, call, id, "provisioning", "active")
	accepted := call(t, "server_restart", map[string]any{"serviceId": id})
	if got := accepted["server"].(map[string]any)["powerState"]; got != "restarting" {
		t.Errorf("powerState %v", got)
	}
	settle(t, call, id, "active", "active")
}

// settle waits until a service has no action in progress.
func settle(t *testing.T, call contract.Call, id, first, last string) {
	t.Helper()
	for {
		service := call(t, "service_get", map[string]any{"serviceId": id})["service"].(map[string]any)
		server := service["server"].(map[string]any)
		if service["currentAction"] == nil && service["status"] == last && server["powerState"] == "running" {
			return
		}
		if service["status"] != first {
			t.Fatalf("status %v", service["status"])
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func withKey(order map[string]any) map[string]any {
	order["idempotencyKey"] = "k"
	return order
}

func TestRunOnDynamoDBLocal(t *testing.T) {
	t.Parallel()
	endpoint := *dynamotest.Local(t).Client.Options().BaseEndpoint
	settings := []string{"DYNAMODB_ENDPOINT=" + endpoint, "TABLE_NAME=" + dynamotest.TableName(t)}
	url, key, stop := startStore(t, settings...)
	contract.Replay(t, contract.REST(http.DefaultClient, url, key))
	if printed := stop(); !strings.Contains(printed, "Its data stay") {
		t.Errorf("it does not say that the data stay: %s", printed)
	}
	url, key, _ = startStore(t, settings...)
	list := contract.REST(http.DefaultClient, url, key)(t, "service_list", nil)
	if services := list["services"].([]any); len(services) != 1 {
		t.Errorf("after a restart there are %d services, want the one from before", len(services))
	}
}

func TestOperatorCommands(t *testing.T) {
	t.Parallel()
	endpoint := *dynamotest.Local(t).Client.Options().BaseEndpoint
	env := environ("DYNAMODB_ENDPOINT="+endpoint, "TABLE_NAME="+dynamotest.TableName(t), "KEY_MODE=live")
	expect := func(want string, args ...string) string {
		t.Helper()
		out := &output{}
		if err := run(t.Context(), args, out, env); err != nil {
			t.Fatalf("%q: %v", args, err)
		}
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q printed %q, want %q in it", args, out, want)
		}
		return out.String()
	}
	expect("15 written, 0 unchanged, 0 removed", "seed")
	expect("0 written, 15 unchanged, 0 removed", "seed")
	key := regexp.MustCompile(`ask_live_(\w{38})\.\w{36}`).FindStringSubmatch(expect("shown only once", "key", "create", "--scopes", "catalog:read"))
	if key == nil {
		t.Fatal("no key was printed")
	}
	account := "acc_" + key[1][:26]
	expect("holds $500.00", "fund", "--account", account, "--amount", "50000", "--reference", "invoice 7")
	expect("was already booked", "fund", "--account", account, "--amount", "50000", "--reference", "invoice 7")
	expect("Every promise is kept", "verify")
	expect("The agent sees what all agents of its account have bought.", "key", "create", "--agent", "agt_"+key[1][:32])
	expect("of the agent agt_"+key[1][:26]+"U", "key", "create", "--account", account, "--sees", "own")
	expect("is revoked", "key", "revoke", key[1])
	expect("was already revoked", "key", "revoke", key[1])
}

func TestErrorsAreOneSentence(t *testing.T) {
	t.Parallel()
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	broken := filepath.Join(t.TempDir(), "catalog.yaml")
	if err := os.WriteFile(broken, []byte("items: ["), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		args []string
		env  string
		want string
	}{
		{nil, "ADDR=" + busy.Addr().String(), "is in use"},
		{nil, "ADDR=127.0.0.1:99999", "port from 0 to 65535"},
		{nil, "ADDR=127.0.0.1", "port from 0 to 65535"},
		{nil, "ADDR=203.0.113.1:3000", "cannot listen"},
		{nil, "CATALOG_FILE=/no/such/file", "there is no such file"},
		{nil, "CATALOG_FILE=" + broken, "catalog"},
		{nil, "QUOTE_LIFETIME=soon", "use a duration"},
		{nil, "MOCK_FAILURES=sometimes", "use console, create, delete"},
		{nil, "KEY_MODE=real", "live or test"},
		{nil, "LOG_LEVEL=loud", "debug, info, warn or error"},
		{nil, "DYNAMODB_ENDPOINT=http://" + closed.Addr().String(), "nobody answers"},
		{[]string{"seed"}, "", "which store?"},
		{[]string{"key", "create"}, "", "which store?"},
		{[]string{"key", "create", "--scopes", "everything"}, "", "is not a scope"},
		{[]string{"key", "create", "--agent", "agt_x"}, "", "is not the id of an agent"},
		{[]string{"key", "create", "--name", "Bo\x00t"}, "", "--name may not have U+0000, its character 3"},
		{[]string{"key", "create", "--name", " "}, "", "--name must not be blank"},
		{[]string{"fund", "--account", "acc_01JDEM00000000000000000000", "--amount", "5", "--reference", "a\u202eb"}, "", "--reference may not have U+202E, its character 2"},
		{[]string{"key", "create", "--account", "acc_x"}, "", "is not the id of an account"},
		{[]string{"key", "create", "--account", "acc_01JDEM00000000000000000000", "--agent", "agt_01JDEM00000000000000000000AGENT1"}, "", "--account is for a new one"},
		{[]string{"key", "create", "--sees", "everything"}, "", "an agent sees account or own"},
		{[]string{"key", "create", "--sees", "own", "--agent", "agt_01JDEM00000000000000000000AGENT1"}, "", "sees account: that was chosen when it was made"},
		{[]string{"key", "revoke"}, "", "use: agentstore key revoke"},
		{[]string{"key", "revoke", "x"}, "", "is not the id of a key"},
		{[]string{"fund", "--account", "acc_x", "--amount", "5", "--reference", "r"}, "", "use: agentstore fund"},
		{[]string{"fund", "--account", "acc_01JDEM00000000000000000000", "--amount", "-5", "--reference", "r"}, "", "use: agentstore fund"},
		{[]string{"fund", "--account", "acc_01JDEM00000000000000000000", "--amount", "5"}, "", "use: agentstore fund"},
		{[]string{"fund", "--account", "acc_01JDEM00000000000000000000", "--amount", "5", "--reference", "r", "--currency", "DOLLAR"}, "", "is not a currency"},
		{[]string{"verify"}, "", "which store?"},
		{[]string{"protect", "--account", "acc_x", "--service", "svc_x"}, "", "use: agentstore protect --account"},
		{[]string{"unprotect", "--account", "acc_01JDEM00000000000000000000"}, "", "use: agentstore unprotect --account"},
		{[]string{"protect", "--account", "acc_01JDEM00000000000000000000", "--service", "svc_01JDEM00000000000000000000"}, "", "which store?"},
		{[]string{"mcp"}, "", "AGENT_STORE_API_BASE_URL is not set"},
		{[]string{"mcp"}, "AGENT_STORE_API_BASE_URL=http://" + closed.Addr().String() + "/v1/agent", "AGENT_STORE_AGENT_API_KEY is not set"},
		{[]string{"sell"}, "", "agentstore help"},
	} {
		out := &output{}
		err := run(t.Context(), tc.args, out, environ(tc.env, "DATA_DIR=memory"))
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%q with %s: %v, want %q in it", tc.args, tc.env, err, tc.want)
		}
		if out.String() != "" {
			t.Errorf("%q with %s printed %q", tc.args, tc.env, out)
		}
	}
}

// TestProcess runs the real program: exit codes, standard error, Ctrl-C.
func TestProcess(t *testing.T) {
	t.Parallel()
	program := func(values ...string) *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), append(values, "DATA_DIR=memory", "AGENTSTORE_TEST_MAIN=1")...)
		return cmd
	}

	failing := program("ADDR=nowhere")
	text, err := failing.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || bytes.Count(text, []byte("\n")) != 1 {
		t.Errorf("a bad address: %v, printed %q", err, text)
	}

	cmd := program("ADDR=127.0.0.1:0")
	var logged output
	cmd.Stderr = &logged
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	started := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	reader := bufio.NewReader(stdout)
	url, key := readExports(t, reader)
	t.Logf("ready after %v", time.Since(started).Round(time.Millisecond))
	contract.REST(http.DefaultClient, url, key)(t, "catalog_categories", nil)

	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	rest, _ := io.ReadAll(reader)
	if err := cmd.Wait(); err != nil {
		t.Errorf("after Ctrl-C: %v", err)
	}
	if !strings.Contains(string(rest), "agentstore has stopped") {
		t.Errorf("after Ctrl-C it printed %q", rest)
	}
	lines := strings.Split(strings.TrimSpace(logged.String()), "\n")
	if len(lines) != 1 {
		t.Fatalf("%d lines for one request: %q", len(lines), lines)
	}
	for _, want := range []string{"requestId=req_", "operation=catalog_categories", "status=200", "durationMs="} {
		if !strings.Contains(lines[0], want) {
			t.Errorf("the line %q lacks %q", lines[0], want)
		}
	}
}

func readExports(t *testing.T, reader *bufio.Reader) (url, key string) {
	t.Helper()
	var text strings.Builder
	for {
		line, err := reader.ReadString('\n')
		text.WriteString(line)
		if m := exports.FindStringSubmatch(text.String()); m != nil {
			return m[1], m[2]
		}
		if err != nil {
			t.Fatalf("%v after %q", err, text.String())
		}
	}
}
