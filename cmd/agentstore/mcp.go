package main

import (
	"context"
	"os"

	"agentstore/pkg/bridge"
)

// speakMCP is for hosts that start a process: nothing but messages may go to its
// output.
func speakMCP(ctx context.Context, in invocation) error {
	store, err := bridge.FromEnvironment(in.getenv)
	if err != nil {
		return err
	}
	if err := store.Check(ctx); err != nil {
		return err
	}
	b := bridge.Bridge{Store: store}
	return b.Run(ctx, os.Stdin, in.out)
}
