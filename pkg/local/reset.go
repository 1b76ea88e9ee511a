package local

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"agentstore/pkg/embedded"
)

// Reset removes the store in a folder, and leaves everything else there. It refuses
// a folder that holds no store, and one in which a store is running.
func (f Folder) Reset(table string) error {
	if _, err := f.Identity(); errors.Is(err, ErrNoStore) {
		return err
	}
	if err := ownedByCaller(string(f)); err != nil {
		return err
	}
	db, err := embedded.Open(string(f), table)
	if errors.Is(err, embedded.ErrInUse) {
		return fmt.Errorf("a store is running in %s; stop it first: %w", f, err)
	}
	if err == nil { // a store that can no longer be opened may also be reset
		if err := db.Close(); err != nil {
			return err
		}
	}
	for _, name := range slices.Concat([]string{demoKeyFile, secretsFile, socketFile}, embedded.Files(), []string{storeFile}) {
		if err := os.RemoveAll(f.file(name)); err != nil {
			return err
		}
	}
	_ = os.Remove(string(f)) // only if nothing else is in it
	return nil
}
