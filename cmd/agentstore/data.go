package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"agentstore/pkg/app"
	"agentstore/pkg/local"
)

func backup(in invocation) *cobra.Command {
	return ofStore(&cobra.Command{
		Use: "backup FOLDER", Short: "copy the store into a new folder, even while it runs", Args: oneWord("FOLDER"),
		Long: "backup copies the store, as it is at one moment, into a folder that does not exist yet. A running store\nwrites it itself, as its own user. The key of the demo account is left out.",
		RunE: func(cmd *cobra.Command, args []string) error {
			to, err := in.path(args[0])
			if err != nil {
				return err
			}
			return in.withStore(cmd.Context(), func(_ app.Config, db local.Database) error {
				made, err := local.Backup(cmd.Context(), db, to)
				if err != nil {
					return err
				}
				fmt.Fprintf(in.out, "The store as it was at %s is in %s: %d files. Keep them on another disk.\n",
					made.MadeAt.Format("2006-01-02 15:04:05 MST"), to, len(made.Files))
				return nil
			})
		},
	})
}

func restore(in invocation) *cobra.Command {
	return &cobra.Command{
		Use: "restore FOLDER", Short: "restore the store from a backup into an empty folder", Args: oneWord("FOLDER"),
		Long: "restore makes the store of a backup in DATA_DIR, which must be empty, and checks its books.",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := in.folderAlone("restore")
			if err != nil {
				return err
			}
			from, err := in.path(args[0])
			if err != nil {
				return err
			}
			folder := local.Folder(c.DataDir)
			m, err := local.Restore(cmd.Context(), from, folder)
			if err != nil {
				return err
			}
			fmt.Fprintf(in.out, "The store as it was at %s is in %s.\n", m.MadeAt.Format("2006-01-02 15:04:05 MST"), folder)
			in.getenv = withKeyMode(in.getenv, string(m.KeyMode))
			return in.opened(cmd.Context(), func(c app.Config, db local.Database) error { return in.verified(cmd.Context(), c, db) })
		},
	}
}

// withKeyMode is an environment for a store whose keys are of a mode, whatever the
// one that it is made from says.
func withKeyMode(getenv func(string) string, mode string) func(string) string {
	return func(name string) string {
		if name == "KEY_MODE" {
			return mode
		}
		return getenv(name)
	}
}

func reset(ctx context.Context, in invocation) error {
	c, err := in.folderAlone("reset")
	if err != nil {
		return err
	}
	folder := local.Folder(c.DataDir)
	if err := folder.Reset(c.TableName); err != nil {
		return err
	}
	fmt.Fprintf(in.out, "The store in %s is gone. The next start makes a new one.\n", folder)
	return nil
}

// folderAlone is the configuration of a command that works on folders alone.
func (in invocation) folderAlone(command string) (app.Config, error) {
	c, err := in.environment(trial)
	switch {
	case err != nil:
		return c, err
	case in.onDynamoDB():
		return c, fmt.Errorf("%s works on the folder DATA_DIR, but DYNAMODB_ENDPOINT or TABLE_NAME names a table: unset them", command)
	case c.DataDir == app.InMemory:
		return c, fmt.Errorf("%s works on a folder, but DATA_DIR is memory", command)
	}
	return c, nil
}
