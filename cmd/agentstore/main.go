// Command agentstore is the store on a laptop, and the tools of its operator.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Getenv); err != nil {
		fmt.Fprintln(os.Stderr, "agentstore:", err)
		os.Exit(1)
	}
}

// command is one thing that the program does.
type command struct {
	name  string
	words string
	run   func(context.Context, invocation) error
}

// invocation is what a command is given.
type invocation struct {
	args   []string
	out    io.Writer
	getenv func(string) string
}

func commands() []command {
	return []command{
		{"run", "run the whole store in this process (the default)", runStore},
		{"seed", "write the catalog to a table", seed},
		{"work", "work on due provisioning jobs of a table until stopped", work},
		{"key create", "make an agent, or one more key of an agent, and print the key once", keyCreate},
		{"key revoke", "revoke a key at once", keyRevoke},
		{"protect", "have a member approve before an agent reinstalls a server", protect},
		{"unprotect", "let agents reinstall a server again", unprotect},
		{"mcp", "speak MCP on standard input and output, for a store elsewhere", speakMCP},
		{"fund", "add money to the wallet of an account", fund},
		{"audit", "check every promise of the store against a table", audit},
		{"openapi", "print the OpenAPI document", printOpenAPI},
		{"help", "print this", help},
	}
}

var errUsage = errors.New("unknown command; agentstore help lists them")

func run(ctx context.Context, args []string, out io.Writer, getenv func(string) string) error {
	if len(args) == 0 {
		args = []string{"run"}
	}
	for _, c := range commands() {
		if rest, ok := match(args, c.name); ok {
			return c.run(ctx, invocation{rest, out, getenv})
		}
	}
	return fmt.Errorf("%q: %w", args, errUsage)
}
