package stack

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"agentstore/pkg/auth/issuer"
	"agentstore/pkg/web"
)

// front is the public address of the store, as a domain in front of API Gateway is one,
// and beside it the issuer that people log in at.
type front struct {
	*httptest.Server
	issuer *issuer.Issuer
	mux    *http.ServeMux
}

func newFront(tb testing.TB) *front {
	tb.Helper()
	f := &front{mux: http.NewServeMux()}
	f.Server = httptest.NewTLSServer(f.mux)
	tb.Cleanup(f.Close)
	var err error
	f.issuer, err = issuer.New(f.URL, time.Now, f.URL+web.CallbackPath)
	must(tb, err)
	f.mux.Handle(issuer.Path+"/", f.issuer.Handler())
	return f
}

// lead has the front pass what is for the store on to an API of the emulator, which is
// known by the host that a request names.
func (f *front) lead(tb testing.TB, emulator, api string) {
	tb.Helper()
	at, err := url.Parse(emulator)
	must(tb, err)
	f.mux.Handle("/", &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(at)
		r.Out.Host = api + ".execute-api.localhost"
	}})
}

// certificates is a file with the certificate of the front.
func (f *front) certificates(tb testing.TB) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "front.pem")
	must(tb, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: f.Certificate().Raw}), 0o600))
	return path
}
