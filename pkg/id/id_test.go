package id_test

import (
	"bytes"
	"crypto/rand"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"agentstore/pkg/id"
)

var start = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

func makerAt(now time.Time) id.Maker {
	return id.Maker{Now: func() time.Time { return now }, Entropy: rand.Reader}
}

func TestForm(t *testing.T) {
	t.Parallel()
	m := makerAt(start)
	account := m.Account()
	agent, own := m.Agent(account), m.OwnAgent(account)
	const ulid = "[0-7][0-9A-HJKMNP-TV-Z]{25}"
	tests := []struct{ name, got, want string }{
		{"account", string(account), "acc_" + ulid},
		{"person", string(m.Person()), "psn_" + ulid},
		{"invitation", string(m.Invitation()), "inv_" + ulid},
		{"session", string(m.Session()), "ses_" + ulid},
		{"agent", string(agent), "agt_" + ulid + "[0-9A-HJKMNP-TV-Z]{6}"},
		{"agent that sees its own", string(own), "agt_" + ulid + "U[0-9A-HJKMNP-TV-Z]{5}"},
		{"key of it", string(m.Key(own)), ulid + "U[0-9A-HJKMNP-TV-Z]{11}"},
		{"key", string(m.Key(agent)), ulid + "[0-9A-HJKMNP-TV-Z]{12}"},
		{"quote", string(m.Quote()), "quo_" + ulid},
		{"quote of an action", string(m.QuoteOf(m.Service())), "quo_" + ulid + ulid},
		{"purchase", string(m.Purchase()), "pur_" + ulid},
		{"service", string(m.Service()), "svc_" + ulid},
		{"action", string(m.Action()), "act_" + ulid},
		{"cancellation", string(m.Cancellation()), "can_" + ulid},
		{"job", string(m.Job()), "job_" + ulid},
		{"personal data", string(m.Personal()), "per_" + ulid},
		{"bare", m.ULID(), ulid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if !regexp.MustCompile("^" + tt.want + "$").MatchString(tt.got) {
				t.Errorf("%q does not match %s", tt.got, tt.want)
			}
		})
	}
}

// A list of the store is sorted by identifier and shown as sorted by time.
func TestSortsByTime(t *testing.T) {
	t.Parallel()
	kinds := map[string]func(id.Maker) string{
		"account":    func(m id.Maker) string { return string(m.Account()) },
		"person":     func(m id.Maker) string { return string(m.Person()) },
		"invitation": func(m id.Maker) string { return string(m.Invitation()) },
		"session":    func(m id.Maker) string { return string(m.Session()) },
		"quote":      func(m id.Maker) string { return string(m.Quote()) },
		"purchase":   func(m id.Maker) string { return string(m.Purchase()) },
		"service":    func(m id.Maker) string { return string(m.Service()) },
		"action":     func(m id.Maker) string { return string(m.Action()) },
		"job":        func(m id.Maker) string { return string(m.Job()) },
		"bare":       id.Maker.ULID,
	}
	rapid.Check(t, func(t *rapid.T) {
		earlier := time.UnixMilli(rapid.Int64Range(0, 1<<42).Draw(t, "milliseconds"))
		later := earlier.Add(time.Duration(rapid.Int64Range(1, 1<<40).Draw(t, "later by milliseconds")) * time.Millisecond)
		for kind, create := range kinds {
			a, b := create(makerAt(earlier)), create(makerAt(later))
			if a >= b {
				t.Fatalf("%s: %q of %v does not sort before %q of %v", kind, a, earlier, b, later)
			}
		}
	})
}

func TestDerivation(t *testing.T) {
	t.Parallel()
	m := makerAt(start)
	account := m.Account()
	for _, agent := range []id.Agent{m.Agent(account), m.OwnAgent(account)} {
		expectDerived(t, account, agent, m.Key(agent))
	}
}

func expectDerived(t *testing.T, account id.Account, agent id.Agent, key id.Key) {
	t.Helper()
	if key.Agent() != agent {
		t.Errorf("agent of %q = %q, want %q", key, key.Agent(), agent)
	}
	if key.Account() != account {
		t.Errorf("account of %q = %q, want %q", key, key.Account(), account)
	}
	if agent.Account() != account {
		t.Errorf("account of %q = %q, want %q", agent, agent.Account(), account)
	}
	if !id.ValidAgent(agent) {
		t.Errorf("%q is no agent", agent)
	}
	if got, ok := id.ParseKey(string(key)); !ok || got != key {
		t.Errorf("ParseKey(%q) = %q, %v", key, got, ok)
	}
}

// What an agent sees is in its identifier, and in those of its keys: nobody
// needs to read the agent to know it.
func TestSeesOwn(t *testing.T) {
	t.Parallel()
	m := makerAt(start)
	account := m.Account()
	for range 1000 { // one in 32 would have the mark if it could be drawn
		if agent := m.Agent(account); agent.SeesOwn() || m.Key(agent).Agent().SeesOwn() {
			t.Fatalf("%q sees its own alone", agent)
		}
		if agent := m.OwnAgent(account); !agent.SeesOwn() || !m.Key(agent).Agent().SeesOwn() {
			t.Fatalf("%q sees the account", agent)
		}
	}
	for _, none := range []id.Agent{"", "agt_", "agt_U", id.Agent(account)} {
		if none.SeesOwn() {
			t.Errorf("%q sees its own alone", none)
		}
	}
}

