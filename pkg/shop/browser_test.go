package shop_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"agentstore/pkg/shop"
)

func TestDevice(t *testing.T) {
	t.Parallel()
	const webkit = "Mozilla/5.0 (%) AppleWebKit/537.36 (KHTML, like Gecko) "
	on := func(system, rest string) string { return strings.ReplaceAll(webkit, "%", system) + rest }
	for agent, want := range map[string]string{
		"Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0":                  "Firefox on Linux",
		"Mozilla/5.0 (Android 15; Mobile; rv:144.0) Gecko/144.0 Firefox/144.0":                    "Firefox on Android",
		on("Windows NT 10.0; Win64; x64", "Chrome/142.0.0.0 Safari/537.36"):                       "Chrome on Windows",
		on("Windows NT 10.0; Win64; x64", "Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0"):         "Edge on Windows",
		on("Windows NT 10.0; Win64; x64", "Chrome/142.0.0.0 Safari/537.36 OPR/128.0.0.0"):         "Opera on Windows",
		on("X11; CrOS x86_64 14541.0.0", "Chrome/142.0.0.0 Safari/537.36"):                        "Chrome on ChromeOS",
		on("Linux; Android 10; K", "Chrome/142.0.0.0 Mobile Safari/537.36"):                       "Chrome on Android",
		on("Linux; Android 10; K", "SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36"):   "Samsung Internet on Android",
		on("Macintosh; Intel Mac OS X 10_15_7", "Version/26.0 Safari/605.1.15"):                   "Safari on macOS",
		on("iPhone; CPU iPhone OS 18_6 like Mac OS X", "Version/26.0 Mobile/15E148 Safari/604.1"): "Safari on iPhone",
		on("iPhone; CPU iPhone OS 18_6 like Mac OS X", "CriOS/142.0 Mobile/15E148 Safari/604.1"):  "Chrome on iPhone",
		on("iPad; CPU OS 18_6 like Mac OS X", "FxiOS/144.0 Mobile/15E148 Safari/605.1.15"):        "Firefox on iPad",
		"curl/8.16.0":       "curl",
		"Lynx/2.9 on Linux": "Unknown browser on Linux",
		"":                  "Unknown browser",
		"<b>Firefox</b>":    "Unknown browser",
		strings.Repeat("x", 512) + "Firefox/144.0":     "Unknown browser",
		strings.Repeat("x", 505) + "Firefox/144.0":     "Unknown browser",
		strings.Repeat("x", 504) + "Firefox/ on Linux": "Firefox",
	} {
		expectSame(t, agent, shop.Browser{UserAgent: agent}.Device(), want)
	}
}

// Whatever the header holds, a description is one of a few.
func TestDeviceIsOneOfAFew(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOf(rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
			"Firefox/", "Edg", "Chrome/", "Safari/", "Linux", "Windows", "iPad", "\x00", "<script>",
		}))).Draw(t, "parts")
		seen[shop.Browser{UserAgent: strings.Join(parts, "")}.Device()] = true
	})
	for device := range seen {
		if len(device) > 40 || strings.ContainsFunc(device, func(r rune) bool { return r < ' ' || r > '~' || r == '<' }) {
			t.Errorf("a device is %q", device)
		}
	}
}
