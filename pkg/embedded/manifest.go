package embedded

import (
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Pebble takes a damaged manifest for one that ends there, and silently loses the
// tables that it names after that. So the folder remembers how long the manifest was
// when it was last on disk, and its checksum, and a start compares them.
const manifestFile = "manifest"

// seal is what is known of a manifest.
type seal struct {
	name string
	size int64
	sum  uint32
}

func (s seal) String() string { return fmt.Sprintf("%s %d %08x", s.name, s.size, s.sum) }

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// sealed is a manifest that is being written, and sealed each time it is on disk.
type sealed struct {
	vfs.File
	folder *folder
	seal   seal
	sum    hash.Hash32
}

func isManifest(path string) bool { return strings.HasPrefix(filepath.Base(path), "MANIFEST-") }

func newSealed(path string, file vfs.File, f *folder) *sealed {
	return &sealed{File: file, folder: f, seal: seal{name: filepath.Base(path)}, sum: crc32.New(castagnoli)}
}

func (s *sealed) Write(b []byte) (int, error) {
	n, err := s.File.Write(b)
	s.sum.Write(b[:n])
	s.seal.size += int64(n)
	return n, err
}

func (s *sealed) Sync() error { return s.after(s.File.Sync()) }

func (s *sealed) SyncData() error { return s.after(s.File.SyncData()) }

func (s *sealed) after(err error) error {
	if err != nil {
		return err
	}
	s.seal.sum = s.sum.Sum32()
	return s.folder.write(manifestFile, s.seal.String())
}

// checkManifest refuses a manifest that does not match its seal. One without a seal,
// as in a backup, is accepted as it is.
func (f *folder) checkManifest() error {
	text, err := readFile(f.fs, filepath.Join(f.dir, manifestFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var s seal
	if _, err := fmt.Sscanf(text, "%s %d %x", &s.name, &s.size, &s.sum); err != nil {
		return fmt.Errorf("embedded: %s is damaged: %w", filepath.Join(f.dir, manifestFile), err)
	}
	table := filepath.Join(f.dir, pebbleFolder)
	current, err := pebble.Peek(table, f.fs)
	if err != nil || !current.Exists || filepath.Base(current.ManifestFilename) != s.name {
		return err // a newer one was begun when the process ended
	}
	return s.check(f.fs, filepath.Join(table, s.name))
}

func (s seal) check(fs vfs.FS, path string) error {
	file, err := fs.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	sum := crc32.New(castagnoli)
	n, err := io.Copy(sum, io.LimitReader(file, s.size))
	if err == nil && (n < s.size || sum.Sum32() != s.sum) {
		err = errors.New("it is not what was written")
	}
	if err != nil {
		return fmt.Errorf("embedded: %s is damaged: %w", path, err)
	}
	return nil
}
