package strictjson_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"agentstore/pkg/strictjson"
)

func TestObject(t *testing.T) {
	t.Parallel()
	got, err := strictjson.Object([]byte(` { "text": "é\n\u00e9\ud83d\ude00", "number": -1.5e1, "zero": -0, "yes": true, "no": false,
		"nothing": null, "list": [1, [], {}], "": {"": ""} }` + "\r\n\t "))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"text": "é\né😀", "number": -15.0, "zero": math.Copysign(0, -1), "yes": true, "no": false,
		"nothing": nil, "list": []any{1.0, []any{}, map[string]any{}}, "": map[string]any{"": ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestObjectRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"nothing", "", "$ is not complete JSON"},
		{"white space", " \n", "$ is not complete JSON"},
		{"an open object", `{"a":1`, "$ is not complete JSON"},
		{"an open array", `{"a":[1,`, "$ is not complete JSON"},
		{"an open text", `{"a":"b`, "$ is not complete JSON"},
		{"a member without a value", `{"a":`, "$ is not complete JSON"},
		{"an array", `[{}]`, "$ must be a JSON object"},
		{"a text", `"a"`, "$ must be a JSON object"},
		{"a number", `1`, "$ must be a JSON object"},
		{"true", `true`, "$ must be a JSON object"},
		{"null", `null`, "$ must be a JSON object"},
		{"two objects", `{} {}`, "$ must be a single JSON object, with nothing after it"},
		{"an object and an error", `{}]`, "$ must be a single JSON object, with nothing after it"},
		{"an object and an open text", `{}"a`, "$ must be a single JSON object, with nothing after it"},
		{"an object and NUL", "{}\x00", "$ must be a single JSON object, with nothing after it"},
		{"a byte order mark", "\ufeff{}", "$ is not valid JSON at byte 0"},
		{"a name twice", `{"a":1,"b":2,"a":1}`, "$.a is given twice"},
		{"a name twice, once escaped", `{"a":1,"\u0061":2}`, "$.a is given twice"},
		{"a name twice, further down", `{"a":[{},{"b c":1,"b c":2}]}`, `$.a[1]["b c"] is given twice`},
		{"an empty name twice", `{"":1,"":2}`, `$[""] is given twice`},
		{"a name twice in an open object", `{"a":1,"a"`, "$.a is given twice"},
		{"a number too large", `{"a":[0,1e309]}`, "$.a[1] is a number out of range"},
		{"a number too small", `{"a":-1e309}`, "$.a is a number out of range"},
		{"bytes that are not UTF-8", "{\"a\":\"\xff\"}", "$.a is not valid JSON at byte 6"},
		{"a name that is not UTF-8", "{\"\xff\":1}", "$ is not valid JSON at byte 2"},
		{"half a surrogate pair", `{"a":"\ud800"}`, "$.a is not valid JSON at byte 6"},
		{"a raw line feed in a text", "{\"a\":\"\n\"}", "$.a is not valid JSON at byte 6"},
		{"a comment", `{"a":1/**/}`, "$ is not valid JSON at byte 6"},
		{"a comma at the end", `{"a":1,}`, "$ is not valid JSON at byte 6"},
		{"a name without quotes", `{a:1}`, "$ is not valid JSON at byte 1"},
		{"single quotes", `{'a':1}`, "$ is not valid JSON at byte 1"},
		{"a name that is a number", `{1:1}`, "$ is not valid JSON at byte 1"},
		{"a plus", `{"a":+1}`, "$.a is not valid JSON at byte 5"},
		{"a leading zero", `{"a":01}`, "$ is not valid JSON at byte 6"},
		{"hexadecimal", `{"a":0x1}`, "$ is not valid JSON at byte 6"},
		{"NaN", `{"a":NaN}`, "$.a is not valid JSON at byte 5"},
		{"True", `{"a":True}`, "$.a is not valid JSON at byte 5"},
		{"arrays without end", strings.Repeat("[", 1<<18), "$ nests deeper than 16 levels"},
		{"objects without end", strings.Repeat(`{"a":`, 1<<16), "$ nests deeper than 16 levels"},
		{"the wrong bracket", `{"a":[1}}`, "$.a is not valid JSON at byte 7"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := strictjson.Object([]byte(tt.text))
			if err == nil || err.Error() != tt.want || got != nil {
				t.Errorf("got %v, %v\nwant %s", got, err, tt.want)
			}
			var known *strictjson.Error
			if !errors.As(err, &known) {
				t.Errorf("the error is a %T", err)
			}
		})
	}
}

