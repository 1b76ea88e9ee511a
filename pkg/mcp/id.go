package mcp

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// The SDK keeps the id of a request as a float64, and answers another number where
// that is not exact. JSON-RPC 2.0 wants the same id back (section 5), so such numbers
// pass the SDK as texts.

// exactID is the largest whole number up to which a float64 holds all of them.
const exactID = 1 << 53

// veiled is how the text begins that stands for a number.
const veiled = "agentstore-number:"

// veil puts a text in the place of each id that the SDK would change, and reports
// whether there was one. The message is checked JSON, or left as it is.
func veil(message []byte) (out []byte, any bool) {
	return replaceIDs(message, func(id jsontext.Value) []byte {
		if id.Kind() != '0' || isExact(string(id)) {
			return nil
		}
		return strconv.AppendQuote(nil, veiled+string(id))
	})
}

// unveil puts the numbers back.
func unveil(answer []byte) []byte {
	out, _ := replaceIDs(answer, func(id jsontext.Value) []byte {
		if number, ok := bytes.CutPrefix(id, []byte(`"`+veiled)); ok {
			return bytes.TrimSuffix(number, []byte(`"`))
		}
		return nil
	})
	return out
}

func isExact(number string) bool {
	n, err := strconv.ParseInt(number, 10, 64)
	return err == nil && n > -exactID && n < exactID
}

// replaceIDs replaces the id of the message, or of each message of a batch, where
// replace returns something. What is not JSON stays as it is.
func replaceIDs(text []byte, replace func(jsontext.Value) []byte) (out []byte, any bool) {
	d := jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true))
	copied := int64(0)
	for {
		token, err := d.ReadToken()
		if err != nil {
			if !any {
				return text, false
			}
			return append(out, text[copied:]...), true
		}
		if token.Kind() != '"' || token.String() != "id" || !isMessageName(d) {
			continue
		}
		value, err := d.ReadValue()
		if err != nil {
			return text, false
		}
		if other := replace(value); other != nil {
			from := d.InputOffset() - int64(len(value))
			out = append(append(out, text[copied:from]...), other...)
			copied, any = d.InputOffset(), true
		}
	}
}

// isMessageName reports whether the decoder has just read the name of a member of a
// message: of the top object, or of an object in the top array.
func isMessageName(d *jsontext.Decoder) bool {
	depth := d.StackDepth()
	kind, length := d.StackIndex(depth)
	if kind != '{' || length%2 == 0 {
		return false
	}
	if depth == 1 {
		return true
	}
	top, _ := d.StackIndex(1)
	return depth == 2 && top == '['
}

// idOf is the id of a message as it was sent; null where it has none that can be
// repeated (JSON-RPC 2.0, section 5), and for a batch.
func idOf(message []byte) json.RawMessage {
	var request struct {
		ID json.RawMessage `json:"id"`
	}
	_ = json.Unmarshal(message, &request)
	if kind := jsontext.Value(request.ID).Kind(); kind == '"' || kind == '0' {
		return request.ID
	}
	return json.RawMessage("null")
}
