package shop

import "strings"

// Browser is what a person's request carries besides what it asks for.
type Browser struct {
	// Token is that of the session; empty where there is none.
	Token string
	// UserAgent is the header as it was sent.
	UserAgent string
	// RequestID and Source, an address, are for the audit trail.
	RequestID string
	Source    string
}

// maxUserAgent is how many bytes of a User-Agent are looked at.
const maxUserAgent = 512

// word is a word in a User-Agent (RFC 9110, section 10.1.5), and what people call
// the browser or system that sends it.
type word struct{ holds, name string }

// The first one found counts: each browser also claims to be those below it.
var (
	browsers = []word{
		{"Edg", "Edge"},
		{"OPR/", "Opera"},
		{"SamsungBrowser/", "Samsung Internet"},
		{"Firefox/", "Firefox"},
		{"FxiOS/", "Firefox"},
		{"CriOS/", "Chrome"},
		{"Chrome/", "Chrome"},
		{"Safari/", "Safari"},
		{"curl/", "curl"},
	}
	systems = []word{
		{"iPhone", "iPhone"},
		{"iPad", "iPad"},
		{"Android", "Android"},
		{"Windows", "Windows"},
		{"Macintosh", "macOS"},
		{"CrOS", "ChromeOS"},
		{"Linux", "Linux"},
	}
)

// Device says what a browser calls itself, as Firefox on Linux. It helps people to
// recognize their own; anybody can send any header. No text of the header is kept,
// so that nothing that a stranger wrote into it is shown.
func (b Browser) Device() string {
	text := b.UserAgent[:min(len(b.UserAgent), maxUserAgent)]
	browser, system := firstOf(browsers, text), firstOf(systems, text)
	switch {
	case browser == "" && system == "":
		return "Unknown browser"
	case browser == "":
		return "Unknown browser on " + system
	case system == "":
		return browser
	default:
		return browser + " on " + system
	}
}

func firstOf(words []word, text string) string {
	for _, w := range words {
		if strings.Contains(text, w.holds) {
			return w.name
		}
	}
	return ""
}
