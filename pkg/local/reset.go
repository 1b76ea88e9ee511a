package local

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"agentstore/pkg/embedded"
)

// Reset removes the store in a folder, and leaves what else is there. It refuses a
// folder that holds no store, and one in which a store runs.
func (f Folder) Reset(table string) error {
	if _, err := f.Identity(); errors.Is(err, ErrNoStore) {
		return err
	}
	if err := ownedByCaller(string(f)); err != nil {
		return err
	}
	db, err := embedded.Open(string(f), table)
	if errors.Is(err, embedded.ErrInUse) {
		return fmt.Errorf("a store runs in %s; stop it first: %w", f, err)
	}
	if err == nil { // a store that cannot be opened any more is one to be reset
		if err := db.Close(); err != nil {
			return err
		}
	}
	for _, name := range slices.Concat([]string{demoKeyFile, secretsFile, socketFile}, embedded.Files(), []string{storeFile}) {
		if err := os.RemoveAll(f.file(name)); err != nil {
			return err
		}
	}
	_ = os.Remove(string(f)) // as it was, where nothing else is in it
	return nil
}
