package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"agentstore/pkg/app"
	"agentstore/pkg/seal"
)

// Secrets is the ring of a store: of its folder, or of a key in KMS where it has none
// and the configuration names one. A key in memory goes with the process, and what it
// has sealed with it.
func Secrets(ctx context.Context, c app.Config, db Database) (seal.Ring, error) {
	switch {
	case db.Folder != "":
		key, err := db.Folder.secretsKey()
		if err != nil {
			return seal.Ring{}, err
		}
		return seal.WithKey(key)
	case db.Engine == nil && c.SecretsKey != "":
		settings, err := settings(ctx, c)
		return seal.KMS(settings, c.SecretsKey), err
	default:
		return seal.WithKey(seal.NewKey())
	}
}

// secretsKey is the key of the folder, which is made where there is none yet. It is no
// part of a backup: whoever finds one finds nothing in it that they could open, and no
// secret lives as long as a restore takes.
func (f Folder) secretsKey() ([]byte, error) {
	key, err := os.ReadFile(f.file(secretsFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		key = seal.NewKey()
		return key, f.keep(secretsFile, key)
	case err != nil:
		return nil, err
	case len(key) != seal.KeySize:
		return nil, fmt.Errorf("%s has %d bytes, and not %d: remove it, and the store makes another; what it has sealed cannot be read then", f.file(secretsFile), len(key), seal.KeySize)
	}
	return key, os.Chmod(f.file(secretsFile), 0o600)
}
