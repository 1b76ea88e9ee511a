package typescript

import (
	_ "embed"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"agentstore/internal/test/storetest/contract"
)

// script fetches the client, and runs Node where it is.
const script = "../../../scripts/mcp-peers"

// program makes the calls that it reads.
//
//go:embed testdata/client.mjs
var program string

// requireClient skips the test where the client is not installed, and says what
// to run. With CI=true it fails instead, because a run that leaves something
// out proves nothing there.
func requireClient(t *testing.T) {
	t.Helper()
	output, err := exec.Command(script, "path").CombinedOutput()
	if err == nil {
		return
	}
	const remedy = "install npm and run scripts/mcp-peers, which fetches the client"
	if os.Getenv("CI") != "true" {
		t.Skipf("LEFT OUT: MCP was not tried with the TypeScript client: %v: %s: %s", err, strings.TrimSpace(string(output)), remedy)
	}
	t.Fatalf("MCP cannot be tried with the TypeScript client: %v: %s: %s", err, strings.TrimSpace(string(output)), remedy)
}

// client is the official client, in a process of its own.
type client struct {
	requests *json.Encoder
	answers  *json.Decoder
}

// answer is what a method of the client returned, or threw.
type answer struct {
	Result json.RawMessage
	Error  *clientError
}

// clientError is an Error of JavaScript.
type clientError struct {
	Name    string
	Code    float64 // of JSON-RPC, or of HTTP
	Message string
	Data    struct{ Code string } // the error of the store, where JSON-RPC carries one
}

// start runs the client until the test ends, by a key where it is not empty, and
// returns what became of its connecting. It ends early when this process does,
// because its input ends then.
func start(t *testing.T, base, key string) (client, answer) {
	t.Helper()
	requireClient(t)
	cmd := exec.CommandContext(t.Context(), script, "node", "--input-type=module", "--eval", program, "--", base+"/mcp", key)
	cmd.Stderr = t.Output()
	in, err := cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() {
		in.Close()
		_ = cmd.Wait() // it was killed, which is no failure
	})
	c := client{json.NewEncoder(in), json.NewDecoder(out)}
	return c, c.next(t)
}

// connect is start for a client that must get in. It speaks the newest revision
// that it knows.
func connect(t *testing.T, base, key string) client {
	t.Helper()
	c, connected := start(t, base, key)
	var session struct{ ProtocolVersion string }
	connected.into(t, &session)
	if session.ProtocolVersion != "2025-11-25" {
		t.Errorf("the revision is %q", session.ProtocolVersion)
	}
	return c
}

func (c client) next(tb testing.TB) answer {
	tb.Helper()
	var a answer
	must(tb, c.answers.Decode(&a))
	return a
}

// do calls a method of the client.
func (c client) do(tb testing.TB, method string, params any) answer {
	tb.Helper()
	must(tb, c.requests.Encode(map[string]any{"method": method, "params": params}))
	return c.next(tb)
}

// into reads a result, which must be there.
func (a answer) into(tb testing.TB, result any) {
	tb.Helper()
	if a.Error != nil {
		tb.Fatalf("the client says: %+v", *a.Error)
	}
	must(tb, json.Unmarshal(a.Result, result))
}

// toolResult is a CallToolResult.
type toolResult struct {
	Content           []struct{ Text string }
	StructuredContent json.RawMessage
	IsError           bool
	Meta              map[string]any `json:"_meta"`
}

// try calls a tool, which may answer with an error. Without an input it leaves
// the arguments out.
func (c client) try(tb testing.TB, tool string, input map[string]any) toolResult {
	tb.Helper()
	params := map[string]any{"name": tool}
	if input != nil {
		params["arguments"] = input
	}
	var r toolResult
	c.do(tb, "callTool", params).into(tb, &r)
	if len(r.Content) != 1 {
		tb.Fatalf("%s: the content is %v", tool, r.Content)
	}
	return r
}

// call calls a tool, which must answer well.
func (c client) call(tb testing.TB, tool string, input map[string]any) toolResult {
	tb.Helper()
	r := c.try(tb, tool, input)
	if r.IsError {
		tb.Fatalf("%s: %s", tool, r.StructuredContent)
	}
	return r
}

// contract makes the calls of the flow.
func (c client) contract() contract.Call {
	return func(tb testing.TB, tool string, input map[string]any) map[string]any {
		tb.Helper()
		return object(tb, c.call(tb, tool, input).StructuredContent)
	}
}
