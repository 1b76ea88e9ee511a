package release

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"agentstore/internal/process"
)

// Checkout writes the files of a commit of this repository to a new folder.
func Checkout(ctx context.Context, repository, commit, dir string) error {
	if err := have(ctx, repository, commit); err != nil {
		return err
	}
	archive := filepath.Join(filepath.Dir(dir), "sources.tar")
	if _, err := process.Run(ctx, repository, "git", "archive", "--output", archive, commit); err != nil {
		return err
	}
	defer os.Remove(archive)
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	_, err := process.Run(ctx, dir, "tar", "-xf", archive)
	return err
}

// have brings a commit that a shallow clone does not have.
func have(ctx context.Context, repository, commit string) error {
	if _, err := process.Run(ctx, repository, "git", "cat-file", "-e", commit+"^{commit}"); err == nil {
		return nil
	}
	if _, err := process.Run(ctx, repository, "git", "fetch", "--quiet", "--depth=1", "origin", commit); err != nil {
		return fmt.Errorf("this clone has no commit %s, and cannot fetch it: make it with the whole history, by git fetch --unshallow: %w", commit, err)
	}
	return nil
}

// Build compiles the program of the store from a folder of sources.
func Build(ctx context.Context, sources, binary string) error {
	_, err := process.Run(ctx, sources, "go", "build", "-buildvcs=false", "-o", binary, "./cmd/agentstore")
	return err
}

// Built is the program of a release. It is kept in the user's cache, so that it is
// built once.
func (i Info) Built(ctx context.Context, repository string) (Program, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return Program{}, err
	}
	kept := filepath.Join(cache, "agentstore", "release-"+i.Revision)
	if _, err := os.Stat(kept); err == nil {
		return Program{Binary: kept}, nil
	}
	if err := os.MkdirAll(filepath.Dir(kept), 0o755); err != nil {
		return Program{}, err
	}
	// Into a folder beside it first: an interrupted build must not look complete.
	part, err := os.MkdirTemp(filepath.Dir(kept), "release-part-")
	if err != nil {
		return Program{}, err
	}
	defer os.RemoveAll(part)
	sources, made := filepath.Join(part, "sources"), filepath.Join(part, "agentstore")
	if err := Checkout(ctx, repository, i.Revision, sources); err != nil {
		return Program{}, err
	}
	if err := Build(ctx, sources, made); err != nil {
		return Program{}, err
	}
	return Program{Binary: kept}, os.Rename(made, kept)
}
