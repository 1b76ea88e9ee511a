package release

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Folder is where the releases are, each in a folder named after its version.
const Folder = "testdata/release"

// The files of a release.
const (
	InfoFile     = "release.json"
	OpenAPIFile  = "openapi.json"
	ToolsFile    = "tools.json"
	TemplateFile = "template.yaml"
	DataFile     = "data.tar.gz"
)

// Info is what a release says about itself.
type Info struct {
	Version  string   `json:"version"` // as 0.1.0
	Revision string   `json:"commit"`  // which its program is built from
	Seeded   []Seeded `json:"seeded"`
}

var version = regexp.MustCompile(`^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$`)

// CheckVersion returns an error for what is no version, such as v1.
func CheckVersion(text string) error {
	if !version.MatchString(text) {
		return fmt.Errorf("%q is no version: use three numbers, such as 0.1.0", text)
	}
	return nil
}

// All lists the versions of the releases in a repository, oldest first.
func All(repository string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(repository, Folder))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	var versions []string
	for _, entry := range entries {
		if CheckVersion(entry.Name()) == nil {
			versions = append(versions, entry.Name())
		}
	}
	slices.SortFunc(versions, older)
	return versions, err
}

// CheckNext refuses a version that is not newer than those that exist.
func CheckNext(versions []string, next string) error {
	if err := CheckVersion(next); err != nil {
		return err
	}
	if n := len(versions); n > 0 && older(versions[n-1], next) >= 0 {
		return fmt.Errorf("%s is not newer than %s, which is released", next, versions[n-1])
	}
	return nil
}

// older compares two versions by their numbers.
func older(a, b string) int {
	numbers := func(v string) (n []int) {
		for _, word := range strings.Split(v, ".") {
			number, _ := strconv.Atoi(word)
			n = append(n, number)
		}
		return n
	}
	return slices.Compare(numbers(a), numbers(b))
}

// Read is what the release in a folder says about itself.
func Read(dir string) (Info, error) {
	var i Info
	text, err := os.ReadFile(filepath.Join(dir, InfoFile))
	if err != nil {
		return i, err
	}
	return i, json.Unmarshal(text, &i)
}

func (i Info) write(dir string) error {
	text, err := json.MarshalIndent(i, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, InfoFile), append(text, '\n'), 0o644)
}
