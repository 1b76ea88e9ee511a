package release

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Pack writes the files of a stopped store's folder to an archive: always the same
// bytes of the same files.
func Pack(dir, archive string) error {
	out, err := os.Create(archive)
	if err != nil {
		return err
	}
	squeezed, err := gzip.NewWriterLevel(out, gzip.BestCompression)
	if err != nil {
		return err
	}
	packed := tar.NewWriter(squeezed)
	walked := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		return packFile(packed, dir, path)
	})
	return errors.Join(walked, packed.Close(), squeezed.Close(), out.Close())
}

func packFile(packed *tar.Writer, dir, path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	name, err := filepath.Rel(dir, path)
	if err != nil {
		return err
	}
	if err := packed.WriteHeader(&tar.Header{Name: filepath.ToSlash(name), Mode: 0o600, Size: int64(len(text))}); err != nil {
		return err
	}
	_, err = packed.Write(text)
	return err
}

// Unpack makes the folder that Pack packed, for its owner alone.
func Unpack(archive, dir string) error {
	in, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer in.Close()
	squeezed, err := gzip.NewReader(in)
	if err != nil {
		return err
	}
	packed := tar.NewReader(squeezed)
	for {
		header, err := packed.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := unpackFile(packed, header, dir); err != nil {
			return err
		}
	}
}

func unpackFile(packed io.Reader, header *tar.Header, dir string) error {
	if !filepath.IsLocal(header.Name) {
		return fmt.Errorf("%s is outside the folder", header.Name)
	}
	path := filepath.Join(dir, header.Name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	text, err := io.ReadAll(packed)
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o600)
}
