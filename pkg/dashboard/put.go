package dashboard

import "io"

// put writes a text of a page, as generated pages do.
func put(b io.StringWriter, text string) error {
	_, err := b.WriteString(text)
	return err
}
