package embedded

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

var exactly = cmp.Options{
	cmpopts.EquateEmpty(),
	cmpopts.IgnoreUnexported(
		types.AttributeValueMemberS{}, types.AttributeValueMemberN{}, types.AttributeValueMemberB{},
		types.AttributeValueMemberBOOL{}, types.AttributeValueMemberNULL{},
		types.AttributeValueMemberL{}, types.AttributeValueMemberM{},
	),
}

func drawItem(r *rapid.T, depth int) item {
	i := item{}
	for range rapid.IntRange(0, 4).Draw(r, "attributes") {
		i[rapid.StringN(1, 8, -1).Draw(r, "name")] = drawValue(r, depth)
	}
	return i
}

func drawValue(r *rapid.T, depth int) types.AttributeValue {
	kinds := 7
	if depth == 0 {
		kinds = 5
	}
	switch rapid.IntRange(1, kinds).Draw(r, "kind") {
	case 1:
		return &types.AttributeValueMemberS{Value: rapid.String().Draw(r, "text")}
	case 2:
		return &types.AttributeValueMemberN{Value: fmt.Sprint(rapid.Int64().Draw(r, "number"))}
	case 3:
		return &types.AttributeValueMemberB{Value: rapid.SliceOf(rapid.Byte()).Draw(r, "binary")}
	case 4:
		return &types.AttributeValueMemberBOOL{Value: rapid.Bool().Draw(r, "boolean")}
	case 5:
		return &types.AttributeValueMemberNULL{Value: true}
	case 6:
		list := make([]types.AttributeValue, rapid.IntRange(0, 3).Draw(r, "members"))
		for n := range list {
			list[n] = drawValue(r, depth-1)
		}
		return &types.AttributeValueMemberL{Value: list}
	default:
		return &types.AttributeValueMemberM{Value: drawItem(r, depth-1)}
	}
}

func TestItemsComeBackAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		want := drawItem(r, 3)
		bytes := stored(encode(want))
		got, err := bytes.item()
		if err != nil {
			r.Fatal(err)
		}
		if diff := cmp.Diff(want, got, exactly); diff != "" {
			r.Fatalf("-written +read:\n%s", diff)
		}
		for name := range want {
			value, err := bytes.attribute(name)
			if diff := cmp.Diff(want[name], value, exactly); diff != "" || err != nil {
				r.Fatalf("%q alone: %v\n%s", name, err, diff)
			}
		}
		if value, err := bytes.attribute("absent\x00"); value != nil || err != nil {
			r.Fatalf("an attribute that is not there: %v, %v", value, err)
		}
		// Part of it is no item.
		cut := rapid.IntRange(0, len(bytes)-1).Draw(r, "cut")
		if i, err := bytes[:cut].item(); err == nil {
			r.Fatalf("of %d bytes %d are %v", len(bytes), cut, i)
		}
	})
}

// FuzzDecode reads bytes that were damaged. Whatever is an item is one when it is
// written again.
func FuzzDecode(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{255, 255, 255, 255, 255, 255, 255, 255, 255, 1})
	f.Add([]byte{1, 1, 'a', typeList, 3, typeMap, 0, typeNull, typeTrue})
	f.Add(encode(item{"PK": &types.AttributeValueMemberS{Value: "a"}, "n": &types.AttributeValueMemberN{Value: "12"}}))
	f.Fuzz(func(t *testing.T, bytes []byte) {
		i, err := stored(bytes).item()
		value, single := stored(bytes).attribute("n")
		if err != nil {
			return
		}
		if single != nil {
			t.Fatalf("the item can be read, and not its attribute: %v", single)
		}
		if (value != nil) != (i["n"] != nil) {
			t.Fatalf("the attribute is %v in %v", value, i)
		}
		if checkAll(i, 1) != nil {
			return // no item that could have been written
		}
		if again, err := stored(encode(i)).item(); err != nil || !cmp.Equal(i, again, exactly) {
			t.Fatalf("%v comes back as %v, %v", i, again, err)
		}
	})
}
