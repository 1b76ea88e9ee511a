package dynamo

import (
	"math/rand/v2"
	"reflect"
	"strconv"
	"testing"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// everyRow is a row of each type.
var everyRow = []any{
	accountRow{},
	actionRow{},
	secretRow{},
	agentRow{},
	approvalRow{},
	budgetRow{},
	catalogRow{},
	categoryRow{},
	causeRow{},
	confirmationRow{},
	credentialRow{},
	documentRow{},
	entryRow{},
	eventRow{},
	head{},
	heldPolicyRow{},
	holdRow{},
	identityRow{},
	invitationRow{},
	itemRow{},
	jobRow{},
	keyUseRow{},
	memberRow{},
	personRow{},
	purchaseRow{},
	quoteRow{},
	recordRow{},
	serviceRow{},
	sessionRow{},
	sshKeysRow{},
	waitingRow{},
	walletRow{},
}

// Rows are written and read as the SDK's package attributevalue does it, but for
// what is empty.
func TestCodecIsThatOfTheSDK(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for _, row := range everyRow {
		for range 50 {
			v := reflect.New(reflect.TypeOf(row)).Elem()
			fill(random, v)
			want, err := attributevalue.MarshalMap(v.Interface())
			if err != nil {
				t.Fatal(err)
			}
			prune(want)
			delete(want, "h_") // the SDK knows no prefixes, see TestCodecOfPrefix
			got := encode(v.Interface())
			if diff := cmp.Diff(want, got, values); diff != "" {
				t.Fatalf("%T is written otherwise (-want +got):\n%s", row, diff)
			}

			read, sdk := reflect.New(v.Type()), reflect.New(v.Type())
			if known, err := planOf(v.Type()).decode(got, read.Elem()); err != nil || known != len(got) {
				t.Fatalf("%d of %d attributes are known, %v", known, len(got), err)
			}
			if err := attributevalue.UnmarshalMap(got, sdk.Interface()); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(sdk.Interface(), read.Interface()) {
				t.Fatalf("%T is read as\n%+v, want\n%+v", row, read.Elem(), sdk.Elem())
			}
		}
	}
}

// A field with a prefix holds the attributes whose names begin with it.
func TestCodecOfPrefix(t *testing.T) {
	t.Parallel()
	type sample struct {
		Text string           `dynamodbav:"text"`
		Rest map[string]int64 `dynamodbav:"h_,prefix"`
	}
	row := sample{"x", map[string]int64{"a": 1, "b-2": -3}}
	attributes := item{"text": text("x"), "h_a": number(1), "h_b-2": number(-3)}
	if diff := cmp.Diff(attributes, encode(row), values); diff != "" {
		t.Errorf("written (-want +got):\n%s", diff)
	}
	attributes["new"] = number(1)
	read, all, err := decodeAll[sample](attributes)
	if diff := cmp.Diff(row, read); diff != "" || all || err != nil {
		t.Errorf("read: all %v, %v (-want +got):\n%s", all, err, diff)
	}
	for _, wrong := range []types.AttributeValue{text("1"), &types.AttributeValueMemberN{Value: "1.5"}} {
		if row, err := decode[sample](item{"h_a": wrong}); err == nil {
			t.Errorf("%v is read as %+v", wrong, row)
		}
	}
}

// An attribute of another type than its field is an error, wherever it is.
func TestCodecRefusesOtherTypes(t *testing.T) {
	t.Parallel()
	type part struct {
		Text string `dynamodbav:"text"`
	}
	type sample struct {
		part
		Number int    `dynamodbav:"number"`
		Truth  bool   `dynamodbav:"truth"`
		Bytes  []byte `dynamodbav:"bytes"`
		Map    part   `dynamodbav:"map"`
		Maybe  *part  `dynamodbav:"maybe"`
		List   []int  `dynamodbav:"list"`
	}
	list := &types.AttributeValueMemberL{Value: []types.AttributeValue{number(1), text("2")}}
	inner := &types.AttributeValueMemberM{Value: item{"text": number(1)}}
	for _, wrong := range []item{
		{"text": number(1)},
		{"number": text("1")},
		{"number": &types.AttributeValueMemberN{Value: "1.5"}},
		{"truth": number(1)},
		{"bytes": text("x")},
		{"map": text("x")},
		{"map": inner},
		{"maybe": inner},
		{"list": number(1)},
		{"list": list},
	} {
		if row, err := decode[sample](wrong); err == nil {
			t.Errorf("%v is read as %+v", wrong, row)
		}
	}
}

// fill gives a row random fields, each empty now and then.
func fill(random *rand.Rand, v reflect.Value) {
	switch {
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			fill(random, v.Field(i))
		}
		return
	case random.IntN(4) == 0:
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("text " + strconv.Itoa(random.IntN(100)))
	case reflect.Int, reflect.Int64:
		v.SetInt(random.Int64() >> random.IntN(63))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(random, v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1+random.IntN(3), 3))
		for i := range v.Len() {
			fill(random, v.Index(i))
		}
	case reflect.Uint8:
		v.SetUint(uint64(random.IntN(256)))
	case reflect.Map: // the SDK knows no prefixes
	default:
		panic(v.Kind())
	}
}

// prune leaves out what is empty.
func prune(attributes item) {
	for name, value := range attributes {
		empty := false
		switch v := value.(type) {
		case *types.AttributeValueMemberB:
			empty = len(v.Value) == 0
		case *types.AttributeValueMemberL:
			empty = len(v.Value) == 0
			for _, member := range v.Value {
				if object, isObject := member.(*types.AttributeValueMemberM); isObject {
					prune(object.Value)
				}
			}
		case *types.AttributeValueMemberM:
			prune(v.Value)
			empty = len(v.Value) == 0
		}
		if empty {
			delete(attributes, name)
		}
	}
}

// values compares items by type and value.
var values = cmp.Options{
	cmpopts.EquateEmpty(),
	cmpopts.IgnoreUnexported(
		types.AttributeValueMemberS{}, types.AttributeValueMemberN{}, types.AttributeValueMemberB{},
		types.AttributeValueMemberBOOL{}, types.AttributeValueMemberNULL{},
		types.AttributeValueMemberL{}, types.AttributeValueMemberM{},
	),
}

func BenchmarkCodec(b *testing.B) {
	v := reflect.New(reflect.TypeFor[purchaseRow]()).Elem()
	fill(rand.New(rand.NewPCG(1, 3)), v)
	row := v.Interface().(purchaseRow)
	encoded := encode(row)
	b.Run("write", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_ = encode(row)
		}
	})
	b.Run("write with the SDK", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = attributevalue.MarshalMap(row)
		}
	})
	b.Run("read", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = decode[purchaseRow](encoded)
		}
	})
	b.Run("read with the SDK", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var to purchaseRow
			_ = attributevalue.UnmarshalMap(encoded, &to)
		}
	})
}

// What is packed is written by the SDK's package as it is by ours.

func (p packedBytes) MarshalDynamoDBAttributeValue() (types.AttributeValue, error) {
	return &types.AttributeValueMemberB{Value: pack(p)}, nil
}

func (p *packedBytes) UnmarshalDynamoDBAttributeValue(from types.AttributeValue) (err error) {
	*p, err = unpack(from.(*types.AttributeValueMemberB).Value)
	return err
}
