// Command release makes a release of the store; `make release VERSION=0.1.0` calls it.
// See docs/changes.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("release", flag.ContinueOnError)
	commit := flags.String("commit", "HEAD", "what is released: this commit, or one before it")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		return errors.New("name one version, such as 0.1.0: make release VERSION=0.1.0")
	}
	return makeRelease(ctx, flags.Arg(0), *commit)
}
