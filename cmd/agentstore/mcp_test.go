package main

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/internal/test/storetest/contract"
	"agentstore/pkg/app"
	"agentstore/pkg/shop"
)

// bridgeTo is this program as a host starts it.
func bridgeTo(t *testing.T, url, key string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "mcp")
	cmd.Env = append(os.Environ(), "AGENTSTORE_TEST_MAIN=1", "AGENT_STORE_API_BASE_URL="+url+"/v1/agent", "AGENT_STORE_AGENT_API_KEY="+key)
	return cmd
}

// The flow of the contract by the official client, which starts the process.
func TestMCP(t *testing.T) {
	t.Parallel()
	url, key, _ := startStore(t)
	client := sdk.NewClient(&sdk.Implementation{Name: "host", Version: "1.0.0"}, nil)
	session, err := client.Connect(t.Context(), &sdk.CommandTransport{Command: bridgeTo(t, url, key)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	contract.Replay(t, contract.MCP(session))
	if err := session.Close(); err != nil {
		t.Errorf("the process ended with %v", err)
	}
}

// A key that is no good is said before any message, on standard error.
func TestMCPRefusesABadKey(t *testing.T) {
	t.Parallel()
	url, key, _ := startStore(t)
	cmd := bridgeTo(t, url, key[:len(key)-1])
	var stderr, stdout strings.Builder
	cmd.Stderr, cmd.Stdout = &stderr, &stdout
	err := cmd.Run()
	want := "agentstore: the store at " + url + " refuses the key in AGENT_STORE_AGENT_API_KEY: ask the owner of the account for a new one\n"
	if err == nil || stderr.String() != want || stdout.String() != "" {
		t.Errorf("%v, %q and %q", err, stderr.String(), stdout.String())
	}
}

var servicePattern = regexp.MustCompile(`svc_\w+`)

func TestProtect(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Local(t), storetest.Options{})
	service, account := s.Service(t), string(s.Agent.Account())
	protectable := app.Shelf().Rules().Protectable(storetest.ServiceType)
	var names []string
	for _, action := range protectable {
		names = append(names, string(action))
	}
	env := environ("DYNAMODB_ENDPOINT="+*s.Engine.Client.Options().BaseEndpoint, "TABLE_NAME="+s.Name)
	for _, step := range []struct {
		command, service, want string
		protection             []shop.ActionName
	}{
		{"protect", service, " (deploy-node-01) is protected: unless a member approves, no agent can " + strings.Join(names, " or ") + " it.", protectable},
		{"unprotect", service, " (deploy-node-01) is not protected: its agents can do everything that their keys allow.", nil},
		{"protect", "svc_01JDEM00000000000000000000", "the account " + account + " has no service ", nil},
	} {
		out := &output{}
		err := run(t.Context(), []string{step.command, "--account", account, "--service", step.service}, out, env)
		printed := out.String()
		if err != nil {
			printed = err.Error()
		}
		if got := servicePattern.ReplaceAllString(printed, ""); strings.TrimSpace(got) != strings.TrimSpace(step.want) {
			t.Errorf("%s prints %q, want %q", step.command, got, step.want)
		}
		a := s.Call(t, "GET", storetest.Services+"/"+service, nil)
		if list, _ := a.Get("service", "protection").([]any); len(list) != len(step.protection) {
			t.Errorf("after %s the protection is %v", step.command, list)
		}
	}
}
