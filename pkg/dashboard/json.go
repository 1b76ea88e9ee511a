package dashboard

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"agentstore/pkg/product"
	"agentstore/pkg/sorting"
)

// members are those of a JSON object that only a product knows, in words.
func members(object json.RawMessage) []product.Fact {
	decoder := json.NewDecoder(bytes.NewReader(object))
	decoder.UseNumber()
	var values map[string]any
	if decoder.Decode(&values) != nil {
		return nil
	}
	var facts []product.Fact
	for name, value := range values {
		if shown := shown(value); shown != "" {
			facts = append(facts, product.Fact{Label: sentence(spaced(name)), Value: shown})
		}
	}
	sorting.By(facts, func(a, b product.Fact) int { return strings.Compare(a.Label, b.Label) })
	return facts
}

func shown(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case bool:
		return map[bool]string{true: "Yes", false: "No"}[v]
	case []any:
		parts := make([]string, len(v))
		for i, one := range v {
			parts[i] = shown(one)
		}
		return strings.Join(parts, ", ")
	case map[string]any:
		text, _ := json.Marshal(v) // it was JSON before
		return string(text)
	default:
		return fmt.Sprint(v)
	}
}

// spaced puts the words of a name apart, as billingTermMonths.
func spaced(name string) string {
	var out strings.Builder
	for _, r := range name {
		if r >= 'A' && r <= 'Z' {
			out.WriteByte(' ')
			r += 'a' - 'A'
		}
		out.WriteRune(r)
	}
	return out.String()
}
