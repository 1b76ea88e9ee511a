package local

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"agentstore/pkg/app"
	"agentstore/pkg/auth"
)

// manifestFile is written last: a folder without one is not a backup, or not a
// complete one.
const manifestFile = "backup.json"

// backupFormat is the newest format of a Manifest that this program knows. The first
// is that of stores in the oldest format, which earlier versions restore as well.
const backupFormat = 2

// Manifest describes a backup.
type Manifest struct {
	Format  int       `json:"format"`
	MadeAt  time.Time `json:"madeAt"`
	KeyMode auth.Mode `json:"keyMode"`
	// StoreFormat is that of the store's Identity. The first format has none.
	StoreFormat int `json:"storeFormat,omitempty"`
	// Files has the SHA-256 of each file, in hexadecimal, by its path with slashes.
	Files map[string]string `json:"files"`
}

// Backup copies a store to a folder that does not exist yet, as it is at one moment,
// while others use it. The key of the demo account is left out.
func Backup(ctx context.Context, db Database, to string) (Manifest, error) {
	if db.Folder == "" {
		return Manifest{}, errors.New("this command backs up only a store in a folder: a table of DynamoDB has backups of its own")
	}
	identity, err := db.Folder.Identity()
	if err != nil {
		return Manifest{}, err
	}
	if err := os.Mkdir(to, 0o700); err != nil {
		return Manifest{}, fmt.Errorf("a backup goes into a new folder, which the store makes: %w", err)
	}
	m := Manifest{Format: 1, MadeAt: app.Now(), KeyMode: identity.KeyMode}
	if identity.Format > oldestFormat {
		m.Format, m.StoreFormat = backupFormat, identity.Format
	}
	if err := db.Engine.Backup(to); err != nil {
		return Manifest{}, err
	}
	if m.Files, err = sums(ctx, to); err != nil {
		return Manifest{}, err
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return Manifest{}, err
	}
	return m, Folder(to).keep(manifestFile, append(text, '\n'))
}

// Restore makes the store of a backup in an empty folder.
func Restore(ctx context.Context, from string, to Folder) (Manifest, error) {
	m, err := readManifest(from)
	if err != nil {
		return m, err
	}
	if _, err := to.Identity(); !errors.Is(err, ErrNoStore) {
		return m, fmt.Errorf("there is already a store in %s: choose another folder with DATA_DIR, or remove that store with agentstore reset", to)
	}
	if err := to.empty(); err != nil {
		return m, err
	}
	if err := copyFiles(ctx, from, string(to), m.Files); err != nil {
		return m, errors.Join(err, emptied(string(to)))
	}
	// Last of all: an incomplete copy is not a store.
	return m, to.identify(Identity{m.StoreFormat, m.KeyMode, app.Now()})
}

func readManifest(from string) (Manifest, error) {
	var m Manifest
	text, err := os.ReadFile(filepath.Join(from, manifestFile))
	if errors.Is(err, fs.ErrNotExist) {
		return m, fmt.Errorf("%s is not a backup, or an unfinished one: it has no %s", from, manifestFile)
	}
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if err != nil {
		return m, fmt.Errorf("%s: %w", from, err)
	}
	switch {
	case m.Format == 1:
		m.StoreFormat = oldestFormat
	case m.Format < 1 || m.Format > backupFormat:
		return m, fmt.Errorf("the backup in %s has format %d, but this program knows none above %d: use a newer one", from, m.Format, backupFormat)
	case m.StoreFormat < oldestFormat || m.StoreFormat > identityFormat:
		return m, fmt.Errorf("the backup in %s is of a store in format %d, but this program knows none above %d: use a newer one", from, m.StoreFormat, identityFormat)
	}
	return m, nil
}

// sums are those of all files below a folder.
func sums(ctx context.Context, dir string) (map[string]string, error) {
	found := make(map[string]string)
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		found[name], err = sum(ctx, filepath.Join(dir, filepath.FromSlash(name)), io.Discard)
		return err
	})
	return found, err
}

// sum is that of one file, which is copied at the same time.
func sum(ctx context.Context, path string, to io.Writer) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	hash := sha256.New()
	_, err = io.Copy(io.MultiWriter(hash, to), readerUntil{ctx, file})
	return hex.EncodeToString(hash.Sum(nil)), err
}

// readerUntil reads until its context ends.
type readerUntil struct {
	ctx context.Context
	io.Reader
}

func (r readerUntil) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(b)
}

// copyFiles copies the files with the given sums, and syncs them to disk.
func copyFiles(ctx context.Context, from, to string, files map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		local, err := filepath.Localize(name)
		if err != nil {
			return fmt.Errorf("%s: %q is not a file name", manifestFile, name)
		}
		found, err := copyFile(ctx, filepath.Join(from, local), filepath.Join(to, local))
		if err != nil {
			return err
		}
		if found != files[name] {
			return fmt.Errorf("%s is damaged: it differs from what was backed up", filepath.Join(from, local))
		}
	}
	return nil
}

func copyFile(ctx context.Context, from, to string) (string, error) {
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return "", err
	}
	file, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	found, err := sum(ctx, from, file)
	return found, errors.Join(err, file.Sync(), file.Close(), syncFolder(filepath.Dir(to)))
}

// emptied removes what is in a folder.
func emptied(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, entry := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, entry.Name())))
	}
	return err
}
