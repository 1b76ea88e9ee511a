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

// Secrets is the ring of a store: that of its folder, or of a key in KMS where it
// has no folder and the configuration names one. A key in memory is lost with the
// process, and so is whatever it has sealed.
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

// secretsKey is the key of the folder, which is made if there is none yet. It is not
// part of a backup: whoever finds one can open nothing in it, and no secret lives as
// long as a restore takes.
func (f Folder) secretsKey() ([]byte, error) {
	key, err := os.ReadFile(f.file(secretsFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		key = seal.NewKey()
		return key, f.keep(secretsFile, key)
	case err != nil:
		return nil, err
	case len(key) != seal.KeySize:
		return nil, fmt.Errorf("%s has %d bytes instead of %d: remove it, and the store makes another; then whatever it sealed cannot be read", f.file(secretsFile), len(key), seal.KeySize)
	}
	return key, os.Chmod(f.file(secretsFile), 0o600)
}
