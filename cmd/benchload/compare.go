package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// least is how much of its parent's rate a build must keep in every row.
const least = 0.95

// compare measures each row on a new store of each build, one build after the other,
// so that what else the machine does meets both.
func (p plan) compare(ctx context.Context, out, progress io.Writer) error {
	if err := os.MkdirAll(p.dir, 0o777); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(p.dir, "benchload-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	m, err := describe(dir)
	if err != nil {
		return err
	}
	builds, err := p.builds(ctx, dir)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s\n\n", m)
	for _, b := range builds {
		fmt.Fprintln(out, b)
	}
	var rows []row
	for _, accounts := range p.accounts {
		for _, connections := range p.connections {
			var r row
			for _, b := range builds {
				fmt.Fprintf(progress, "%s: %d pairs, %d connections, %d accounts\n", b.name, p.pairs, connections, accounts)
				measured, err := b.measure(ctx, dir, p.pairs, connections, accounts)
				if err != nil {
					return fmt.Errorf("%s, %d connections, %d accounts: %w", b.name, connections, accounts, err)
				}
				r = append(r, measured)
			}
			rows = append(rows, r)
		}
	}
	fmt.Fprintf(out, "\n%s", table(rows))
	return verdict(rows)
}

// aim measures each row on a store that runs. Its rows have no disk and no memory,
// which are elsewhere.
func (p plan) aim(ctx context.Context, out, progress io.Writer) error {
	keys := strings.Split(p.keys, ",")
	var rows []row
	for _, accounts := range p.accounts {
		if accounts > len(keys) {
			fmt.Fprintf(progress, "no row with %d accounts: -key has %d\n", accounts, len(keys))
			continue
		}
		for _, connections := range p.connections {
			fmt.Fprintf(progress, "%d pairs, %d connections, %d accounts\n", p.pairs, connections, accounts)
			l := load{url: p.url, keys: keys[:accounts], pairs: p.pairs, connections: connections}
			r, err := l.carried(ctx)
			if err != nil {
				return err
			}
			rows = append(rows, row{r})
		}
	}
	fmt.Fprint(out, table(rows))
	return nil
}

// verdict is an error where a build is slower than its parent.
func verdict(rows []row) error {
	var slower []error
	for _, r := range rows {
		if ratio, ok := r.ratio(); ok && ratio < least {
			slower = append(slower, fmt.Errorf("%d connections, %d accounts: %.1f %% of the parent's rate, and %.0f %% is the least",
				r[0].connections, r[0].accounts, 100*ratio, 100*least))
		}
	}
	return errors.Join(slower...)
}
