package house

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"agentstore/pkg/product/server"
	"agentstore/pkg/shop"
)

const (
	diagramBegins = "<!-- The state machine, written by go test ./internal/test/house -run Diagram -update -->\n"
	diagramEnds   = "<!-- end of the state machine -->\n"
)

// TestDiagram compares the diagram in the page of servers with the state machine.
func TestDiagram(t *testing.T) {
	t.Parallel()
	name := root + "/docs/servers.md"
	page, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begins := strings.Cut(string(page), diagramBegins)
	old, after, ends := strings.Cut(rest, diagramEnds)
	if !begins || !ends {
		t.Fatal("docs/servers.md has no place for the state machine")
	}
	want := diagram(server.Transitions())
	if old == want {
		return
	}
	if !*update {
		t.Fatal("the diagram in docs/servers.md is not what the code says: run go test ./internal/test/house -run Diagram -update")
	}
	if err := os.WriteFile(name, []byte(before+diagramBegins+want+diagramEnds+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// diagram draws what a server does, and beside it what becomes of its image.
func diagram(machine []server.Transition) string {
	power, image := arrows{}, arrows{}
	for _, t := range machine {
		label := strings.TrimSpace(string(t.Action) + " " + t.Option)
		if t.Action == shop.ActionCreate {
			power.add("[*]", string(t.To), label)
			image.add("[*]", string(t.Image.During), label)
		} else if t.During == t.From {
			power.add(string(t.From), string(t.To), label)
		} else {
			power.add(string(t.From), string(t.During), label)
			power.add(string(t.During), string(t.To), "")
		}
		if t.Image.During == "" {
			continue
		}
		for _, from := range t.Image.From {
			if from != t.Image.During {
				image.add(string(from), string(t.Image.During), label)
			}
		}
		image.add(string(t.Image.During), string(t.Image.To), "")
		image.add(string(t.Image.During), string(t.Image.Else), "fails")
	}
	return "\n```mermaid\nstateDiagram-v2\n    state powerState {\n" + power.draw() + "    }\n" +
		"    state provisioningStatus {\n" + image.draw() + "    }\n```\n\n"
}

type arrow struct{ from, to string }

// arrows are the labels of each edge, in the order in which they were added.
type arrows map[arrow][]string

func (e arrows) add(from, to, label string) {
	at := arrow{from, to}
	if _, there := e[at]; !there || label != "" && !slices.Contains(e[at], label) {
		e[at] = append(e[at], label)
	}
}

func (e arrows) draw() string {
	var lines []string
	for at, labels := range e {
		line := fmt.Sprintf("        %s --> %s", at.from, at.to)
		if said := slices.DeleteFunc(labels, func(l string) bool { return l == "" }); len(said) > 0 {
			line += ": " + strings.Join(said, ", ")
		}
		lines = append(lines, line+"\n")
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}
