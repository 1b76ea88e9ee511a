// Command benchload asks a store for quotes and buys them, over HTTP and as fast as
// it answers, and prints what it carried. See docs/scale.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "benchload:", err)
		os.Exit(1)
	}
}

// plan is what is to be measured.
type plan struct {
	pairs                 int // of each row
	connections, accounts numbers
	url                   string // of a store that runs; empty starts one for each row
	keys                  string // of agents of that store, with commas between
	binary                string // a store to start; empty builds this one
	parent                string // a commit to measure beside it; empty is none
	dir                   string // where the data of the stores are while they run
}

func parse(args []string, out io.Writer) (plan, error) {
	p := plan{connections: numbers{1, 8, 32}, accounts: numbers{1, 32}}
	flags := flag.NewFlagSet("benchload", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.IntVar(&p.pairs, "pairs", 10_000, "quotes, each with its purchase, in each row; 10 at least")
	flags.Var(&p.connections, "connections", "connections at once, a row for each")
	flags.Var(&p.accounts, "accounts", "accounts that buy in turn, a row for each")
	flags.StringVar(&p.url, "url", "", "a store that runs, as http://127.0.0.1:3000, instead of starting one")
	flags.StringVar(&p.keys, "key", "", "with -url: the key of an agent, or several with commas between")
	flags.StringVar(&p.binary, "binary", "", "a store to start, instead of building this one")
	flags.StringVar(&p.parent, "parent", "", "a commit to measure beside this one, as HEAD^")
	flags.StringVar(&p.dir, "dir", "build", "a folder on the disk that is to be measured")
	if err := flags.Parse(args); err != nil {
		return p, err
	}
	switch {
	case flags.NArg() > 0:
		return p, fmt.Errorf("%q is too much; benchload -h lists the flags", flags.Args())
	case p.pairs < 10:
		return p, errors.New("-pairs is less than 10")
	case (p.url == "") != (p.keys == ""):
		return p, errors.New("-url and -key go together")
	case p.url != "" && (p.binary != "" || p.parent != ""):
		return p, errors.New("-url is a store that runs, and -binary and -parent are started")
	}
	return p, nil
}

// numbers is a list of numbers above zero, with commas between.
type numbers []int

func (n *numbers) String() string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(*n), " ", ","), "[]")
}

// Set implements flag.Value.
func (n *numbers) Set(text string) error {
	*n = nil
	for _, word := range strings.Split(text, ",") {
		number, err := strconv.Atoi(word)
		if err != nil || number < 1 {
			return errors.New("use numbers above zero with commas between, such as 1,8,32")
		}
		*n = append(*n, number)
	}
	return nil
}

func run(ctx context.Context, args []string, out, progress io.Writer) error {
	p, err := parse(args, progress)
	if err != nil {
		return err
	}
	if p.url != "" {
		return p.aim(ctx, out, progress)
	}
	return p.compare(ctx, out, progress)
}
