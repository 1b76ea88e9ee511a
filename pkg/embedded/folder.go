package embedded

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

const (
	pebbleFolder = "table"
	formatFile   = "format"
	processFile  = "process"
	lockFile     = "lock"

	// format is that of the keys and items, see keys.go and codec.go.
	format = 1
	// pebbleFormat is that of pebble's files. In it a truncated log can be told from
	// one that was damaged later.
	pebbleFormat = pebble.FormatValueSeparation
)

var (
	// ErrInUse means that another process has opened the folder.
	ErrInUse = errors.New("embedded: the folder is in use")
	// ErrNewer means that a newer version of the program has written the data.
	ErrNewer = errors.New("embedded: the data are of a newer version of agentstore; use that version, or a backup from before")
)

// Files are the names of a table's files in its folder, the lock last.
func Files() []string {
	return []string{pebbleFolder, formatFile, manifestFile, processFile, lockFile}
}

// folder is a folder that only this process has open.
type folder struct {
	dir  string
	fs   vfs.FS
	lock interface{ Close() error }
}

func openFolder(dir string, fs vfs.FS) (*folder, error) {
	if err := makeFolder(fs, dir); err != nil {
		return nil, err
	}
	lock, err := fs.Lock(filepath.Join(dir, lockFile))
	if err != nil {
		return nil, inUse(dir, fs, err)
	}
	f := &folder{dir, fs, lock}
	if err := f.claim(); err != nil {
		f.close()
		return nil, err
	}
	return f, nil
}

// makeFolder makes a folder that survives a crash of the machine. Only its owner may
// open it, because it contains the hashes of keys.
func makeFolder(fs vfs.FS, dir string) error {
	if _, err := fs.Stat(dir); err == nil {
		return nil
	}
	parent := filepath.Dir(dir)
	if err := makeFolder(fs, parent); err != nil {
		return err
	}
	if err := fs.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return syncFolder(fs, parent)
}

// inUse names the process that has the folder.
func inUse(dir string, fs vfs.FS, cause error) error {
	process, err := readFile(fs, filepath.Join(dir, processFile))
	if err != nil {
		return fmt.Errorf("%w: %s (%w)", ErrInUse, dir, cause)
	}
	return fmt.Errorf("%w: process %s has %s", ErrInUse, process, dir)
}

// claim checks the format and leaves the name of this process.
func (f *folder) claim() error {
	text, err := readFile(f.fs, filepath.Join(f.dir, formatFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = f.write(formatFile, strconv.Itoa(format))
	case err == nil:
		err = checkFormat(f.dir, text)
	}
	if err == nil {
		err = f.checkManifest()
	}
	if err != nil {
		return err
	}
	return f.write(processFile, strconv.Itoa(os.Getpid()))
}

func checkFormat(dir, text string) error {
	found, err := strconv.Atoi(text)
	switch {
	case err != nil || found < 1:
		return fmt.Errorf("embedded: %s is damaged: it has no format", filepath.Join(dir, formatFile))
	case found > format:
		return fmt.Errorf("%w: %s has format %d, and this program knows %d", ErrNewer, dir, found, format)
	}
	return nil
}

// write replaces a small file, whole or not at all.
func (f *folder) write(name, text string) error {
	path := filepath.Join(f.dir, name)
	file, err := f.fs.Create(path+".new", vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	_, err = file.Write([]byte(text + "\n"))
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := f.fs.Rename(path+".new", path); err != nil {
		return err
	}
	return syncFolder(f.fs, f.dir)
}

func syncFolder(fs vfs.FS, dir string) error {
	d, err := fs.OpenDir(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func readFile(fs vfs.FS, path string) (string, error) {
	file, err := fs.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	text := make([]byte, 64)
	n, err := file.Read(text)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	return strings.TrimSpace(string(text[:n])), nil
}

func (f *folder) close() { _ = f.lock.Close() }

// backup copies the table as it is at this moment.
func (f *folder) backup(db *pebble.DB, dir string) error {
	if err := makeFolder(f.fs, dir); err != nil {
		return err
	}
	if _, err := f.fs.Stat(filepath.Join(dir, formatFile)); err == nil {
		return fmt.Errorf("embedded: %s has a table already", dir)
	}
	if err := db.Checkpoint(filepath.Join(dir, pebbleFolder), pebble.WithFlushedWAL()); err != nil {
		return err
	}
	copied := folder{dir: dir, fs: f.fs}
	return copied.write(formatFile, strconv.Itoa(format))
}
