package embedded

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// guard is a file system in which every failed write to the table is a failure, see
// there. Failed reads are left to pebble to report.
type guard struct {
	vfs.FS
	folder  *folder
	failure *failure
}

// within tells a file of the table from one of a backup, which may fail.
func (g *guard) within(path string) bool {
	table := filepath.Join(g.folder.dir, pebbleFolder)
	return path == table || strings.HasPrefix(path, table+string(filepath.Separator))
}

// check stops at a write that has failed in the table.
func (g *guard) check(path string, err error) error {
	if err != nil && g.within(path) {
		g.failure.stop(err)
	}
	return err
}

func (g *guard) file(path string, file vfs.File, err error) (vfs.File, error) {
	if err != nil {
		return nil, g.check(path, err)
	}
	return &guardedFile{file, path, g}, nil
}

func (g *guard) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	file, err := g.FS.Create(name, category)
	if err == nil && isManifest(name) && g.within(name) {
		file = newSealed(name, file, g.folder)
	}
	return g.file(name, file, err)
}

func (g *guard) ReuseForWrite(old, name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	file, err := g.FS.ReuseForWrite(old, name, category)
	return g.file(name, file, err)
}

// OpenDir opens a folder, which is done to sync it.
func (g *guard) OpenDir(name string) (vfs.File, error) {
	file, err := g.FS.OpenDir(name)
	return g.file(name, file, err)
}

func (g *guard) Link(old, name string) error { return g.check(name, g.FS.Link(old, name)) }

func (g *guard) Rename(old, name string) error { return g.check(name, g.FS.Rename(old, name)) }

func (g *guard) MkdirAll(dir string, mode os.FileMode) error {
	return g.check(dir, g.FS.MkdirAll(dir, mode))
}

// Unwrap implements vfs.FS.
func (g *guard) Unwrap() vfs.FS { return g.FS }

type guardedFile struct {
	vfs.File
	path  string
	guard *guard
}

func (f *guardedFile) Write(b []byte) (int, error) {
	n, err := f.File.Write(b)
	return n, f.guard.check(f.path, err)
}

func (f *guardedFile) WriteAt(b []byte, offset int64) (int, error) {
	n, err := f.File.WriteAt(b, offset)
	return n, f.guard.check(f.path, err)
}

func (f *guardedFile) Sync() error { return f.guard.check(f.path, f.File.Sync()) }

func (f *guardedFile) SyncData() error { return f.guard.check(f.path, f.File.SyncData()) }

func (f *guardedFile) SyncTo(length int64) (bool, error) {
	full, err := f.File.SyncTo(length)
	return full, f.guard.check(f.path, err)
}
