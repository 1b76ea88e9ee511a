package auth_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"hash/crc32"
	"io"
	"math/big"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"agentstore/pkg/auth"
	"agentstore/pkg/id"
)

var now = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

func ids() id.Maker {
	return id.Maker{Now: func() time.Time { return now }, Entropy: rand.Reader}
}

// newToken makes a good key of a new agent.
func newToken(tb testing.TB, mode auth.Mode) (auth.Token, string) {
	tb.Helper()
	token, text, err := auth.NewToken(mode, ids().Key(ids().Agent(ids().Account())), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	return token, text
}

// withChecksum ends a key's text with the checksum that belongs to it: the
// CRC-32 in base 62, in six digits.
func withChecksum(body string) string {
	n := new(big.Int).SetUint64(uint64(crc32.ChecksumIEEE([]byte(body))))
	// math/big writes base 62 with the lower-case letters first.
	swapCase := func(r rune) rune {
		if 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' {
			return r ^ ' '
		}
		return r
	}
	digits := strings.Map(swapCase, n.Text(62))
	return body + strings.Repeat("0", 6-len(digits)) + digits
}

const exampleKey = id.Key("01KG9ZK5M0ABCDEFGHJKMNPQRS000000111111")

func TestNewToken(t *testing.T) {
	t.Parallel()
	// 255 and 248 would make some characters likelier than others.
	entropy := append([]byte{255, 248, 247, 0, 61, 62}, make([]byte, 40)...)
	token, text, err := auth.NewToken(auth.Live, exampleKey, bytes.NewReader(entropy))
	if err != nil {
		t.Fatal(err)
	}
	// The form is public, and its hashes are stored: it cannot change.
	const want = "ask_live_01KG9ZK5M0ABCDEFGHJKMNPQRS000000111111.z0z000000000000000000000000000"
	if text != withChecksum(want) {
		t.Errorf("the key is %s, want %s", text, withChecksum(want))
	}
	if token.Key != exampleKey {
		t.Errorf("it is called %s", token.Key)
	}
	if hash := sha256.Sum256([]byte(text)); !bytes.Equal(token.Hash(), hash[:]) {
		t.Errorf("its hash is %x, want %x", token.Hash(), hash)
	}
}

func TestNewTokenWithoutEntropy(t *testing.T) {
	t.Parallel()
	errBroken := errors.New("broken")
	for _, entropy := range []io.Reader{iotest.ErrReader(errBroken), io.MultiReader(strings.NewReader("29 bytes are one too few: 4567"[:29]), iotest.ErrReader(errBroken))} {
		if _, text, err := auth.NewToken(auth.Live, exampleKey, entropy); !errors.Is(err, errBroken) || text != "" {
			t.Errorf("got %q, %v", text, err)
		}
	}
}

func TestSecretsDiffer(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for range 100 {
		_, text := newToken(t, auth.Live)
		_, secret, _ := strings.Cut(text, ".")
		if seen[secret] {
			t.Fatalf("%s twice", secret)
		}
		seen[secret] = true
	}
}

func TestParseTokenReadsWhatNewTokenWrites(t *testing.T) {
	t.Parallel()
	for _, mode := range []auth.Mode{auth.Live, auth.Test} {
		for range 100 {
			want, text := newToken(t, mode)
			got, err := auth.ParseToken(mode, text)
			if err != nil || got != want {
				t.Fatalf("ParseToken(%s) = %v, %v", text, got.Key, err)
			}
		}
	}
}

// A mistyped key is refused without a read: CRC-32 finds every such error.
func TestParseTokenRefusesEverySlip(t *testing.T) {
	t.Parallel()
	_, good := newToken(t, auth.Live)
	refuse := func(text string) {
		if text == good {
			return
		}
		if _, err := auth.ParseToken(auth.Live, text); err == nil {
			t.Errorf("%q is taken for %q", text, good)
		}
	}
	for i := range good {
		for b := range 256 {
			refuse(good[:i] + string([]byte{byte(b)}) + good[i+1:])
		}
		refuse(good[:i] + good[i+1:])
		refuse(good[:i] + good[i:i+1] + good[i:])
		if i > 0 {
			refuse(good[:i-1] + good[i:i+1] + good[i-1:i] + good[i+1:])
		}
	}
}

func TestParseTokenRefuses(t *testing.T) {
	t.Parallel()
	_, good := newToken(t, auth.Live)
	_, test := newToken(t, auth.Test)
	body := good[:len(good)-6]
	name, secret, _ := strings.Cut(body, ".")
	tests := []struct{ name, text string }{
		{"nothing", ""},
		{"the prefix alone", "ask_live_"},
		{"a key of the other mode", test},
		{"no secret", name},
		{"an empty secret", withChecksum(name + ".")},
		{"a secret that is too short", withChecksum(body[:len(body)-1])},
		{"a secret that is too long", withChecksum(body + "0")},
		{"no checksum", body},
		{"another checksum", body + "000000"},
		{"no dot", withChecksum(name + "0" + secret)},
		{"an id in lower case", withChecksum("ask_live_" + strings.ToLower(strings.TrimPrefix(body, "ask_live_")))},
		{"an id that is too short", withChecksum(name[:len(name)-1] + "." + secret)},
		{"white space before", " " + good},
		{"white space after", good + " "},
		{"twice", good + good},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			token, err := auth.ParseToken(auth.Live, tt.text)
			if err == nil || token != (auth.Token{}) {
				t.Fatalf("%q is taken", tt.text)
			}
			if err.Error() != "malformed key" {
				t.Errorf("the error says %q", err)
			}
		})
	}
}

func FuzzParseToken(f *testing.F) {
	for _, mode := range []auth.Mode{auth.Live, auth.Test} {
		_, good := newToken(f, mode)
		f.Add(good)
		f.Add(good[:len(good)-1])
		f.Add(withChecksum("ask_" + string(mode) + "_" + string(exampleKey) + "." + strings.Repeat("\x00", 30)))
	}
	f.Add("ask_live_.")
	f.Add("ask_live_" + strings.Repeat("7", 38) + "." + strings.Repeat("é", 18))
	f.Fuzz(func(t *testing.T, text string) {
		for _, mode := range []auth.Mode{auth.Live, auth.Test} {
			token, err := auth.ParseToken(mode, text)
			if err != nil {
				continue
			}
			if want := "ask_" + string(mode) + "_" + string(token.Key) + "."; !strings.HasPrefix(text, want) {
				t.Errorf("%q is taken for the %s key %s", text, mode, token.Key)
			}
			if text != withChecksum(text[:len(text)-6]) {
				t.Errorf("%q is taken without its checksum", text)
			}
			if hash := sha256.Sum256([]byte(text)); !bytes.Equal(token.Hash(), hash[:]) {
				t.Errorf("the hash is not of the whole of %q", text)
			}
			if !id.ValidAgent(token.Key.Agent()) {
				t.Errorf("%q is of the agent %q", text, token.Key.Agent())
			}
		}
	})
}
