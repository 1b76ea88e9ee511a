package issuer

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// TestServesItsMachineAlone: a proxy on this machine is a peer of it, whoever
// stands behind it. The internet must not log in as anybody by one.
func TestServesItsMachineAlone(t *testing.T) {
	t.Parallel()
	i, err := New("http://127.0.0.1:3000", time.Now)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(change func(*http.Request)) int {
		r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:3000"+keysPath, nil)
		r.RemoteAddr = "127.0.0.1:50000"
		change(r)
		w := httptest.NewRecorder()
		i.Handler().ServeHTTP(w, r)
		return w.Code
	}
	for name, change := range map[string]func(*http.Request){
		"this machine": func(*http.Request) {},
		"its name":     func(r *http.Request) { r.Host = "localhost:3000" },
		"by IPv6":      func(r *http.Request) { r.Host, r.RemoteAddr = "[::1]:3000", "[::1]:50000" },
	} {
		if got := ask(change); got != http.StatusOK {
			t.Errorf("%s gets %d", name, got)
		}
	}
	refused := map[string]func(*http.Request){
		"another machine": func(r *http.Request) { r.RemoteAddr = "192.0.2.7:50000" },
		"another host":    func(r *http.Request) { r.Host = "evil.example" },
		"no peer":         func(r *http.Request) { r.RemoteAddr = "" },
		"a proxy of 1.0":  func(r *http.Request) { r.ProtoMinor = 0 },
	}
	for _, header := range []string{
		"Forwarded", "forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Anything", "x-forwarded-for", "X-Real-Ip",
	} {
		refused["a proxy that sends "+header] = func(r *http.Request) { r.Header[header] = []string{""} }
	}
	for name, change := range refused {
		if got := ask(change); got != http.StatusForbidden {
			t.Errorf("%s gets %d", name, got)
		}
	}
}
