// Command agentstore is the store on one machine, and the tools of its operator.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// Who asks a second time does not want to wait.
	context.AfterFunc(ctx, stop)
	if err := run(ctx, os.Args[1:], os.Stdout, os.Getenv); err != nil {
		fmt.Fprintln(os.Stderr, "agentstore:", err)
		os.Exit(1)
	}
}

// run carries out a command of this process.
func run(ctx context.Context, args []string, out io.Writer, getenv func(string) string) error {
	return execute(ctx, invocation{args: args, out: out, getenv: getenv})
}

// execute carries out a command. Errors are one sentence for people.
func execute(ctx context.Context, in invocation) error {
	root := commands(in)
	root.SetArgs(append([]string{}, in.args...)) // nil would be those of the process
	root.SetOut(in.out)
	root.SetErr(io.Discard)
	return root.ExecuteContext(ctx)
}
