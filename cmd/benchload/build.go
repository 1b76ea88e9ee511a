package main

import (
	"context"
	"debug/buildinfo"
	"fmt"
	"path/filepath"

	"agentstore/internal/process"
)

// build is a store that can be started.
type build struct {
	name    string // this or parent
	binary  string
	version string // the commit, or the binary itself, and the compiler
}

// builds are this one, and its parent where there is to be one. The parent's sources
// come into the folder, and go with it.
func (p plan) builds(ctx context.Context, dir string) (builds []build, err error) {
	this := build{name: "this", binary: p.binary, version: p.binary}
	if p.binary == "" {
		if this, err = compile(ctx, ".", dir, "this"); err != nil {
			return nil, err
		}
	}
	builds = append(builds, this)
	if p.parent == "" {
		return builds, nil
	}
	sources := filepath.Join(dir, "sources")
	if _, err := process.Run(ctx, ".", "git", "worktree", "add", "--detach", sources, p.parent); err != nil {
		return nil, err
	}
	parent, err := compile(ctx, sources, dir, "parent")
	if _, err := process.Run(context.WithoutCancel(ctx), ".", "git", "worktree", "remove", "--force", sources); err != nil {
		return nil, err
	}
	return append(builds, parent), err
}

// compile makes a binary of that name in the folder.
func compile(ctx context.Context, sources, dir, name string) (build, error) {
	binary, err := filepath.Abs(filepath.Join(dir, name))
	if err != nil {
		return build{}, err
	}
	if _, err := process.Run(ctx, sources, "go", "build", "-o", binary, "./cmd/agentstore"); err != nil {
		return build{}, err
	}
	commit, err := process.Run(ctx, sources, "git", "describe", "--always", "--dirty", "--abbrev=12")
	return build{name, binary, "commit " + commit}, err
}

func (b build) String() string {
	info, err := buildinfo.ReadFile(b.binary)
	if err != nil {
		return b.name + ": " + b.version
	}
	return fmt.Sprintf("%s: %s, %s", b.name, b.version, info.GoVersion)
}
