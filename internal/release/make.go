package release

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// Write builds the program of a commit, uses it, and writes what clients and later
// versions of it must get along with to a new folder of the release.
func Write(ctx context.Context, repository, number, commit, dir string) error {
	work, err := os.MkdirTemp("", "agentstore-release-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	sources := filepath.Join(work, "sources")
	if err := Checkout(ctx, repository, commit, sources); err != nil {
		return err
	}
	p, data := Program{Binary: filepath.Join(work, "agentstore")}, filepath.Join(work, "data")
	if err := Build(ctx, sources, p.Binary); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	info := Info{Version: number, Revision: commit}
	if info.Seeded, err = p.use(ctx, data, dir); err != nil {
		return err
	}
	for _, name := range []string{OpenAPIFile, TemplateFile} {
		if err := copyFile(filepath.Join(sources, name), filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	if err := Pack(data, filepath.Join(dir, DataFile)); err != nil {
		return err
	}
	return info.write(dir)
}

// use makes a store and seeds it, and writes the list of its tools to the folder of
// the release.
func (p Program) use(ctx context.Context, data, dir string) ([]Seeded, error) {
	s, err := p.Start(ctx, data)
	if err != nil {
		return nil, err
	}
	seeded, err := s.Seed(ctx)
	if err != nil {
		return nil, err
	}
	tools, err := s.Agent(s.Key).Tools(ctx)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, ToolsFile), append(tools, '\n'), 0o644); err != nil {
		return nil, err
	}
	if _, err := s.Stop(); err != nil {
		return nil, err
	}
	printed, err := p.Run(ctx, data, "verify")
	if err != nil {
		return nil, fmt.Errorf("the seeded store is not sound: %w", err)
	}
	fmt.Print(printed)
	return seeded, nil
}

func copyFile(from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o644)
}
