package schema_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
	"pgregory.net/rapid"

	"agentstore/pkg/schema"
)

// Check and the validator of jsonschema-go are of one mind about any value and
// any schema that the builders make.
func TestCheckAgreesWithJSONSchema(t *testing.T) {
	t.Parallel()
	verdicts := make(map[bool]int)
	rapid.Check(t, func(t *rapid.T) {
		s := schemas(t, 3)
		resolved, err := s.Resolve(&jsonschema.ResolveOptions{ValidateDefaults: true})
		if err != nil {
			t.Fatalf("the builders made a schema that is none: %v", err)
		}
		for range 10 {
			value := near(t, s)
			problems := schema.Check(s, "$", value)
			refusal := resolved.Validate(value)
			if (len(problems) == 0) != (refusal == nil) {
				t.Fatalf("%#v\nCheck: %v\njsonschema-go: %v", value, problems, refusal)
			}
			params := make(map[string]bool)
			for _, p := range problems {
				if params[p.Param] || !strings.HasPrefix(p.Param, "$") {
					t.Fatalf("%#v: the param %s in %v", value, p.Param, problems)
				}
				params[p.Param] = true
				if p.Fix == "" {
					t.Fatalf("%#v: %s %s has no fix", value, p.Param, p.Detail)
				}
			}
			verdicts[refusal == nil]++
		}
	})
	if verdicts[true] < 100 || verdicts[false] < 100 {
		t.Errorf("only %d values were good and %d bad", verdicts[true], verdicts[false])
	}
}

var (
	names    = rapid.StringMatching(`[a-z_]{1,3}|[ -~]{1,3}|[äöü]`)
	texts    = rapid.StringOfN(rapid.RuneFrom([]rune("abz-. \nä€😀")), 0, 6, -1)
	patterns = rapid.SampledFrom([]string{`^[ -~]+$`, `^[a-z]([a-z-]{0,2}[a-z])?$`, `b`, `^a|z$`})
)

// schemas draws a schema, with objects and lists down to that many levels.
func schemas(t *rapid.T, levels int) *schema.Schema {
	kinds := 6
	if levels > 0 {
		kinds = 9
	}
	switch rapid.IntRange(0, kinds).Draw(t, "kind") {
	case 0:
		low := rapid.IntRange(0, 3).Draw(t, "low")
		return schema.String("text", low, low+rapid.IntRange(0, 3).Draw(t, "span"))
	case 1:
		s := schema.Pattern("pattern", patterns.Draw(t, "pattern"), rapid.IntRange(1, 5).Draw(t, "longest"))
		if rapid.Bool().Draw(t, "excepted") {
			schema.Except(s, patterns.Draw(t, "exception"))
		}
		return s
	case 2:
		return schema.Enum("enum", rapid.SliceOfN(texts, 1, 3).Draw(t, "allowed")...)
	case 3:
		low := rapid.IntRange(-3, 3).Draw(t, "low")
		return schema.Integer("integer", low, low+rapid.IntRange(0, 3).Draw(t, "span"))
	case 4:
		return schema.IntegerEnum("integers", rapid.SliceOfN(rapid.IntRange(-3, 3), 1, 3).Draw(t, "allowed")...)
	case 5:
		return schema.Default(schema.Boolean("boolean"), "false")
	case 6:
		return schema.Open("open")
	case 7:
		return schema.List("list", schemas(t, levels-1), rapid.IntRange(0, 3).Draw(t, "longest"))
	default:
		var fields []schema.Field
		for _, name := range rapid.SliceOfNDistinct(names, 0, 4, rapid.ID).Draw(t, "names") {
			fields = append(fields, schema.Field{Name: name, Schema: schemas(t, levels-1), Required: rapid.Bool().Draw(t, "required")})
		}
		return schema.Object(fields...)
	}
}

// near draws a value that the schema allows, or nearly so.
func near(t *rapid.T, s *schema.Schema) any {
	if rapid.IntRange(0, 19).Draw(t, "anything") == 0 {
		return anything.Draw(t, "value")
	}
	if len(s.Enum) > 0 && rapid.IntRange(0, 9).Draw(t, "allowed") > 0 {
		return allowed(rapid.SampledFrom(s.Enum).Draw(t, "value"))
	}
	switch s.Type {
	case "string":
		return texts.Draw(t, "value")
	case "integer":
		return rapid.OneOf(rapid.Map(rapid.IntRange(-5, 8), toFloat), rapid.Float64Range(-5, 8)).Draw(t, "value")
	case "boolean":
		return rapid.Bool().Draw(t, "value")
	case "array":
		values := make([]any, rapid.IntRange(0, *s.MaxItems).Draw(t, "length")+rapid.IntRange(0, 9).Draw(t, "too long")/9)
		for i := range values {
			values[i] = near(t, s.Items)
		}
		return values
	default:
		return nearObject(t, s)
	}
}

func nearObject(t *rapid.T, s *schema.Schema) any {
	values := make(map[string]any)
	for _, name := range s.PropertyOrder {
		if rapid.IntRange(0, 9).Draw(t, "given") > 0 {
			values[name] = near(t, s.Properties[name])
		}
	}
	if rapid.IntRange(0, 9).Draw(t, "one more") == 0 {
		values[names.Draw(t, "name")] = anything.Draw(t, "value")
	}
	return values
}

// anything is JSON of any type, as encoding/json decodes it.
var anything = rapid.OneOf(
	rapid.Just[any](nil), rapid.Bool().AsAny(), texts.AsAny(), rapid.Map(rapid.IntRange(-9, 9), toFloat).AsAny(),
	rapid.Float64Range(-math.MaxFloat64, math.MaxFloat64).AsAny(),
	rapid.Map(rapid.SliceOfN(texts.AsAny(), 0, 3), func(v []any) any { return v }),
	rapid.Map(rapid.MapOfN(names, texts.AsAny(), 0, 3), func(v map[string]any) any { return v }),
)

func toFloat(i int) float64 { return float64(i) }

// allowed is a value of an enumeration as encoding/json decodes it.
func allowed(value any) any {
	if i, ok := value.(int); ok {
		return float64(i)
	}
	return value
}