// Two agents of an account, and two keys of an agent, differ by their random
// part alone.
func TestSuffixesAreRandom(t *testing.T) {
	t.Parallel()
	m := makerAt(start)
	account := m.Account()
	agent := m.Agent(account)
	agents, keys := make(map[id.Agent]bool), make(map[id.Key]bool)
	const many = 100 // of 2^30: two are equal once in 200 000 runs
	for range many {
		agents[m.Agent(account)] = true
		keys[m.Key(agent)] = true
	}
	if len(agents) != many || len(keys) != many {
		t.Errorf("%d agents and %d keys, want %d of each", len(agents), len(keys), many)
	}
}

// The clock and the entropy decide an identifier, and nothing else.
func TestMakerIsDeterministic(t *testing.T) {
	t.Parallel()
	create := func() id.Purchase {
		return id.Maker{Now: func() time.Time { return start }, Entropy: bytes.NewReader([]byte("ten bytes."))}.Purchase()
	}
	if a, b := create(), create(); a != b {
		t.Errorf("%q and %q", a, b)
	}
}

func TestParseKeyRefuses(t *testing.T) {
	t.Parallel()
	m := makerAt(start)
	good := string(m.Key(m.Agent(m.Account())))
	tests := []struct{ name, text string }{
		{"empty", ""},
		{"too short", good[:len(good)-1]},
		{"too long", good + "0"},
		{"lower case", strings.ToLower(good)},
		{"a letter that Crockford's base 32 leaves out", good[:20] + "U" + good[21:]},
		{"a time that overflows", "8" + good[1:]},
		{"a separator of keys in the table", good[:20] + "#" + good[21:]},
		{"not ASCII", good[:len(good)-2] + "é"},
		{"NUL", good[:len(good)-1] + "\x00"},
		{"an agent", string(m.Agent(m.Account()))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got, ok := id.ParseKey(tt.text); ok {
				t.Errorf("ParseKey took %q", got)
			}
		})
	}
}

func TestValidAgentRefuses(t *testing.T) {
	t.Parallel()
	m := makerAt(start)
	good := string(m.Agent(m.Account()))
	tests := []struct{ name, text string }{
		{"empty", ""},
		{"the prefix alone", "agt_"},
		{"no prefix", strings.TrimPrefix(good, "agt_")},
		{"another prefix", "acc_" + strings.TrimPrefix(good, "agt_")},
		{"too short", good[:len(good)-1]},
		{"too long", good + "0"},
		{"a time that overflows", "agt_8" + good[5:]},
		{"lower case", strings.ToLower(good)},
		{"the mark at another place", good[:len(good)-1] + "U"},
		{"the mark twice", good[:len(good)-6] + "UU" + good[len(good)-4:]},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if id.ValidAgent(id.Agent(tt.text)) {
				t.Errorf("%q is taken for an agent", tt.text)
			}
		})
	}
}

// ParseKey takes what is of the form, and the agent and the account of that can
// be read.
func TestParseKeyIsTotal(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^[0-7][0-9A-HJKMNP-TV-Z]{25}[0-9A-HJKMNP-Z][0-9A-HJKMNP-TV-Z]{11}$`)
	texts := rapid.OneOf(
		rapid.String(), rapid.StringMatching(`[0-9A-Za-z]{38}`), rapid.StringMatching(`[0-8][0-9A-HJKMNP-TV-Z]{37}`),
		rapid.StringMatching(`[0-8][0-9A-HJKMNP-TV-Z]{25}U[0-9A-HJKMNP-Z]{11}`),
	)
	rapid.Check(t, func(t *rapid.T) {
		text := texts.Draw(t, "text")
		key, ok := id.ParseKey(text)
		if ok != form.MatchString(text) {
			t.Fatalf("ParseKey(%q) = %v", text, ok)
		}
		if !ok {
			return
		}
		if string(key) != text {
			t.Fatalf("ParseKey(%q) = %q", text, key)
		}
		if !id.ValidAgent(key.Agent()) {
			t.Fatalf("the agent of %q is %q", key, key.Agent())
		}
		if key.Agent().Account() != key.Account() {
			t.Fatalf("%q is of %q, its agent of %q", key, key.Account(), key.Agent().Account())
		}
	})
}

func TestQuoteOf(t *testing.T) {
	t.Parallel()
	m := makerAt(start)
	service := m.Service()
	quote := m.QuoteOf(service)
	if got, ok := quote.Service(); !ok || got != service {
		t.Errorf("the quote %q is of %q, %v; want %q", quote, got, ok, service)
	}
	for name, q := range map[string]id.Quote{
		"of units": m.Quote(), "nothing": "", "without a prefix": quote[4:], "too long": quote + "0", "too short": quote[:len(quote)-1],
		"no ULID": quote[:30] + "8" + quote[31:], "a character cut in two": quote[:29] + "é" + quote[31:],
	} {
		if got, ok := q.Service(); ok {
			t.Errorf("%s: %q is of %q", name, q, got)
		}
	}
}
