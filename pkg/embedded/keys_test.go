package embedded

import (
	"bytes"
	"cmp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// drawText draws texts that are likely to be the beginning of each other, and to
// have what is special in a key.
func drawText(r *rapid.T) string {
	return string(rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 2, 'a', 254, 255}), 0, 4).Draw(r, "text"))
}

func drawPrimary(r *rapid.T) primary { return primary{drawText(r), drawText(r)} }

// TestKeysAreOrdered: DynamoDB sorts a partition by the bytes of the sort keys, and
// the index by its own keys first.
func TestKeysAreOrdered(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		a, b := drawPrimary(r), drawPrimary(r)
		want := cmp.Or(strings.Compare(a.pk, b.pk), strings.Compare(a.sk, b.sk))
		if got := bytes.Compare(a.bytes(), b.bytes()); got != want {
			r.Fatalf("%q and %q: %d, want %d", a, b, got, want)
		}
		x, y := indexed{drawText(r), drawText(r), a}, indexed{drawText(r), drawText(r), b}
		want = cmp.Or(strings.Compare(x.pk, y.pk), strings.Compare(x.sk, y.sk), want)
		if got := bytes.Compare(x.bytes(), y.bytes()); got != want {
			r.Fatalf("%q and %q: %d, want %d", x, y, got, want)
		}
		seconds := rapid.Int64Min(0)
		e, f := ending{seconds.Draw(r, "seconds"), a}, ending{seconds.Draw(r, "seconds"), b}
		if got := bytes.Compare(e.bytes(), f.bytes()); e.seconds != f.seconds && got != cmp.Compare(e.seconds, f.seconds) {
			r.Fatalf("%v and %v: %d", e, f, got)
		}
		if got, ok := parseIndexed(x.bytes()); !ok || got != x {
			r.Fatalf("%q is read as %q", x, got)
		}
		if got, ok := parseEnding(e.bytes()); !ok || got != e {
			r.Fatalf("%v is read as %v", e, got)
		}
	})
}

// TestStretches compares what a query goes through with what its condition says.
func TestStretches(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		partition, key := drawText(r), drawPrimary(r)
		s := stretch{partition: partition, low: drawText(r), high: drawText(r)}
		for _, index := range []bool{false, true} {
			space, place := byte(itemSpace), key.bytes()
			if index {
				space, place = indexSpace, indexed{key.pk, key.sk, drawPrimary(r)}.bytes()
			}
			q := query{index: index, prefix: appendText([]byte{space}, partition)}
			q.bound(s)
			want := key.pk == partition && key.sk >= s.low && (s.high == "" || key.sk < s.high)
			if got := q.within(place); got != want {
				r.Fatalf("%q in %q of the index %v: %v", key, s, index, got)
			}
		}
	})
}

func TestAfterAPrefix(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		prefix, text := drawText(r), drawText(r)
		behind := string(after([]byte(prefix)))
		within := text >= prefix && text < behind
		// A prefix has more than bytes of 255: it begins with its space, or is UTF-8.
		if strings.Count(prefix, "\xff") < len(prefix) && len(text) <= len(prefix)+1 && within != strings.HasPrefix(text, prefix) {
			r.Fatalf("%q is before %q, behind %q", text, behind, prefix)
		}
	})
}

// FuzzKeys reads keys that were damaged.
func FuzzKeys(f *testing.F) {
	f.Add([]byte{indexSpace})
	f.Add(indexed{"a", "b", primary{"c", "d"}}.bytes())
	f.Add(ending{1, primary{"c", "d"}}.bytes())
	f.Fuzz(func(t *testing.T, key []byte) {
		if len(key) == 0 {
			return // the storage has no empty key
		}
		parseEnding(key)
		parseIndexed(key)
	})
}
