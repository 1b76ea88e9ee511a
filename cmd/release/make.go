package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"agentstore/internal/process"
	"agentstore/internal/release"
)

// makeRelease writes the folder and the entry of a version, commits both, and tags the
// commit that they are of.
func makeRelease(ctx context.Context, version, name string) error {
	if err := allowed(ctx, version); err != nil {
		return err
	}
	commit, err := released(ctx, name)
	if err != nil {
		return err
	}
	changes, err := os.ReadFile(release.ChangesFile)
	if err != nil {
		return err
	}
	after, entry, err := release.Released(string(changes), version, time.Now().UTC())
	if err != nil {
		return err
	}
	dir := filepath.Join(release.Folder, version)
	if err := release.Write(ctx, ".", version, commit, dir); err != nil {
		return errors.Join(err, os.RemoveAll(dir))
	}
	if err := os.WriteFile(release.ChangesFile, []byte(after), 0o644); err != nil {
		return err
	}
	for _, words := range [][]string{
		{"add", release.ChangesFile, dir},
		{"commit", "--quiet", "--message", "Release " + version},
		{"tag", "--annotate", "--cleanup=verbatim", "--message", "agentstore " + version + "\n\n" + entry + "\n", "v" + version, commit},
	} {
		if _, err := git(ctx, words...); err != nil {
			return err
		}
	}
	fmt.Printf("v%s is commit %s; %s and its entry are committed. Push both: git push --follow-tags\n", version, commit, dir)
	return nil
}

// allowed refuses a version that is not the next one, and files that nobody has
// committed.
func allowed(ctx context.Context, version string) error {
	versions, err := release.All(".")
	if err != nil {
		return err
	}
	if err := release.CheckNext(versions, version); err != nil {
		return err
	}
	if tags, err := git(ctx, "tag", "--list", "v"+version); err != nil || tags != "" {
		return errors.Join(err, fmt.Errorf("there is a tag v%s already", version))
	}
	dirty, err := git(ctx, "status", "--porcelain")
	if err == nil && dirty != "" {
		err = fmt.Errorf("commit these first, or remove them:\n%s", dirty)
	}
	return err
}

// released is the whole name of a commit that HEAD is or comes from.
func released(ctx context.Context, name string) (string, error) {
	commit, err := git(ctx, "rev-parse", "--verify", name+"^{commit}")
	if err != nil {
		return "", err
	}
	if _, err := git(ctx, "merge-base", "--is-ancestor", commit, "HEAD"); err != nil {
		return "", fmt.Errorf("HEAD does not come from %s", name)
	}
	return commit, nil
}

func git(ctx context.Context, words ...string) (string, error) {
	return process.Run(ctx, ".", append([]string{"git"}, words...)...)
}
