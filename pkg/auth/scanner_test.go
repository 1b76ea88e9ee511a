package auth_test

import (
	"crypto/rand"
	"os"
	"regexp"
	"strings"
	"testing"

	"agentstore/pkg/auth"
)

// published is the regular expression that the docs give to secret scanners.
func published(t *testing.T) *regexp.Regexp {
	t.Helper()
	page, err := os.ReadFile("../../docs/keys.md")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile("(?m)^```regexp\n(.+)\n```$").FindAllSubmatch(page, -1)
	if len(found) != 1 {
		t.Fatalf("docs/keys.md has %d regular expressions", len(found))
	}
	return regexp.MustCompile(string(found[0][1]))
}

// documented is the checksum as the docs say it: the CRC-32 of Ethernet over all
// that stands before it, as six digits of base 62, of which 0 is the least and z
// the greatest. It shares nothing with the code, not even a table.
func documented(body string) string {
	sum := ^uint32(0)
	for _, b := range []byte(body) {
		for bit := range 8 {
			low := sum&1 ^ uint32(b)>>bit&1
			sum >>= 1
			if low == 1 {
				sum ^= 0xEDB88320
			}
		}
	}
	digits, rest := "", uint64(^sum)
	for range 6 {
		digits = string("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"[rest%62]) + digits
		rest /= 62
	}
	return digits
}

// A scanner that has read docs/keys.md finds every key where keys are lost, whole,
// and can tell it from what only looks like one.
func TestScannersFindKeys(t *testing.T) {
	t.Parallel()
	re := published(t)
	for _, mode := range []auth.Mode{auth.Live, auth.Test} {
		for i := range 200 {
			_, key := newToken(t, mode)
			if i%2 == 0 {
				key = ownKey(t, mode)
			}
			for _, text := range []string{
				key, "export AGENT_STORE_AGENT_API_KEY=" + key + "\n", `{"key":"` + key + `"}`, "Bearer " + key + ", ",
				"https://example.com/?key=" + key + "&x=1", "'" + key + "'.", "<" + key + ">", "(" + key + ")",
			} {
				if got := re.FindString(text); got != key {
					t.Fatalf("in %q it finds %q", text, got)
				}
			}
			if body := key[:len(key)-6]; documented(body) != key[len(body):] {
				t.Fatalf("the checksum of %s is not %s", key, documented(body))
			}
		}
	}
}

// ownKey is a key of an agent that sees its own, whose identifier has a U.
func ownKey(t *testing.T, mode auth.Mode) string {
	t.Helper()
	_, key, err := auth.NewToken(mode, ids().Key(ids().OwnAgent(ids().Account())), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestScannersPassOverNearMisses(t *testing.T) {
	t.Parallel()
	re := published(t)
	_, key := newToken(t, auth.Live)
	name, secret, _ := strings.Cut(strings.TrimPrefix(key, "ask_live_"), ".")
	for what, text := range map[string]string{
		"an id":                       name,
		"a key without a secret":      "ask_live_" + name,
		"another mode":                "ask_prod_" + name + "." + secret,
		"another prefix":              "bask_live_" + name + "." + secret,
		"the prefix in upper case":    "ASK_LIVE_" + name + "." + secret,
		"an id in lower case":         "ask_live_" + strings.ToLower(name) + "." + secret,
		"an id with an I":             "ask_live_I" + name[1:] + "." + secret,
		"an id that is too short":     "ask_live_" + name[1:] + "." + secret,
		"an id that is too long":      "ask_live_0" + name + "." + secret,
		"a secret that is too short":  key[:len(key)-1],
		"a secret that is too long":   key + "0",
		"a secret with a sign":        "ask_live_" + name + "." + secret[:10] + "-" + secret[11:],
		"no dot":                      "ask_live_" + name + secret,
		"an ellipsis, as in the docs": "ask_live_…",
	} {
		if found := re.FindString(text); found != "" {
			t.Errorf("%s: %q", what, found)
		}
	}
	// What the expression cannot tell, the checksum tells.
	slip := []byte(key)
	slip[len(slip)-10] ^= 1
	if body := string(slip[:len(slip)-6]); re.Match(slip) && documented(body) == key[len(body):] {
		t.Errorf("%s passes for a key", slip)
	}
}
