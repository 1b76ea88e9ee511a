package process

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
)

// Run runs a program in a folder and returns what it prints; the error has it too.
func Run(ctx context.Context, dir string, words ...string) (string, error) {
	c := exec.CommandContext(ctx, words[0], words[1:]...)
	c.Dir = dir
	text, err := c.CombinedOutput()
	printed := strings.TrimSpace(string(text))
	if err != nil {
		err = fmt.Errorf("%q: %w\n%s", words, err, printed)
	}
	return printed, err
}
