package docs

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// root is the folder of the module, seen from here.
const root = "../../.."

// page is a page of the documentation with its blocks of commands.
type page struct {
	name   string // from the root
	blocks []block
}

// block is one fenced block of commands.
type block struct {
	line     int // of its fence
	notRun   string
	first    string
	commands []command
}

// command is what a reader types.
type command struct {
	line    int
	text    string
	prints  string // empty if the page does not show it
	console bool   // it is in a transcript
}

// pages are README.md, those of docs/ by their names, and events/README.md.
func pages() ([]page, error) {
	files, err := filepath.Glob(root + "/docs/*.md")
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	var all []page
	for _, file := range slices.Concat([]string{root + "/README.md"}, files, []string{root + "/events/README.md"}) {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		name, err := filepath.Rel(root, file)
		if err != nil {
			return nil, err
		}
		p, err := parse(filepath.ToSlash(name), string(text))
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

var (
	fence  = regexp.MustCompile("^```(\\w*)$")
	marker = regexp.MustCompile(`^<!-- (not run|first): (.+) -->$`)
)

// parse reads the blocks of a page.
func parse(name, text string) (page, error) {
	p := page{name: name}
	var next block
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		if m := marker.FindStringSubmatch(lines[i]); m != nil {
			if m[1] == "first" {
				next.first = m[2]
			} else {
				next.notRun = m[2]
			}
			continue
		}
		opened := fence.FindStringSubmatch(lines[i])
		if opened == nil {
			if next.first+next.notRun != "" {
				return p, fmt.Errorf("%s:%d: no block follows the comment", name, i)
			}
			continue
		}
		end := i + 1 + slices.Index(lines[i+1:], "```")
		if end == i {
			return p, fmt.Errorf("%s:%d: the block does not end", name, i+1)
		}
		next.line = i + 1
		var err error
		switch opened[1] {
		case "sh":
			next.commands, err = script(lines[i+1:end], i+2)
		case "console":
			next.commands, err = transcript(lines[i+1:end], i+2)
		}
		if err != nil {
			return p, fmt.Errorf("%s: %w", name, err)
		}
		if len(next.commands) > 0 {
			p.blocks = append(p.blocks, next)
		}
		next = block{}
		i = end
	}
	return p, nil
}

// script is the commands of a block of sh.
func script(lines []string, at int) (commands []command, err error) {
	for i := 0; i < len(lines); {
		if strings.TrimSpace(lines[i]) == "" {
			i++
			continue
		}
		text, n, err := whole(lines[i:])
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", at+i, err)
		}
		commands = append(commands, command{line: at + i, text: text})
		i += n
	}
	return commands, nil
}

// transcript is the commands of a block of console, with what they print.
func transcript(lines []string, at int) (commands []command, err error) {
	for i := 0; i < len(lines); {
		rest, isCommand := strings.CutPrefix(lines[i], "$ ")
		if !isCommand {
			return nil, fmt.Errorf("line %d: a transcript begins with $", at+i)
		}
		text, n, err := whole(append([]string{rest}, lines[i+1:]...))
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", at+i, err)
		}
		c := command{line: at + i, text: text, console: true}
		var prints []string
		for i += n; i < len(lines) && !strings.HasPrefix(lines[i], "$ "); i++ {
			prints = append(prints, lines[i])
		}
		c.prints = strings.TrimSpace(strings.Join(prints, "\n"))
		commands = append(commands, c)
	}
	return commands, nil
}

// whole is the command that begins with the first line, and how many lines it has.
func whole(lines []string) (text string, n int, err error) {
	for n = 1; n <= len(lines); n++ {
		text = strings.Join(lines[:n], "\n")
		if strings.HasSuffix(text, "\\") {
			continue
		}
		// A here-document without its end is only warned of.
		if printed, err := exec.Command("bash", "-n", "-c", text).CombinedOutput(); err == nil && len(printed) == 0 {
			return text, n, nil
		}
	}
	return "", 0, fmt.Errorf("%q is no whole command", lines[0])
}
