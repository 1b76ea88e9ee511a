package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"agentstore/internal/test/storetest"
	"agentstore/internal/test/storetest/contract"
	"agentstore/pkg/id"
)

// teamValues are what a store for a team needs.
func teamValues(dir string) []string {
	return []string{
		"DATA_DIR=" + dir, "OIDC_ISSUER=https://login.example.com", "OIDC_CLIENT_ID=store", "PUBLIC_URL=https://store.example.com",
		"LOG_LEVEL=error",
	}
}

// startTeam serves a store until the test ends.
func startTeam(t *testing.T, values ...string) (out *output, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out = &output{}
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, []string{"serve"}, out, environ(values...)) }()
	done := false
	stop = func() {
		cancel()
		if !done {
			done = true
			if err := <-ended; err != nil {
				t.Errorf("serve: %v", err)
			}
		}
	}
	t.Cleanup(stop)
	for !strings.Contains(out.String(), "agentstore is serving") {
		select {
		case err := <-ended:
			done = true
			t.Fatalf("the store did not start: %v", err)
		case <-time.After(5 * time.Millisecond):
		}
	}
	return out, stop
}

// TestServeNeeds: without what a store for a team needs none starts, and the reason
// is one sentence that names the variable.
func TestServeNeeds(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ change, want string }{
		{"OIDC_ISSUER=", "OIDC_CLIENT_ID"},
		{"OIDC_ISSUER= OIDC_CLIENT_ID=", "OIDC_ISSUER is not set"},
		{"PUBLIC_URL=", `PUBLIC_URL is ""`},
		{"PUBLIC_URL=http://store.example.com", `PUBLIC_URL is "http://store.example.com"`},
		{"DEMO_CREDIT_MINOR=5", "DEMO_CREDIT_MINOR is set"},
		{"DATA_DIR=memory", "DATA_DIR is memory"},
		{"ADDR=0.0.0.0:0", "without TLS: set TLS_CERT_FILE"},
		{"ADDR=:0", "without TLS: set TLS_CERT_FILE"},
		{"TLS_CERT_FILE=/no/such/file TLS_KEY_FILE=/no/such/file", "no such file"},
		{"TLS_CERT_FILE=cert.pem", "set both or neither"},
	} {
		dir := dataDir(t)
		changed := environ(append(strings.Fields(tc.change), append(teamValues(dir), "ADDR=127.0.0.1:0")...)...)
		out := &output{}
		err := run(t.Context(), []string{"serve"}, out, changed)
		if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "\n") || out.String() != "" {
			t.Errorf("with %s: %v, want %q in it; it prints %q", tc.change, err, tc.want, out)
		}
	}
	out := &output{}
	err := run(t.Context(), nil, out, environ("TRUSTED_PROXIES=127.0.0.1", "DATA_DIR=memory"))
	if err == nil || !strings.Contains(err.Error(), "are for agentstore serve") {
		t.Errorf("run with proxies: %v", err)
	}
}

// TestServeHasNothingForTryingOut: no issuer, no demo account, no credit, and live
// keys; and a store for trying out never becomes one for a team, nor the reverse.
func TestServeHasNothingForTryingOut(t *testing.T) {
	t.Parallel()
	dir, addr := dataDir(t), freeAddress(t)
	out, stop := startTeam(t, append(teamValues(dir), "ADDR="+addr)...)
	if strings.Contains(out.String(), "AGENT_API_KEY") || strings.Contains(out.String(), "1000.00") {
		t.Errorf("it prints %s", out)
	}
	base := "http://" + addr
	for path, want := range map[string]int{
		"/local-issuer/.well-known/openid-configuration": http.StatusNotFound, "/healthz": http.StatusOK, "/readyz": http.StatusOK,
	} {
		answer, err := http.Get(base + path)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("%s gets %d, want %d", path, answer.StatusCode, want)
		}
	}
	expectCommand(t, dir, "0 accounts, 0 purchases, 0 services, 0 ledger entries", "verify")
	printed := expectCommand(t, dir, "A new live key", "key", "create")
	if status(t, base, keyIn(t, printed)) != http.StatusOK {
		t.Error("the key does not work")
	}
	stop()
	// A command that opens the folder itself makes keys of the same kind.
	expectCommand(t, dir, "A new live key", "key", "create")
	expectRefusal(t, dir, "uses live keys, not test ones", "run")

	tried := dataDir(t)
	_, _, stopTrial := startStore(t, "DATA_DIR="+tried)
	stopTrial()
	err := run(t.Context(), []string{"serve"}, &output{}, environ(append(teamValues(tried), "ADDR=127.0.0.1:0")...))
	if err == nil || !strings.Contains(err.Error(), "uses test keys, not live ones") {
		t.Errorf("a store for trying out is served: %v", err)
	}
}

