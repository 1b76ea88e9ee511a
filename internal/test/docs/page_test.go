package docs

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const example = `# A page

<!-- first: export a=1 -->
` + "```console" + `
$ echo '{"a":
    1}' |
    cat \
    -
{"a":
    1}

$ cat <<'END'
$ no command
END
$ no command
` + "```" + `

` + "```json" + `
$ no command
` + "```" + `

<!-- not run: it takes long -->
` + "```sh" + `
sleep 1000 # seconds

for i in 1 2; do
  echo $i
done
` + "```" + `
`

func TestParse(t *testing.T) {
	t.Parallel()
	p, err := parse("page.md", example)
	if err != nil {
		t.Fatal(err)
	}
	want := []block{
		{line: 4, first: "export a=1", commands: []command{
			{line: 5, text: "echo '{\"a\":\n    1}' |\n    cat \\\n    -", prints: "{\"a\":\n    1}", console: true},
			{line: 12, text: "cat <<'END'\n$ no command\nEND", console: true},
			{line: 15, text: "no command", console: true},
		}},
		{line: 23, notRun: "it takes long", commands: []command{
			{line: 24, text: "sleep 1000 # seconds"},
			{line: 26, text: "for i in 1 2; do\n  echo $i\ndone"},
		}},
	}
	if diff := cmp.Diff(want, p.blocks, cmp.AllowUnexported(block{}, command{})); diff != "" {
		t.Error(diff)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for what, text := range map[string]string{
		"a comment without a block": "<!-- not run: so -->\n\n```sh\ntrue\n```\n",
		"a block without an end":    "```sh\ntrue\n",
		"half a command":            "```sh\necho 'a\n```\n",
		"output of nothing":         "```console\n{}\n```\n",
	} {
		if p, err := parse("page.md", text); err == nil {
			t.Errorf("%s is read as %+v", what, p.blocks)
		}
	}
}

func TestAlike(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		shown, printed string
		want           bool
	}{
		{`"expiresAt":"2026-11-24T10:40:20.225Z"`, `"expiresAt":"2027-01-02T03:04:05Z"` + "\n", true},
		{`"id":"pur_01KG9YS7G0JY6FKCVX0N567ADS"`, `"id":"pur_01M8DBS4GEJ19RYV97Q3YXN557"`, true},
		{`"id":"pur_01KG9YS7G0JY6FKCVX0N567ADS"`, `"id":"quo_01M8DBS4GEJ19RYV97Q3YXN557"`, false},
		{"198.51.100.42", "198.51.100.43", true},
		{"the agent agt_… is", "the agent agt_01 is", true},
		{"a…", "a\nb", false},
		{"2400", "2401", false},
		{"a\nb", "a", false},
	} {
		if got := alike(c.shown, c.printed); got != c.want {
			t.Errorf("%q shown, %q printed: %v", c.shown, c.printed, got)
		}
	}
}

// TestNoJQ: everything is read with what each machine has.
func TestNoJQ(t *testing.T) {
	t.Parallel()
	all, err := pages()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		for _, b := range p.blocks {
			for _, c := range b.commands {
				if strings.Contains(c.text, "jq ") {
					t.Errorf("%s:%d needs jq", p.name, c.line)
				}
			}
		}
	}
}
