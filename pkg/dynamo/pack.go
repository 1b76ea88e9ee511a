package dynamo

import (
	_ "embed" // for the dictionary
	"fmt"
	"reflect"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/klauspost/compress/s2"
)

// The answer to a purchase is kept for ever, so it is kept small: packed with s2 and a
// dictionary of what most answers have in common. Before the block stands the number of
// the dictionary. A dictionary never changes, for what was packed with it can be
// unpacked with nothing else; a better one gets the next number, and is a new shape of records.

const dictionary1 = 1

//go:embed dictionary1.txt
var common1 []byte

// packing is made at its first use: a function that packs nothing starts sooner.
var packing = sync.OnceValue(func() *s2.Dict { return s2.MakeDict(common1, nil) })

func pack(text []byte) []byte {
	to := make([]byte, 1+s2.MaxEncodedLen(len(text)))
	to[0] = dictionary1
	return to[:1+len(packing().Encode(to[1:], text))]
}

func unpack(packed []byte) ([]byte, error) {
	if len(packed) == 0 || packed[0] != dictionary1 {
		return nil, fmt.Errorf("dynamo: nothing is packed so: %.8x", packed)
	}
	return packing().Decode(nil, packed[1:])
}

// packedBytes are bytes that are stored packed.
type packedBytes []byte

var packedCodec = codec{
	write: func(v reflect.Value) types.AttributeValue {
		return &types.AttributeValueMemberB{Value: pack(v.Bytes())}
	},
	read: func(from types.AttributeValue, v reflect.Value) bool {
		b, ok := from.(*types.AttributeValueMemberB)
		if !ok {
			return false
		}
		text, err := unpack(b.Value)
		v.SetBytes(text)
		return err == nil
	},
}