// values draws JSON as encoding/json decodes it. Beyond 2^53 that writes integers
// which are not exactly what it was given.
func values(depth int) *rapid.Generator[any] {
	kinds := []*rapid.Generator[any]{
		rapid.String().AsAny(), rapid.Bool().AsAny(), rapid.Just[any](nil),
		rapid.Float64Range(-1<<53, 1<<53).AsAny(), rapid.Map(rapid.IntRange(-99, 99), func(i int) any { return float64(i) }),
	}
	if depth > 0 {
		kinds = append(kinds, objects(depth).AsAny(), rapid.SliceOfN(values(depth-1), 0, 4).AsAny())
	}
	return rapid.OneOf(kinds...)
}

func objects(depth int) *rapid.Generator[map[string]any] {
	return rapid.MapOfN(rapid.String(), values(depth-1), 0, 4)
}

// A good document is read as encoding/json reads it.
func TestAgreesWithEncodingJSON(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		object := objects(4).Draw(t, "object")
		indent := rapid.StringMatching(`[ \t]{0,3}`).Draw(t, "indent")
		text, err := json.MarshalIndent(object, "", indent)
		if err != nil {
			t.Fatal(err)
		}
		var want map[string]any
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatal(err)
		}
		got, err := strictjson.Object(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s (-encoding/json +got):\n%s", text, diff)
		}
	})
}

// nest puts a value into an object and that into more objects and arrays, and
// returns the document, with the JSONPath of the value in it.
func nest(t *rapid.T, value string, levels int) (text, path string) {
	text = value
	for level := range levels {
		if level == levels-1 || rapid.Bool().Draw(t, "in an object") {
			name := rapid.StringMatching(`[a-z_][a-z0-9_]{0,5}|[äöü "/~\\]{1,4}`).Draw(t, "name")
			quoted, _ := json.Marshal(name)
			text = `{"before":0,` + string(quoted) + `:` + text + `}`
			path = strictjson.Member(name) + path
		} else {
			text = `[0,` + text + `,0]`
			path = "[1]" + path
		}
	}
	return text, "$" + path
}

// What is wrong is found at any depth, and named by its place.
func TestNamesThePlace(t *testing.T) {
	t.Parallel()
	faults := []struct{ value, below, reason string }{
		{`{"twice":1,"between":{},"twice":2}`, ".twice", "is given twice"},
		{`1e999`, "", "is a number out of range"},
		{"\"\xc3\"", "", "is not valid JSON at byte "},
		{`"\udc00"`, "", "is not valid JSON at byte "},
		{`no`, "", "is not valid JSON at byte "},
	}
	rapid.Check(t, func(t *rapid.T) {
		fault := rapid.SampledFrom(faults).Draw(t, "fault")
		text, path := nest(t, fault.value, rapid.IntRange(1, strictjson.MaxDepth-2).Draw(t, "levels"))
		_, err := strictjson.Object([]byte(text))
		var got *strictjson.Error
		if !errors.As(err, &got) || got.Param != path+fault.below || !strings.HasPrefix(got.Reason, fault.reason) {
			t.Fatalf("%s\n got %v\nwant %s %s", text, err, path+fault.below, fault.reason)
		}
	})
}

func TestDepth(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		levels := rapid.OneOf(rapid.IntRange(1, 3*strictjson.MaxDepth), rapid.IntRange(strictjson.MaxDepth, strictjson.MaxDepth+1)).Draw(t, "levels")
		text, _ := nest(t, "0", levels)
		_, err := strictjson.Object([]byte(text))
		var got *strictjson.Error
		switch {
		case levels <= strictjson.MaxDepth && err != nil:
			t.Fatalf("%d levels: %v", levels, err)
		case levels > strictjson.MaxDepth && (!errors.As(err, &got) || got.Param != "$" || !strings.HasPrefix(got.Reason, "nests deeper than 16 levels")):
			t.Fatalf("%d levels: %v", levels, err)
		}
	})
}

// A document is refused wherever it is cut off, and whatever follows it.
func TestCutOrContinued(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text, err := json.Marshal(objects(3).Draw(t, "object"))
		if err != nil {
			t.Fatal(err)
		}
		cut := text[:rapid.IntRange(0, len(text)-1).Draw(t, "cut")]
		if got, err := strictjson.Object(cut); err == nil {
			t.Fatalf("%s is read as %v", cut, got)
		}
		more := append(text, rapid.SliceOfN(rapid.ByteRange(0x21, 0xff), 1, 3).Draw(t, "more")...)
		if got, err := strictjson.Object(more); err == nil {
			t.Fatalf("%s is read as %v", more, got)
		}
	})
}
