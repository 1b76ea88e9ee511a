package embedded

import (
	"bytes"
	"encoding/binary"
)

// The keys in the storage begin with what they are.
const (
	itemSpace  = 'i' // partition, sort key: the item
	indexSpace = 'x' // partition and sort key of the index, then those of the item: nothing
	ttlSpace   = 't' // seconds since 1970, then partition and sort key: nothing
)

// primary is the key of an item.
type primary struct{ pk, sk string }

func (p primary) bytes() []byte {
	return append(appendText(append(make([]byte, 0, len(p.pk)+len(p.sk)+8), itemSpace), p.pk), p.sk...)
}

// indexed is the place of an item in the index.
type indexed struct {
	pk, sk string
	of     primary
}

func (x indexed) bytes() []byte {
	b := appendText(appendText([]byte{indexSpace}, x.pk), x.sk)
	return append(appendText(b, x.of.pk), x.of.sk...)
}

func parseIndexed(key []byte) (x indexed, ok bool) {
	rest := key[1:]
	for _, part := range []*string{&x.pk, &x.sk, &x.of.pk} {
		if *part, rest, ok = cutText(rest); !ok {
			return x, false
		}
	}
	x.of.sk = string(rest)
	return x, true
}

// ending is when an item ends.
type ending struct {
	seconds int64
	of      primary
}

func (e ending) bytes() []byte {
	b := binary.BigEndian.AppendUint64([]byte{ttlSpace}, uint64(e.seconds))
	return append(appendText(b, e.of.pk), e.of.sk...)
}

func parseEnding(key []byte) (e ending, ok bool) {
	if len(key) < 9 {
		return e, false
	}
	e.seconds = int64(binary.BigEndian.Uint64(key[1:9]))
	var rest []byte
	e.of.pk, rest, ok = cutText(key[9:])
	e.of.sk = string(rest)
	return e, ok
}

// appendText appends a text and its terminator, so that texts sort by their bytes
// and none of them is a prefix of another. A zero byte within is followed by 255.
func appendText(b []byte, text string) []byte {
	for i := range len(text) {
		b = append(b, text[i])
		if text[i] == 0 {
			b = append(b, 255)
		}
	}
	return append(b, 0, 1)
}

func cutText(b []byte) (text string, rest []byte, ok bool) {
	end := bytes.Index(b, []byte{0, 1})
	if end < 0 {
		return "", nil, false
	}
	return string(bytes.ReplaceAll(b[:end], []byte{0, 255}, []byte{0})), b[end+2:], true
}

// after is the first key after all that begin with prefix.
func after(prefix []byte) []byte {
	next := bytes.Clone(prefix)
	for i := len(next) - 1; i >= 0; i-- {
		if next[i] < 255 {
			next[i]++
			return next[:i+1]
		}
	}
	return bytes.Repeat([]byte{255}, len(prefix)+1)
}
