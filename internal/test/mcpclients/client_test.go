//go:build clients

package mcpclients

import (
	"encoding/json"
	"os/exec"
	"testing"

	"agentstore/internal/test/storetest/contract"
)

// client is a program that makes calls, in a process of its own.
type client struct {
	calls   *json.Encoder
	results *json.Decoder
	last    map[string]exchange // by the name of the tool
}

// call is a call of a tool, as the program reads it.
type call struct {
	Name      string         `json:"name"`
	Arguments map[string]any `json:"arguments"`
}

// result is a CallToolResult.
type result struct {
	StructuredContent map[string]any
	IsError           bool
	Meta              map[string]any `json:"_meta"`
}

// exchange is a call and its result.
type exchange struct {
	call
	result
}

// start runs a program until the test ends.
func start(t *testing.T, program string, to server) client {
	t.Helper()
	argument, err := json.Marshal(to)
	must(t, err)
	cmd := exec.CommandContext(t.Context(), script, program, string(argument))
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
	return client{json.NewEncoder(in), json.NewDecoder(out), make(map[string]exchange)}
}

// call calls a tool.
func (c client) call(tb testing.TB, made call) result {
	tb.Helper()
	must(tb, c.calls.Encode(made))
	var r result
	if err := c.results.Decode(&r); err != nil {
		tb.Fatalf("%s: the client ended: %v", made.Name, err)
	}
	c.last[made.Name] = exchange{made, r}
	return r
}

// contract makes the calls of the flow.
func (c client) contract() contract.Call {
	return func(tb testing.TB, tool string, input map[string]any) map[string]any {
		tb.Helper()
		r := c.call(tb, call{tool, input})
		if r.IsError || r.Meta[newest] == nil {
			tb.Fatalf("%s: %+v", tool, r)
		}
		return r.StructuredContent
	}
}

// newest is what results carry from the revision 2026-07-28 on, which each client
// speaks where it finds it.
const newest = "io.modelcontextprotocol/serverInfo"

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
