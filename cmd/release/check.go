package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"agentstore/internal/release"
)

// check compares this version with the last release, and refuses what would break a
// client, unless ChangesFile names it.
func check(ctx context.Context) error {
	versions, err := release.All(".")
	if err != nil || len(versions) == 0 {
		return errors.Join(err, errors.New("there is no release to compare with"))
	}
	last := versions[len(versions)-1]
	breaks, err := breaksSince(ctx, filepath.Join(release.Folder, last))
	if err != nil {
		return err
	}
	changes, err := os.ReadFile(release.ChangesFile)
	if err != nil {
		return err
	}
	entry, err := release.Unreleased(string(changes))
	if err != nil {
		return err
	}
	unnamed := release.Unnamed(breaks, entry)
	fmt.Printf("%d changes since %s break a client, and %s names %d of them.\n",
		len(breaks), last, release.ChangesFile, len(breaks)-len(unnamed))
	if len(unnamed) == 0 {
		return nil
	}
	return fmt.Errorf("these break a client: take them back, or name them in %s, below Unreleased and the heading Breaking:\n\n%s",
		release.ChangesFile, release.Summary(unnamed))
}

func breaksSince(ctx context.Context, dir string) ([]release.Break, error) {
	oasdiff, err := exec.CommandContext(ctx, "scripts/oasdiff").Output()
	if err != nil {
		return nil, fmt.Errorf("scripts/oasdiff: %w", err)
	}
	breaks, err := release.OpenAPIBreaks(ctx, strings.TrimSpace(string(oasdiff)), filepath.Join(dir, release.OpenAPIFile), "openapi.json")
	if err != nil {
		return nil, err
	}
	before, err := os.ReadFile(filepath.Join(dir, release.ToolsFile))
	if err != nil {
		return nil, err
	}
	now, err := release.ToolsOf(ctx, ".")
	if err != nil {
		return nil, err
	}
	more, err := release.ToolBreaks(before, now)
	return append(breaks, more...), err
}
