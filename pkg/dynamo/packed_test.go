package dynamo

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// What was packed once is unpacked for ever. The dictionary never changes: a better
// one is another file, with another number.
func TestPackedIsReadForEver(t *testing.T) {
	t.Parallel()
	sum := sha256.Sum256(common1)
	if got := hex.EncodeToString(sum[:]); got != "cade2b74a35b75b06960bceec937a429a8727c0ee389c92d9ac782bf2cf4eeef" {
		t.Errorf("the dictionary 1 has the hash %s", got)
	}
	text, err := os.ReadFile("testdata/packed/answer.json")
	if err != nil {
		t.Fatal(err)
	}
	stored, err := os.ReadFile("testdata/packed/answer.1")
	if err != nil {
		t.Fatal(err)
	}
	packed, err := base64.StdEncoding.DecodeString(string(bytes.TrimSpace(stored)))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := unpack(packed); err != nil || !bytes.Equal(got, text) {
		t.Errorf("%v:\n%s", err, got)
	}
}

// Whatever is packed comes back to the byte.
func TestPackedComesBack(t *testing.T) {
	t.Parallel()
	random := rand.NewChaCha8([32]byte{1})
	for _, length := range []int{0, 1, 7, 15, 16, 17, 100, 1000, 65535, 65536, 65537, 350_000} {
		noise := make([]byte, length)
		_, _ = random.Read(noise)
		for what, text := range map[string][]byte{"noise": noise, "text": bytes.Repeat(common1, 1+length/len(common1))[:length]} {
			got, err := unpack(pack(text))
			if err != nil || !bytes.Equal(got, text) {
				t.Errorf("%d bytes of %s come back as %d, %v", length, what, len(got), err)
			}
		}
	}
}

// What is damaged, or was packed otherwise, is an error and no answer.
func TestUnpackRefuses(t *testing.T) {
	t.Parallel()
	whole := pack([]byte(`{"purchase":{"id":"pur_01K","status":"completed"}}`))
	for what, packed := range map[string][]byte{
		"nothing":            {},
		"another dictionary": append([]byte{2}, whole[1:]...),
		"no block":           whole[:1],
		"half a block":       whole[:len(whole)/2],
	} {
		if got, err := unpack(packed); err == nil {
			t.Errorf("%s is read as %q", what, got)
		}
		row := encode(recordRow{head: newHead(key{"p", "s"}, "record", 1)})
		row["packed"] = &types.AttributeValueMemberB{Value: packed}
		if got, err := decode[recordRow](row); err == nil {
			t.Errorf("a record with %s is read as %q", what, got.Packed)
		}
	}
}

func BenchmarkPack(b *testing.B) {
	text, err := os.ReadFile("testdata/packed/answer.json")
	if err != nil {
		b.Fatal(err)
	}
	packed := pack(text)
	b.Run("pack", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_ = pack(text)
		}
		b.ReportMetric(float64(len(packed)), "bytes")
	})
	b.Run("unpack", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = unpack(packed)
		}
	})
}