// newCertificate writes a certificate of that serial number, and its key.
func newCertificate(t *testing.T, certFile, keyFile string, serial int64) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestServeWithTLS(t *testing.T) {
	t.Parallel()
	dir, addr := dataDir(t), freeAddress(t)
	certFile, keyFile := filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	own := newCertificate(t, certFile, keyFile, 7)
	startTeam(t, append(teamValues(dir), "ADDR="+addr, "TLS_CERT_FILE="+certFile, "TLS_KEY_FILE="+keyFile)...)
	roots := x509.NewCertPool()
	roots.AddCert(own)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}}
	answer, err := client.Get("https://" + addr + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK || answer.ProtoMajor != 2 || answer.TLS.PeerCertificates[0].SerialNumber.Int64() != 7 {
		t.Errorf("%s gets %d by %s", addr, answer.StatusCode, answer.Proto)
	}
	if answer.Header.Get("Strict-Transport-Security") == "" {
		t.Error("the answer has no HSTS")
	}
}

// TestWhoAsksBehindAProxy: a key that is held to a network works from there, and a
// caller cannot say that they come from there.
func TestWhoAsksBehindAProxy(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		proxies, says string
		want          string
	}{
		{"127.0.0.1", "192.0.2.7", "192.0.2.7"},
		{"127.0.0.1", "203.0.113.9, 192.0.2.7", "192.0.2.7"},
		{"10.0.0.0/8", "192.0.2.7", "127.0.0.1"},
		{"", "192.0.2.7", "127.0.0.1"},
	} {
		dir, addr := dataDir(t), freeAddress(t)
		_, stop := startTeam(t, append(teamValues(dir), "ADDR="+addr, "TRUSTED_PROXIES="+tc.proxies)...)
		key := keyIn(t, expectCommand(t, dir, "A new live key", "key", "create"))
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+addr+storetest.Services, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+key)
		r.Header.Set("X-Forwarded-For", tc.says)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		stop()
		if got := usedFrom(t, dir, key); answer.StatusCode != http.StatusOK || got != tc.want {
			t.Errorf("behind %q a request that says %q gets %d and comes from %q, want %q", tc.proxies, tc.says, answer.StatusCode, got, tc.want)
		}
	}
}

// usedFrom is where a key was used from last.
func usedFrom(t *testing.T, dir, key string) string {
	t.Helper()
	_, db, err := invocation{getenv: environ("DATA_DIR=" + dir)}.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	parsed, ok := id.ParseKey(key[len("ask_live_"):][:38])
	uses, err := db.KeyUses(t.Context(), parsed.Agent())
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	return uses[parsed].Source
}

// TestStopFinishesWhatItAccepted: a purchase that waits for its server is answered,
// and the service manager hears how the store is doing.
func TestStopFinishesWhatItAccepted(t *testing.T) {
	t.Parallel()
	manager := filepath.Join(filepath.Dir(dataDir(t)), "notify")
	hears, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: manager, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer hears.Close()
	dir := dataDir(t)
	base, key, stop := startStore(t, "DATA_DIR="+dir, "MOCK_LATENCY=1s", "NOTIFY_SOCKET="+manager)
	expectHeard(t, hears, "READY=1")
	type result struct {
		status int
		body   []byte
		err    error
	}
	bought := make(chan result, 1)
	go func() {
		body, _ := json.Marshal(withKey(storetest.Order()))
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, base+storetest.Purchases, bytes.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+key)
		r.Header.Set("Content-Type", "application/json")
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			bought <- result{err: err}
			return
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		bought <- result{answer.StatusCode, text, err}
	}()
	call := contract.REST(http.DefaultClient, base, key)
	for len(call(t, "purchase_list", nil)["purchases"].([]any)) == 0 {
		time.Sleep(5 * time.Millisecond)
	}
	printed := stop()
	if got := <-bought; got.err != nil || got.status != http.StatusCreated {
		t.Errorf("the purchase gets %d, %v: %s", got.status, got.err, got.body)
	}
	expectHeard(t, hears, "STOPPING=1")
	stopping, stopped := strings.Index(printed, "is stopping"), strings.Index(printed, "has stopped")
	if stopping < 0 || stopped < stopping {
		t.Errorf("it prints %s", printed)
	}
	expectCommand(t, dir, "1 purchases, 1 services", "verify")
}

func expectHeard(t *testing.T, hears *net.UnixConn, want string) {
	t.Helper()
	text := make([]byte, 100)
	if err := hears.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	n, err := hears.Read(text)
	if err != nil || string(text[:n]) != want {
		t.Errorf("the service manager hears %q, %v, want %q", text[:n], err, want)
	}
}
