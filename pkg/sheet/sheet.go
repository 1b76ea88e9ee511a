// Package sheet writes files that people open in a spreadsheet. It is the one
// writer of CSV: what a stranger named must be shown there, and never run.
package sheet

import (
	"bytes"
	"strings"
	"unicode"
)

// ContentType is that of CSV.
const ContentType = "text/csv; charset=utf-8"

// CSV encodes lines as in RFC 4180. Each cell is quoted, so that it is one cell even
// where the separator is a semicolon, and a cell that a spreadsheet could take for a
// formula gets a leading single quote (OWASP, "CSV Injection"). So the output is not
// exactly the input: whoever needs that reads another format.
func CSV(lines [][]string) []byte {
	var text bytes.Buffer
	for _, line := range lines {
		for i, cell := range line {
			if i > 0 {
				text.WriteByte(',')
			}
			text.WriteByte('"')
			if isFormula(cell) {
				text.WriteByte('\'')
			}
			text.WriteString(strings.ReplaceAll(cell, `"`, `""`))
			text.WriteByte('"')
		}
		text.WriteString("\r\n")
	}
	return text.Bytes()
}

// isFormula reports whether a spreadsheet might run a cell: because of what it
// begins with, after any blanks and quotes, which some programs drop. Some take
// the full-width forms for the plain ones.
func isFormula(cell string) bool {
	for _, r := range cell {
		switch {
		case unicode.IsControl(r), strings.ContainsRune("=+-@＝＋－＠", r):
			return true
		case !unicode.IsSpace(r) && !unicode.In(r, unicode.Cf, unicode.Pi, unicode.Pf) && !strings.ContainsRune("\"'`", r):
			return false
		}
	}
	return false
}
