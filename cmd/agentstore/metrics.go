package main

import (
	"context"
	"errors"
	"fmt"

	"agentstore/pkg/app"
	"agentstore/pkg/local"
)

// metrics prints the counts of the store that runs, as Prometheus reads them (its text
// format). They are nobody's business but the operator's, and so stand at no address.
func metrics(ctx context.Context, in invocation) error {
	return in.withStore(ctx, func(_ app.Config, db local.Database) error {
		if in.running == nil {
			return errors.New("no store is running in this folder, and only a running one counts")
		}
		for _, c := range db.Meter.Counts() {
			name := "agentstore_" + c.Name + "_total"
			fmt.Fprintf(in.out, "# HELP %s %s\n# TYPE %s counter\n%s %d\n", name, c.Help, name, name, c.N)
		}
		return nil
	})
}
