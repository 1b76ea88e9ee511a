package docs

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// mostNotRun is how many blocks may say why they are not run: each more is a page
// that nobody checks.
const mostNotRun = 14

// TestCommands reads all pages from the top, README.md above all, whose transcript
// it types twice.
func TestCommands(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"bash", "curl", "git", "make", "java", "npx"} {
		if _, err := exec.LookPath(program); err != nil && os.Getenv("CI") != "true" {
			t.Skipf("the pages need %s, which is not on this machine", program)
		}
	}
	all, err := pages()
	if err != nil {
		t.Fatal(err)
	}
	byCI, err := runByCI()
	if err != nil {
		t.Fatal(err)
	}
	r := newReader(t)
	c := counted{byCI: byCI}
	for i, p := range all {
		dir := filepath.Join(r.home, "agentstore")
		if i == 0 {
			dir = r.home // where README.md has it cloned
		}
		c.read(t, r, p, dir)
	}
	t.Logf("%d commands were run, %d are run by .ci/run, and these blocks are not run:\n%s", c.run, c.inCI, strings.Join(c.notRun, "\n"))
	if len(c.notRun) > mostNotRun {
		t.Errorf("%d blocks are not run, and at most %d may be", len(c.notRun), mostNotRun)
	}
	if c.run < 50 {
		t.Errorf("only %d commands were run", c.run)
	}
}

// counted is what became of the commands.
type counted struct {
	byCI      []string
	run, inCI int
	notRun    []string // each with its reason
}

func (c *counted) read(t *testing.T, r *reader, p page, dir string) {
	t.Helper()
	if len(p.blocks) == 0 {
		return
	}
	if err := r.open(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	defer r.shell.close()
	var transcripts []block
	for _, b := range p.blocks {
		if len(transcripts) > 0 && !b.commands[0].console {
			for _, again := range transcripts {
				c.typeIn(t, r, p, again)
			}
			transcripts = nil
		}
		c.typeIn(t, r, p, b)
		if p.name == "README.md" && b.commands[0].console {
			transcripts = append(transcripts, b)
		}
	}
}

// typeIn types the commands of a block, and compares what they print with what the
// page shows.
func (c *counted) typeIn(t *testing.T, r *reader, p page, b block) {
	t.Helper()
	if b.notRun != "" {
		c.notRun = append(c.notRun, fmt.Sprintf("%s:%d: %s", p.name, b.line, b.notRun))
		return
	}
	if b.first != "" {
		if printed, err := r.do(t.Context(), b.first); err != nil {
			t.Errorf("%s:%d: %s: %v\n%s", p.name, b.line, b.first, err, printed)
		}
	}
	for _, typed := range b.commands {
		if m := ciRuns.FindStringSubmatch(typed.text); m != nil && slices.Contains(c.byCI, m[1]) {
			c.inCI++
			continue
		}
		c.run++
		printed, err := typed.try(t, r)
		if err != nil {
			t.Errorf("%s:%d: %v\n$ %s\n%s", p.name, typed.line, err, typed.text, printed)
		}
	}
}

var (
	reads   = regexp.MustCompile(`^curl -s -H "\$auth" [^-]*$`)
	problem = regexp.MustCompile(`"urn:agentstore:error:`)
)

// try types a command. What a read is to show may still be on its way.
func (c command) try(t *testing.T, r *reader) (printed string, err error) {
	t.Helper()
	for late := time.Now().Add(10 * time.Second); ; time.Sleep(200 * time.Millisecond) {
		printed, err = r.do(t.Context(), c.text)
		switch {
		case err != nil:
		case c.prints != "" && !alike(c.prints, printed):
			err = fmt.Errorf("the page shows something else:\n%s", c.prints)
		case c.prints == "" && problem.MatchString(printed):
			err = fmt.Errorf("the store refuses it")
		}
		if err == nil || !reads.MatchString(c.text) || time.Now().After(late) {
			return printed, err
		}
	}
}
