// Command release makes a release of the store, and compares the store with the last
// one. `make release VERSION=0.2.0` and `make compatible` call it. See
// docs/changes.md.
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
	switch {
	case flags.NArg() == 1 && flags.Arg(0) == "check":
		return check(ctx)
	case flags.NArg() == 2 && flags.Arg(0) == "make":
		return makeRelease(ctx, flags.Arg(1), *commit)
	default:
		return errors.New("use: release [-commit COMMIT] make VERSION, or release check")
	}
}
