package seal_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"agentstore/pkg/id"
	"agentstore/pkg/seal"
	"agentstore/pkg/shop"
)

var action = shop.SecretOf{Account: "acc_1", Service: "svc_1", Action: "act_1"}

func withKey(tb testing.TB, key []byte) seal.Ring {
	tb.Helper()
	ring, err := seal.WithKey(key)
	if err != nil {
		tb.Fatal(err)
	}
	return ring
}

// rings are both kinds.
func rings(t *testing.T) map[string]seal.Ring {
	return map[string]seal.Ring{"a key": withKey(t, seal.NewKey()), "KMS": newKMS(t).ring()}
}

func onEach(t *testing.T, run func(t *testing.T, ring seal.Ring)) {
	t.Helper()
	for name, ring := range rings(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, ring)
		})
	}
}

func sealed(t *testing.T, ring seal.Ring, text string) shop.Sealed {
	t.Helper()
	s, err := ring.Seal(t.Context(), action, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Whatever is sealed for whatever action is opened for it, and for no other.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, ring seal.Ring) {
		of := rapid.Custom(func(t *rapid.T) shop.SecretOf {
			part := rapid.StringOfN(rapid.RuneFrom([]rune("a1:_ é\x00")), 0, 4, -1)
			return shop.SecretOf{Account: id.Account(part.Draw(t, "account")), Service: id.Service(part.Draw(t, "service")), Action: id.Action(part.Draw(t, "action"))}
		})
		rapid.Check(t, func(rt *rapid.T) {
			text := rapid.SliceOf(rapid.Byte()).Draw(rt, "text")
			mine, other := of.Draw(rt, "action"), of.Draw(rt, "other")
			box, err := ring.Seal(t.Context(), mine, text)
			if err != nil {
				rt.Fatal(err)
			}
			got, err := ring.Open(t.Context(), mine, box)
			if err != nil || !bytes.Equal(got, text) {
				rt.Fatalf("opened %q, %v, want %q", got, err, text)
			}
			if len(text) > 3 && bytes.Contains(box.Text, text) {
				rt.Fatalf("the sealed text %q has the text", box.Text)
			}
			if got, err := ring.Open(t.Context(), other, box); mine != other && (!errors.Is(err, shop.ErrUnreadable) || got != nil) {
				rt.Fatalf("%+v was sealed, and %+v opens %q, %v", mine, other, got, err)
			}
		})
	})
}

// Every bit of what is kept counts, and what is wrong is not told.
func TestDamage(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, ring seal.Ring) {
		whole := sealed(t, ring, "hunter2")
		damaged := func(name string, s shop.Sealed) {
			t.Helper()
			got, err := ring.Open(t.Context(), action, s)
			if err != shop.ErrUnreadable || got != nil {
				t.Errorf("%s: opened %q, %v", name, got, err)
			}
		}
		for i := range whole.Text {
			flipped := bytes.Clone(whole.Text)
			flipped[i] ^= 1
			damaged("a flipped bit", shop.Sealed{Text: flipped, Key: whole.Key})
			damaged("a text that is cut off", shop.Sealed{Text: whole.Text[:i], Key: whole.Key})
		}
		damaged("a longer text", shop.Sealed{Text: append(bytes.Clone(whole.Text), 0), Key: whole.Key})
		damaged("another key", shop.Sealed{Text: whole.Text, Key: append(bytes.Clone(whole.Key), 0)})
		if whole.Key != nil {
			damaged("no key", shop.Sealed{Text: whole.Text})
		}
	})
}

// No ring opens what another has sealed.
func TestAnotherRing(t *testing.T) {
	t.Parallel()
	all := rings(t)
	all["another key"], all["another KMS"] = withKey(t, seal.NewKey()), newKMS(t).ring()
	for sealer, ring := range all {
		s := sealed(t, ring, "hunter2")
		for opener, other := range all {
			got, err := other.Open(t.Context(), action, s)
			if good := err == nil && string(got) == "hunter2"; good != (opener == sealer) || !good && (err != shop.ErrUnreadable || got != nil) {
				t.Errorf("%s opens what %s has sealed: %q, %v", opener, sealer, got, err)
			}
		}
	}
}

// The same secret is never sealed alike.
func TestSealsDiffer(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, ring seal.Ring) {
		a, b := sealed(t, ring, "hunter2"), sealed(t, ring, "hunter2")
		if bytes.Equal(a.Text, b.Text) || a.Key != nil && bytes.Equal(a.Key, b.Key) {
			t.Errorf("sealed alike: %x and %x", a, b)
		}
	})
}

func TestKeyOfAnotherLength(t *testing.T) {
	t.Parallel()
	for _, length := range []int{0, 16, seal.KeySize - 1, seal.KeySize + 1} {
		if _, err := seal.WithKey(make([]byte, length)); err == nil || !strings.Contains(err.Error(), "bytes") {
			t.Errorf("a key of %d bytes: %v", length, err)
		}
	}
}

func FuzzOpen(f *testing.F) {
	ring := withKey(f, bytes.Repeat([]byte{7}, seal.KeySize))
	good, err := ring.Seal(f.Context(), action, []byte("hunter2"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good.Text, []byte(nil))
	f.Add([]byte{}, []byte("key"))
	f.Fuzz(func(t *testing.T, text, key []byte) {
		got, err := ring.Open(t.Context(), action, shop.Sealed{Text: text, Key: key})
		if bytes.Equal(text, good.Text) && key == nil {
			return
		}
		if err != shop.ErrUnreadable || got != nil {
			t.Errorf("opened %q, %v", got, err)
		}
	})
}
