package strictjson

import (
	"bytes"
	"encoding/json"
)

// Encode writes JSON for machines and people: without the escapes that
// json.Marshal makes for browsers, which turn one byte into six.
func Encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}
