package sheet

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCSV(t *testing.T) {
	t.Parallel()
	got := string(CSV([][]string{{"id", "note"}, {"1", `a "b", c;=1+2`}, {"", "=1+2\";=1+2"}}))
	want := "\"id\",\"note\"\r\n\"1\",\"a \"\"b\"\", c;=1+2\"\r\n\"\",\"'=1+2\"\";=1+2\"\r\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the file (-want +got):\n%s", diff)
	}
}

// Each of these begins a formula somewhere, or hides what does.
func TestFormulasAreNeutralised(t *testing.T) {
	t.Parallel()
	for _, begin := range []string{
		"=", "+", "-", "@", "\t", "\r", "\n", "\x00", "＝", "＋", "－", "＠",
		" =", "  +", `"=`, `'=`, "`=", "“=", "\u00a0=", "\u200b=", "\ufeff=", ` " '@`, " \t", "'\r=",
	} {
		cell := begin + "cmd|' /C calc'!A0"
		if got, want := string(CSV([][]string{{cell}})), `"'`+strings.ReplaceAll(cell, `"`, `""`)+"\"\r\n"; got != want {
			t.Errorf("%q is written %q, want %q", cell, got, want)
		}
	}
	for _, cell := range []string{"", " ", "''", "a=b", "1-2", `{"a":"=1"}`, "2026-01-31T12:00:00Z", "é@b", "(=1)"} {
		if got, want := string(CSV([][]string{{cell}})), `"`+strings.ReplaceAll(cell, `"`, `""`)+"\"\r\n"; got != want {
			t.Errorf("%q is written %q, want it as it is", cell, got)
		}
	}
}

// Whatever the cells, the reader of the standard library finds as many, and none
// that a spreadsheet would run.
func FuzzCSV(f *testing.F) {
	f.Add("=1", `a,"b"`)
	f.Add("\r\n=1", " '=")
	f.Fuzz(func(t *testing.T, a, b string) {
		lines, err := csv.NewReader(bytes.NewReader(CSV([][]string{{a, b}, {b, a}}))).ReadAll()
		if err != nil || len(lines) != 2 || len(lines[0]) != 2 || len(lines[1]) != 2 {
			t.Fatalf("%v, %q", err, lines)
		}
		for _, line := range lines {
			for _, cell := range line {
				if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
					t.Errorf("the cell %q would be run", cell)
				}
			}
		}
	})
}
