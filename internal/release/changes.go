package release

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// ChangesFile says what has changed, for people.
const ChangesFile = "docs/changes.md"

// unreleased is the heading of what the next release brings.
const unreleased = "## Unreleased\n"

// Unreleased is the entry of the next release, without its heading.
func Unreleased(changes string) (string, error) {
	_, rest, found := strings.Cut(changes, "\n"+unreleased)
	if !found {
		return "", fmt.Errorf("%s has no heading %q", ChangesFile, strings.TrimSpace(unreleased))
	}
	entry, _, _ := strings.Cut(rest, "\n## ")
	return strings.TrimSpace(entry), nil
}

// Released gives the entry of the next release its version and its day, and begins
// an empty one above it. It returns the entry too.
func Released(changes, number string, day time.Time) (after, entry string, err error) {
	entry, err = Unreleased(changes)
	switch {
	case err != nil:
		return "", "", err
	case entry == "":
		return "", "", errors.New(ChangesFile + " says nothing below Unreleased: say there what the release brings")
	case strings.Contains(changes, "\n## "+number+","):
		return "", "", fmt.Errorf("%s has an entry of %s already", ChangesFile, number)
	}
	heading := fmt.Sprintf("%s\n## %s, %s\n", unreleased, number, day.Format(time.DateOnly))
	return strings.Replace(changes, unreleased, heading, 1), entry, nil
}
